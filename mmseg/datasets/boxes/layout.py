"""Pages with the boxes of their regions, in the classes of page layout."""
from __future__ import annotations

from mmseg.core.evaluation import layout_classes, layout_palette

from ..builder import DATASETS
from .coco import CocoDataset


@DATASETS.register_module()
class LayoutBoxDataset(CocoDataset):
    """A COCO file with the classes of :class:`~mmseg.datasets.LayoutDataset`, but background.

    ``mmseg convert boxes`` writes such a file of label maps. Arguments: see
    :class:`CocoDataset`.
    """

    CLASSES = tuple(layout_classes()[1:])
    PALETTE = layout_palette()[1:]
