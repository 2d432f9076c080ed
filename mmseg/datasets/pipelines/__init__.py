"""Transforms of a page between its files and a batch."""
from .albu import Albu
from .classification import (
    CenterCrop,
    Lighting,
    RandomErasing,
    RandomResizedCrop,
    ResizeToSize,
)
from .compose import Compose
from .formatting import (
    Collect,
    DefaultFormatBundle,
    ImageToTensor,
    ToDataContainer,
    ToTensor,
    Transpose,
    to_tensor,
)
from .layout import LabelBootstrap, LabelErosion
from .loading import LoadAnnotations, LoadImageFromFile
from .scan import ScanEffects
from .test_time_aug import MultiScaleFlipAug
from .text_detection import (
    ColorJitter,
    CustomFormatBundle,
    EastRandomCrop,
    ImgAug,
    LoadTextAnnotations,
)
from .text_lines import DBNetTargets, LoadTextLines
from .transforms import (
    CLAHE,
    AdjustGamma,
    Normalize,
    Pad,
    PhotoMetricDistortion,
    RandomCrop,
    RandomCutOut,
    RandomFlip,
    RandomMosaic,
    RandomRotate,
    Rerange,
    Resize,
    ResizeToMultiple,
    RGB2Gray,
    SegRescale,
)

__all__ = [
    'AdjustGamma', 'Albu', 'CLAHE', 'CenterCrop', 'Collect', 'ColorJitter', 'Compose',
    'CustomFormatBundle', 'DBNetTargets', 'DefaultFormatBundle', 'EastRandomCrop',
    'ImageToTensor', 'ImgAug',
    'LabelBootstrap', 'LabelErosion', 'Lighting', 'LoadAnnotations', 'LoadImageFromFile',
    'LoadTextAnnotations', 'LoadTextLines', 'MultiScaleFlipAug',
    'Normalize', 'Pad', 'PhotoMetricDistortion', 'RGB2Gray', 'RandomCrop', 'RandomCutOut',
    'RandomErasing', 'RandomFlip', 'RandomMosaic', 'RandomResizedCrop', 'RandomRotate', 'Rerange',
    'Resize', 'ResizeToMultiple', 'ResizeToSize',
    'ScanEffects', 'SegRescale', 'ToDataContainer', 'ToTensor', 'Transpose', 'to_tensor'
]
