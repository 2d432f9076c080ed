"""Occluded faces."""
from __future__ import annotations

from typing import Any

from mmseg.core.evaluation import occludedface_classes, occludedface_palette

from .builder import DATASETS
from .dataset_names import KnownDataset


@DATASETS.register_module()
class FaceOccludedDataset(KnownDataset):
    """Faces, without what hides parts of them (Voo et al., CVPRW 2022).

    Args:
        split: File with the names of the pages.
        **kwargs: See :class:`CustomDataset`.
    """

    CLASSES = tuple(occludedface_classes())
    PALETTE = occludedface_palette()
    DEFAULTS = dict(img_suffix='.jpg', seg_map_suffix='.png')

    def __init__(self, split: str, **kwargs: Any) -> None:
        super().__init__(split=split, **kwargs)
