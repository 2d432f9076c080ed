"""PASCAL VOC."""
from __future__ import annotations

from typing import Any

from .builder import DATASETS
from .custom import CustomDataset


def voc_palette(number: int) -> list[list[int]]:
    """The first ``number`` colours of VOC's colour map, RGB.

    Bit j of every third bit of the index goes to bit 7 - j of a channel (VOC development kit).
    """
    return [[sum((index >> (3 * bit + channel) & 1) << (7 - bit) for bit in range(3))
             for channel in range(3)] for index in range(number)]


@DATASETS.register_module()
class PascalVOCDataset(CustomDataset):
    """PASCAL VOC 2012 segmentation (Everingham et al.): 20 kinds of objects and background.

    Args:
        split: File with the names of the pages.
        **kwargs: See :class:`CustomDataset`.
    """

    CLASSES = ('background', 'aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus', 'car', 'cat',
               'chair', 'cow', 'diningtable', 'dog', 'horse', 'motorbike', 'person',
               'pottedplant', 'sheep', 'sofa', 'train', 'tvmonitor')
    PALETTE = voc_palette(len(CLASSES))

    def __init__(self, split: str, **kwargs: Any) -> None:
        super().__init__(img_suffix='.jpg', seg_map_suffix='.png', split=split, **kwargs)
