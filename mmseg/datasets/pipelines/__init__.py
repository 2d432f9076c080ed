"""Transforms of a page between its files and a batch."""
from .albu import Albu
from .augment_moves import Rotate, Shear, Translate
from .augment_ops import (
    AutoContrast,
    Brightness,
    ColorTransform,
    Contrast,
    Cutout,
    Equalize,
    Invert,
    Posterize,
    Sharpness,
    Solarize,
    SolarizeAdd,
)
from .augment_policies import AutoAugment, RandAugment
from .classification import (
    CenterCrop,
    Lighting,
    RandomCropToSize,
    RandomErasing,
    RandomResizedCrop,
    ResizeToSize,
)
from .compose import Compose
from .formatting import (
    Collect,
    DefaultFormatBundle,
    ImageToTensor,
    KeepPage,
    ToDataContainer,
    ToHalf,
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
    'AdjustGamma', 'Albu', 'AutoAugment', 'AutoContrast', 'Brightness', 'CLAHE', 'CenterCrop',
    'Collect', 'ColorJitter', 'ColorTransform', 'Compose', 'Contrast', 'CustomFormatBundle',
    'Cutout', 'DBNetTargets', 'DefaultFormatBundle', 'EastRandomCrop', 'Equalize',
    'ImageToTensor', 'ImgAug', 'Invert', 'KeepPage', 'LabelBootstrap', 'LabelErosion', 'Lighting',
    'LoadAnnotations', 'LoadImageFromFile', 'LoadTextAnnotations', 'LoadTextLines',
    'MultiScaleFlipAug', 'Normalize', 'Pad', 'PhotoMetricDistortion', 'Posterize', 'RGB2Gray',
    'RandAugment', 'RandomCrop', 'RandomCropToSize', 'RandomCutOut', 'RandomErasing',
    'RandomFlip', 'RandomMosaic', 'RandomResizedCrop', 'RandomRotate', 'Rerange', 'Resize',
    'ResizeToMultiple', 'ResizeToSize', 'Rotate', 'ScanEffects', 'SegRescale', 'Sharpness',
    'Shear', 'Solarize', 'SolarizeAdd', 'ToDataContainer', 'ToHalf', 'ToTensor',
    'Translate', 'Transpose', 'to_tensor'
]
