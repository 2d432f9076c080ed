"""Pascal Context."""
from __future__ import annotations

from typing import Any

from mmseg.core.evaluation import ade_palette

from .builder import DATASETS
from .dataset_names import KnownDataset

_NAMES = (
    'background|aeroplane|bag|bed|bedclothes|bench|bicycle|bird|boat|book|bottle|building|bus|'
    'cabinet|car|cat|ceiling|chair|cloth|computer|cow|cup|curtain|dog|door|fence|floor|flower|'
    'food|grass|ground|horse|keyboard|light|motorbike|mountain|mouse|person|plate|platform|'
    'pottedplant|road|rock|sheep|shelves|sidewalk|sign|sky|snow|sofa|table|track|train|tree|truck|'
    'tvmonitor|wall|water|window|wood').split('|')


@DATASETS.register_module()
class PascalContextDataset(KnownDataset):
    """The 59 most frequent kinds of things and stuff in VOC 2010, and background.

    From Mottaghi et al., CVPR 2014.

    Args:
        split: File with the names of the pages.
        **kwargs: See :class:`CustomDataset`.
    """

    CLASSES = tuple(_NAMES)
    PALETTE = ade_palette()[:len(_NAMES)]
    DEFAULTS = dict(img_suffix='.jpg', seg_map_suffix='.png')

    def __init__(self, split: str, **kwargs: Any) -> None:
        super().__init__(split=split, **kwargs)


@DATASETS.register_module()
class PascalContextDataset59(PascalContextDataset):
    """:class:`PascalContextDataset` with its background ignored.

    Args:
        split: File with the names of the pages.
        **kwargs: See :class:`CustomDataset`.
    """

    CLASSES = PascalContextDataset.CLASSES[1:]
    PALETTE = PascalContextDataset.PALETTE[1:]
    DEFAULTS = dict(PascalContextDataset.DEFAULTS, reduce_zero_label=True)
