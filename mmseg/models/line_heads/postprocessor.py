"""Score maps to text lines, as a registered part of a head."""
from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor

from ...core.text_lines import LineOptions, find_boundaries
from ..builder import MODELS


@MODELS.register_module()
class DBPostprocessor:
    """Text lines from the probability map (Liao et al., AAAI 2020, section 3.5).

    Args:
        text_repr_type: ``'quad'`` for rectangles at any angle, ``'poly'`` for polygons.
        mask_thr: Score from which a pixel belongs to a shrunk line.
        min_text_score: Smallest mean score of a line.
        min_text_width: Smallest side of a rectangle, in pixels of the map.
        unclip_ratio: How far lines grow back: by area times this over perimeter.
        epsilon_ratio: How far a simplified outline may run from the exact one, to its length.
        max_candidates: No more outlines than this are looked at.
        shrink_ratio: r of ``DBNetTargets`` in the training: lines grow by what that took off
            instead of by ``unclip_ratio``.
        **kwargs: Ignored, as mmocr's configs may have more.

    Raises:
        InputError: A value out of range.
    """

    def __init__(self, text_repr_type: str = 'poly', mask_thr: float = 0.3,
                 min_text_score: float = 0.3, min_text_width: float = 5,
                 unclip_ratio: float = 1.5, epsilon_ratio: float = 0.01,
                 max_candidates: int = 3000, shrink_ratio: float | None = None,
                 **kwargs: Any) -> None:
        self.options = LineOptions(text_repr_type, mask_thr, min_text_score, min_text_width,
                                   unclip_ratio, epsilon_ratio, max_candidates, shrink_ratio)

    def __call__(self, preds: Tensor | np.ndarray) -> list[list[float]]:
        """Return ``[x1, y1, x2, y2, …, score]`` of each line, in pixels of the map.

        Args:
            preds: Scores (C, H, W), of which the first is the probability map, or (H, W).
        """
        scores = preds.detach().float().cpu().numpy() if isinstance(preds, Tensor) else preds
        found = find_boundaries(scores if scores.ndim == 2 else scores[0], self.options)
        return [[*line.points.ravel().tolist(), line.score] for line in found]
