"""Regions of pages by anything that gives their scores."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..inference.predictor import Predictor, PredictorFacts
from .region import PageLayout
from .region_options import RegionOptions
from .regions import page_layout
from .vertical import predict_pages


def region_options(predictor: Predictor | PredictorFacts, **changes: Any) -> RegionOptions:
    """Return the region options that fit a predictor.

    Args:
        predictor: Its ``erosion``, ``threshold`` and ``line_options`` are taken unless they are
            None.
        **changes: Other values of :class:`~mmseg.layout.RegionOptions`.

    Raises:
        InputError: No such option.
    """
    known = dict(erosion=predictor.erosion, threshold=predictor.threshold,
                 line_options=predictor.line_options)
    known = {name: value for name, value in known.items() if value is not None}
    return RegionOptions().changed(**{**known, **changes})


def read_layout(predictor: Predictor, images: Iterable[np.ndarray], *, batch: int = 8,
                **options: Any) -> list[PageLayout]:
    """Return the regions of each page, in reading order.

    Args:
        predictor: A :class:`CheckpointPredictor`, or another.
        images: Pages (H, W, 3) uint8 in BGR; ``number`` of their layouts counts them from 0.
        batch: Pages whose scores are held at once.
        **options: See :class:`~mmseg.layout.RegionOptions`.

    Raises:
        InputError: An unknown option, or something that is not a page.
    """
    chosen = region_options(predictor, **options)
    layouts: list[PageLayout] = []
    held: list[np.ndarray] = []

    def answer() -> None:
        for arrays, image in zip(predict_pages(predictor, held, chosen), held, strict=True):
            layouts.append(page_layout(arrays, predictor.classes, predictor.palette,
                                       predictor.page_classes, chosen, number=len(layouts),
                                       image=image))
        held.clear()

    for image in images:
        held.append(image)
        if len(held) == batch:
            answer()
    if held:
        answer()
    return layouts
