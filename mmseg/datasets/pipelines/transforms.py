"""The transforms under the import path of MMSegmentation 0.x."""
from .crop import RandomCrop, RandomCutOut
from .geometry import Pad, RandomFlip, RandomRotate, Resize, ResizeToMultiple, SegRescale
from .mosaic import RandomMosaic
from .photometry import CLAHE, AdjustGamma, Normalize, PhotoMetricDistortion, Rerange, RGB2Gray

__all__ = [
    'AdjustGamma', 'CLAHE', 'Normalize', 'Pad', 'PhotoMetricDistortion', 'RGB2Gray', 'RandomCrop',
    'RandomCutOut', 'RandomFlip', 'RandomMosaic', 'RandomRotate', 'Rerange', 'Resize',
    'ResizeToMultiple', 'SegRescale'
]
