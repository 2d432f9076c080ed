"""Polygons of text lines move with the page that they are on."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmseg.core.text_lines import moved

Results = dict[str, Any]


def move_lines(results: Results, matrix: Sequence[Sequence[float]] | np.ndarray) -> None:
    """Move ``line_polygons``, where there are some, by an affine map (2, 3) or a view (3, 3).

    Their coordinates are edges of pixels, so that mirroring a page of width w takes x to w - x.
    """
    if 'line_polygons' in results:
        results['line_polygons'] = moved(results['line_polygons'], np.asarray(matrix))


def scale_lines(results: Results, ratios: tuple[float, float]) -> None:
    """Scale ``line_polygons``, where the page has them, along x and y."""
    move_lines(results, [[ratios[0], 0, 0], [0, ratios[1], 0]])
