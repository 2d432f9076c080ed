"""Networks that find the boxes of a page's regions.

Names, arguments and parameter names are those of MMDetection 2.28.
"""
from .base import BaseDetector
from .deformable_detr import DeformableDETR
from .head import DeformableDETRHead
from .matching import (
    MATCHING,
    BBoxL1Cost,
    ClassificationCost,
    FocalLossCost,
    HungarianAssigner,
    IoUCost,
)
from .positions import SinePositionalEncoding
from .transformer import DeformableDetrTransformer

__all__ = ['BBoxL1Cost', 'BaseDetector', 'ClassificationCost', 'DeformableDETR',
           'DeformableDETRHead', 'DeformableDetrTransformer', 'FocalLossCost', 'HungarianAssigner',
           'IoUCost', 'MATCHING', 'SinePositionalEncoding']
