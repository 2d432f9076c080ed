"""Dark Zurich."""
from __future__ import annotations

from typing import Any

from .builder import DATASETS
from .cityscapes import CityscapesDataset


@DATASETS.register_module()
class DarkZurichDataset(CityscapesDataset):
    """Streets at night, with the classes of Cityscapes (Sakaridis et al., ICCV 2019).

    Args:
        **kwargs: See :class:`CustomDataset`.
    """

    def __init__(self, **kwargs: Any) -> None:
        suffixes = dict(img_suffix='_rgb_anon.png', seg_map_suffix='_gt_labelTrainIds.png')
        super().__init__(**{**suffixes, **kwargs})
