"""The maps that a network of shrunk text lines learns from (Liao et al., AAAI 2020, section
3.4)."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from ...utils.errors import InputError
from .polygons import LinePolygon, offset_polygon

# Bits of a fraction of a pixel that OpenCV draws with.
_SHIFT = 4


class LineTargets(NamedTuple):
    """Maps (H, W) of a page.

    Attributes:
        shrink: uint8, 1 in shrunk lines.
        shrink_mask: uint8, 0 where lines are ignored.
        thr: float32, thresholds near borders of lines.
        thr_mask: uint8, 1 where they count.
    """
    shrink: np.ndarray
    shrink_mask: np.ndarray
    thr: np.ndarray
    thr_mask: np.ndarray


@dataclass(frozen=True)
class TargetOptions:
    """Options of the targets.

    Attributes:
        shrink_ratio: r: lines shrink and borders spread by area (1 - r^2) / perimeter.
        thr_min: Threshold far from borders.
        thr_max: Threshold on them.
        min_short_size: Lines whose smallest rectangle has a side below this are ignored, in pixels.
        whole_pixels: Whether lines shrink by whole pixels, as published weights were trained. Low
            lines, as on pages of 768 pixels, are better learnt without that.

    Raises:
        InputError: A ratio outside (0, 1), or thresholds that do not rise.
    """

    shrink_ratio: float = 0.4
    thr_min: float = 0.3
    thr_max: float = 0.7
    min_short_size: float = 8
    whole_pixels: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.shrink_ratio < 1:
            raise InputError(f'shrink_ratio lies between 0 and 1, got {self.shrink_ratio!r}')
        if not 0 <= self.thr_min < self.thr_max <= 1:
            raise InputError('thr_min and thr_max lie in [0, 1] and rise, got '
                             f'{self.thr_min!r} and {self.thr_max!r}')

    def offset(self, points: np.ndarray) -> float:
        """Return how far a polygon shrinks and its border spreads, in pixels."""
        area, length = _measures(points)
        return area * (1 - self.shrink_ratio ** 2) / max(length, 1e-3)


def draw_targets(lines: Sequence[LinePolygon], size: tuple[int, int],
                 options: TargetOptions = TargetOptions()) -> LineTargets:
    """Return the targets of a page of ``size`` (height, width).

    Lines that are too low, and those of which shrinking leaves nothing, are ignored.
    """
    shrink = np.zeros(size, np.uint8)
    shrink_mask = np.ones(size, np.uint8)
    nearness = np.zeros(size, np.float32)
    thr_mask = np.zeros(size, np.uint8)
    for line in lines:
        if _is_outside(line.points, size):
            continue
        kernel = None
        if not line.ignored and not _is_small(line.points, options.min_short_size):
            kernel = _shrunk(line.points, options)
        if kernel is None:
            cv2.fillPoly(shrink_mask, [line.points.astype(np.int32)], 0)
            continue
        cv2.fillPoly(shrink, [kernel], 1, shift=0 if options.whole_pixels else _SHIFT)
        _draw_border(line.points, options.offset(line.points), nearness, thr_mask)
    thr = nearness * (options.thr_max - options.thr_min) + options.thr_min
    return LineTargets(shrink, shrink_mask, thr.astype(np.float32), thr_mask)


def _measures(points: np.ndarray) -> tuple[float, float]:
    """Area and perimeter of a polygon."""
    x, y = points.astype(np.float64).T
    across, down = np.roll(x, -1) - x, np.roll(y, -1) - y
    return abs(float((x * down - y * across).sum())) / 2, float(np.hypot(across, down).sum())


def _is_outside(points: np.ndarray, size: tuple[int, int]) -> bool:
    # Its border spreads by less than half its lower side.
    low, high = points.min(axis=0), points.max(axis=0)
    margin = (high - low).min()
    return bool((high + margin < 0).any() or low[0] - margin > size[1]
                or low[1] - margin > size[0])


def _is_small(points: np.ndarray, shortest: float) -> bool:
    # Without an area there is no rectangle to measure.
    return _measures(points)[0] < 1 or min(
        cv2.minAreaRect(points.astype(np.int32))[1]) < shortest


def _shrunk(points: np.ndarray, options: TargetOptions) -> np.ndarray | None:
    """The shrunk polygon (n, 2) int32, its first part where there are several; None if none.

    Its coordinates are pixels, or fine ones of which ``2 ** _SHIFT`` are a pixel.
    """
    if not options.whole_pixels:
        fine = 2 ** _SHIFT
        parts = offset_polygon(points, -options.offset(points), fine)
        if not parts:
            return None
        # Polygons run along edges of pixels; what is filled includes the pixels of its outline.
        return ((max(parts, key=len) - 0.5) * fine).astype(np.int32)
    whole = points.astype(np.int32)
    area, length = _measures(whole)
    distance = int(area * (1 - options.shrink_ratio ** 2) / (length + 0.001) + 0.5)
    parts = offset_polygon(whole, -distance)
    return parts[0].astype(np.int32) if parts else None


def _draw_border(points: np.ndarray, distance: float, nearness: np.ndarray,
                 mask: np.ndarray) -> None:
    """Add a line's border: in ``nearness`` 1 on it, falling to 0 at ``distance`` pixels."""
    spread = offset_polygon(points, distance)
    if not spread:
        return
    height, width = nearness.shape
    cv2.fillPoly(mask, [spread[0].astype(np.int32)], 1)
    left, top = np.maximum(spread[0].min(axis=0), 0).tolist()
    right, bottom = np.minimum(spread[0].max(axis=0) + 1, (width, height)).tolist()
    if left >= right or top >= bottom:
        return
    xs, ys = np.meshgrid(np.arange(left, right, dtype=np.float64),
                         np.arange(top, bottom, dtype=np.float64))
    nearest = np.full(xs.shape, np.inf)
    for start, end in zip(points.astype(np.float64), np.roll(points, -1, axis=0)):
        np.minimum(nearest, _to_side(xs, ys, start, end.astype(np.float64)), out=nearest)
    window = nearness[top:bottom, left:right]
    np.maximum(window, 1 - np.clip(nearest / distance, 0, 1), out=window, casting='unsafe')


def _to_side(xs: np.ndarray, ys: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Distances of pixels to a side of a polygon.

    Within the circle about the side (where both ends are seen at a right angle or more) that to
    the side, beyond it that to the nearer end: what published weights were trained with.
    """
    to_start = (xs - start[0]) ** 2 + (ys - start[1]) ** 2
    to_end = (xs - end[0]) ** 2 + (ys - end[1]) ** 2
    along = end - start
    side = float(along @ along)
    ends = np.sqrt(np.minimum(to_start, to_end))
    if not side:
        return ends
    across = np.abs(along[0] * (ys - start[1]) - along[1] * (xs - start[0])) / np.sqrt(side)
    return np.where(to_start + to_end <= side, across, ends)
