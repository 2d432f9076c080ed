"""Pages with the boxes of their regions: data sets in the form of COCO, and their transforms."""
from .coco import CocoDataset
from .layout import LayoutBoxDataset
from .transforms import (
    BOX_PIPELINES,
    AutoAugment,
    BoxRandomCrop,
    BoxRandomFlip,
    BoxResize,
    FormatBoxes,
    LoadBoxes,
)

__all__ = ['AutoAugment', 'BOX_PIPELINES', 'BoxRandomCrop', 'BoxRandomFlip', 'BoxResize',
           'CocoDataset', 'FormatBoxes', 'LayoutBoxDataset', 'LoadBoxes']
