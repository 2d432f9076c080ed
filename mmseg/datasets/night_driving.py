"""Nighttime Driving."""
from __future__ import annotations

from typing import Any

from .builder import DATASETS
from .cityscapes import CityscapesDataset


@DATASETS.register_module()
class NightDrivingDataset(CityscapesDataset):
    """Streets at night, with the classes of Cityscapes (Dai and Van Gool, ITSC 2018).

    Args:
        **kwargs: See :class:`CustomDataset`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{'seg_map_suffix': '_gtCoarse_labelTrainIds.png', **kwargs})
