"""Choice of the pixels that enter a loss."""
from .builder import PIXEL_SAMPLERS, build_pixel_sampler
from .sampler import BasePixelSampler, GapPixelSampler, OHEMPixelSampler

__all__ = [
    'PIXEL_SAMPLERS', 'BasePixelSampler', 'GapPixelSampler', 'OHEMPixelSampler',
    'build_pixel_sampler'
]
