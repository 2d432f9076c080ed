"""Polygons of text lines: checked, moved, shrunk and grown."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyclipper
import shapely

from ...utils.polygons import largest_polygon

# Corners of a line that are read; outlines drawn by persons or programs have fewer.
MAX_POINTS = 1000
# Coordinates beyond are not pixels of a page.
_FARTHEST = 1e6


@dataclass(frozen=True)
class LinePolygon:
    """A text line as it is labelled.

    Attributes:
        points: Corners (n, 2) in pixels, x to the right and y down.
        direction: ``'ltr'``, ``'rtl'`` or ``'vertical'``.
        ignored: Whether it is neither learnt nor counted, as illegible text.
        text: What it says, where that is known.
    """

    points: np.ndarray
    direction: str = 'ltr'
    ignored: bool = False
    text: str | None = None


def usable_polygon(points: Any) -> tuple[np.ndarray | None, str]:
    """Return the corners (n, 2) float32 of a valid polygon, and '' or what is wrong with it.

    An outline that crosses itself becomes its largest part.

    Args:
        points: Pairs of numbers, or the numbers one after the other.
    """
    try:
        corners = np.asarray(points, np.float64).reshape(-1, 2)
    except (TypeError, ValueError, OverflowError):
        return None, 'its corners are not pairs of numbers'
    if not np.isfinite(corners).all() or (np.abs(corners) > _FARTHEST).any():
        return None, 'its coordinates are not pixels of a page'
    if len(corners) > MAX_POINTS:
        return None, f'it has {len(corners)} corners, more than {MAX_POINTS}'
    if len(set(map(tuple, corners.tolist()))) < 3:
        return None, 'it has fewer than three corners'
    shape = shapely.Polygon(corners)
    if shape.is_valid:
        return (corners.astype(np.float32), '') if shape.area else (None, 'it has no area')
    largest = largest_polygon(shapely.make_valid(shape))
    if largest is None:
        return None, 'it has no area'
    return np.asarray(largest.exterior.coords[:-1], np.float32), 'it crosses itself'


def moved(lines: Sequence[LinePolygon], matrix: np.ndarray) -> list[LinePolygon]:
    """Return the lines where an affine map (2, 3) or a perspective (3, 3) takes them."""
    matrix = np.asarray(matrix, np.float64)
    result = []
    for line in lines:
        points = line.points @ matrix[:, :2].T + matrix[:, 2]
        if points.shape[1] == 3:
            points = points[:, :2] / points[:, 2:]
        result.append(replace(line, points=points.astype(np.float32)))
    return result


def offset_polygon(points: np.ndarray, distance: float, fine: int = 1) -> list[np.ndarray]:
    """Return the outlines (n, 2) that lie ``distance`` outside a polygon; inside where negative.

    Corners become round. Coordinates are multiples of ``1 / fine`` pixels before and after, since
    Clipper calculates with integers.
    """
    clipper = pyclipper.PyclipperOffset(arc_tolerance=0.25 * fine)
    clipper.AddPath((points * fine).astype(np.int64).tolist(), pyclipper.JT_ROUND,
                    pyclipper.ET_CLOSEDPOLYGON)
    paths = [np.array(path) for path in clipper.Execute(distance * fine)]
    return paths if fine == 1 else [path / fine for path in paths]
