"""Pixel samplers."""
from .base_pixel_sampler import BasePixelSampler
from .gap_pixel_sampler import GapPixelSampler
from .ohem_pixel_sampler import OHEMPixelSampler

__all__ = ['BasePixelSampler', 'GapPixelSampler', 'OHEMPixelSampler']
