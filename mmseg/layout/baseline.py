"""Baseline and x-height of text lines, from the dark pixels of the page."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry import Polygon

from .ink import Grids, evenly, inks
from .ink_rows import InkRows, middles_of_ink, sloped_bases
from .lines import angle_of
from .outline import rotated_boxes
from .words import LineStart, line_starts

# Columns of a line that are looked at, at most: more tell no more.
_MAX_COLUMNS = 600
# A centre line that runs further from a straight one, in heights of the line, is a curve.
_CURVED = 0.12
# Lines that are not so many times as long as high do not tell their direction.
_SHORT = 2.5
# Lines whose sides are computed together.
_AT_ONCE = 256
# Baselines of curved lines have so many points.
_CURVE_POINTS = 9


class Baseline(NamedTuple):
    """Points (n, 2) from left to right, of a vertical line from the top down, the x-height, and how
    the line begins; None where the ink does not tell."""
    points: np.ndarray
    x_height: float | None
    start: LineStart | None = None


def find_baseline(polygon: Polygon, image: np.ndarray | None = None,
                  vertical: bool = False) -> Baseline:
    """Return the baseline of a line.

    The rows of its ink, straightened along its middle, tell: many pixels end at the baseline and
    begin at the x-height. Parts of the line correct its slope. Without ink it is the lower side of
    the outline.

    Args:
        polygon: The line's outline.
        image: The page, uint8 (H, W, 3) or (H, W); None where it is not there.
        vertical: Whether its letters are below each other: then it is the line's middle.
    """
    return find_baselines([polygon], image, vertical)[0]


def find_baselines(polygons: Sequence[Polygon], image: np.ndarray | None = None,
                   vertical: bool = False, right_to_left: bool = False) -> list[Baseline]:
    """Return the baseline of each line, see :func:`find_baseline`.

    Args:
        polygons: The lines' outlines.
        image: The page, uint8 ``(H, W, 3)`` or ``(H, W)``; None where it is not there.
        vertical: Whether the letters of all lines are below each other.
        right_to_left: Whether they begin at the right.
    """
    found = list[Baseline]()
    boxes = rotated_boxes(np.array(polygons, object))
    angle = angle_of(boxes, vertical)
    for start in range(0, len(polygons), _AT_ONCE):
        some = polygons[start:start + _AT_ONCE]
        lines = _straightened(some, boxes[start:start + _AT_ONCE], vertical, angle)
        found += (_by_sides(lines, vertical) if image is None or vertical
                  else _by_ink(lines, some, image, right_to_left))
    return found


def _by_sides(lines: _Straightened, vertical: bool) -> list[Baseline]:
    """The lower sides of the lines; of vertical ones the middles."""
    down = np.zeros(len(lines.height)) if vertical else lines.height / 2
    points = lines.back(np.repeat(down[:, None], 2, axis=1), lines.ends)
    return [Baseline(each, None) for each in points]


def _by_ink(lines: _Straightened, polygons: Sequence[Polygon], image: np.ndarray,
            right_to_left: bool) -> list[Baseline]:
    """What the ink of the lines says; without ink their lower sides."""
    found = _by_sides(lines, False)
    every = inks(_grids(lines), polygons, image)
    with_ink = np.array([number for number, ink in enumerate(every) if ink is not None], int)
    if not len(with_ink):
        return found
    there = [ink for ink in every if ink is not None]
    rows = InkRows.of(there)
    base, top = middles_of_ink(rows)
    slope, start = sloped_bases(rows, base)
    lines = lines.some(with_ink)
    starts = line_starts(there, lines.height, lines.scale, right_to_left)
    # the foot of a single letter, such as a digit 1, is not its baseline
    letter = np.ptp(lines.ends, axis=1) < lines.height
    slope, start = np.where(letter, 0., slope), np.where(letter, base, start)
    x_height = (base - top) * lines.scale
    for points in (2, _CURVE_POINTS):
        chosen = np.flatnonzero(lines.curved == (points > 2))
        part, columns = lines.some(chosen), np.linspace(0, 1, points)
        along = part.ends[:, :1] + columns * (part.ends[:, 1:] - part.ends[:, :1])
        down = (slope[chosen, None] * columns + start[chosen, None] + 0.5
                - rows.height[chosen, None] // 2) * part.scale[:, None]
        for number, line in zip(chosen.tolist(), part.back(down, along)):
            height = float(x_height[number])
            found[with_ink[number]] = Baseline(line, height if height > 0 else None,
                                               starts[number])
    return found


class _Straightened(NamedTuple):
    """The own coordinates of n lines: along each, and down from its middle.

    Attributes:
        origin: Centre of each one's smallest rectangle (n, 2).
        axes: (n, 2, 2), unit vectors along and down.
        curve: Polynomials (n, 3) of the middle's distance down, for places along.
        curved: Whether it is more than a straight line (n,).
        ends: First and last place along (n, 2).
        height: Of each line across its middle (n,), in pixels.
        scale: Pixels to one sample (n,).
    """
    origin: np.ndarray
    axes: np.ndarray
    curve: np.ndarray
    curved: np.ndarray
    ends: np.ndarray
    height: np.ndarray
    scale: np.ndarray

    def some(self, numbers: np.ndarray) -> _Straightened:
        """Those of some of the lines."""
        return _Straightened(*(values[numbers] for values in self))

    def back(self, down: np.ndarray, along: np.ndarray) -> np.ndarray:
        """Points (n, p, 2) of the page for places (n, p) along lines and below their middles."""
        bend, slope, start = self.curve.T[..., None]
        down = down + (bend * along + slope) * along + start
        return (self.origin[:, None] + along[..., None] * self.axes[:, None, 0]
                + down[..., None] * self.axes[:, None, 1])


# Places along a line, from -1 to 1 between its ends, where its sides are looked at.
_PLACES = np.linspace(-1, 1, 33)[1:-1]
# Least squares: coefficients of a polynomial over [-1, 1] from the values at these places.
_STRAIGHT, _BENT = (np.linalg.pinv(np.vander(_PLACES, degree + 1)) for degree in (1, 2))


def _straightened(polygons: Sequence[Polygon], boxes: np.ndarray, vertical: bool,
                  angle: float) -> _Straightened:
    """The coordinates of lines, computed for all together.

    ``boxes`` are the corners of their smallest rectangles, ``angle`` is that of the page's lines.
    """
    rings = shapely.get_exterior_ring(np.array(polygons, object))
    points, counts = shapely.get_coordinates(rings), shapely.get_num_coordinates(rings)
    starts = np.cumsum(counts) - counts
    along = _directions(boxes, vertical, angle)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    origins = boxes.mean(axis=1)
    of = np.repeat(np.arange(len(counts)), counts)
    moved = points - origins[of]
    x, y = (moved * along[of]).sum(axis=1), (moved * across[of]).sum(axis=1)
    low, high = np.minimum.reduceat(x, starts), np.maximum.reduceat(x, starts)
    middle, half = (low + high) / 2, (high - low) / 2
    upper, lower = _sides(x, y, starts, of, middle[:, None] + half[:, None] * _PLACES)
    height = np.median(lower - upper, axis=1)
    straight, bent = ((upper + lower) / 2 @ fit.T for fit in (_STRAIGHT, _BENT))
    # the places do not reach the ends
    reach = half * _PLACES[-1]
    curved = ((2 * reach > 4 * height) & (height > 0)
              & (np.abs(bent[:, 0]) * _PLACES[-1] ** 2 > 2 * _CURVED * height))
    scale = np.maximum(1., (high - low) / _MAX_COLUMNS)
    curve = _stretched(np.where(curved[:, None], bent, np.pad(straight, ((0, 0), (1, 0)))),
                       middle, half)
    return _Straightened(origins, np.stack([along, across], axis=1), curve, curved,
                         np.stack([low, high], axis=1), np.maximum(height, 1.), scale)


def _directions(boxes: np.ndarray, vertical: bool, angle: float) -> np.ndarray:
    """Unit vectors (n, 2) along lines, from the corners (n, 4, 2) of their smallest rectangles.

    Short lines, as single letters are, run as those of the page do, by ``angle`` in radians.
    """
    sides = boxes[:, 1:3] - boxes[:, :2]
    lengths = np.hypot(sides[..., 0], sides[..., 1])
    longer = lengths.argmax(axis=1)
    each = np.arange(len(boxes))
    along = sides[each, longer] / lengths[each, longer, None]
    cos, sin = np.cos(angle), np.sin(angle)
    along[lengths.max(axis=1) < _SHORT * lengths.min(axis=1)] = (-sin, cos) if vertical else (
        cos, sin)
    along[along[:, 1 if vertical else 0] < 0] *= -1
    return along


def _sides(x: np.ndarray, y: np.ndarray, starts: np.ndarray, of: np.ndarray,
           places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The upper and the lower side (n, p) of polygons at places (n, p) along them.

    ``x`` and ``y`` are their corners one after the other, the first of each again at its end;
    ``of`` is the polygon of each.
    """
    edges = np.flatnonzero(of[1:] == of[:-1])
    line = of[edges]
    first = starts - np.arange(len(starts))  # each polygon before has an edge less than corners
    x0, x1, y0, y1 = (part[:, None] for part in (x[edges], x[edges + 1], y[edges], y[edges + 1]))
    where = places[line]
    share = (where - x0) / np.where(x1 == x0, np.inf, x1 - x0)
    crossing = y0 + share * (y1 - y0)
    there = (np.minimum(x0, x1) <= where) & (where <= np.maximum(x0, x1)) & (x1 != x0)
    return (np.minimum.reduceat(np.where(there, crossing, np.inf), first),
            np.maximum.reduceat(np.where(there, crossing, -np.inf), first))


def _stretched(curve: np.ndarray, middle: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Polynomials (n, 3) over [-1, 1] as ones over ``middle - half`` to ``middle + half``."""
    bend, slope = curve[:, 0] / half ** 2, curve[:, 1] / half
    return np.stack([bend, slope - 2 * bend * middle,
                     curve[:, 2] - slope * middle + bend * middle ** 2], axis=1)


def _grids(lines: _Straightened) -> Grids:
    """Rows of places along lines, within 0.75 of their heights above and below their middles."""
    first, last = lines.ends.T
    half = np.ceil(0.75 * lines.height / lines.scale).astype(int)
    width = np.maximum(2, ((last - first) / lines.scale).astype(int))
    along = evenly(first, last, width)
    level, across = lines.axes[:, 0], lines.axes[:, 1]
    bend, slope, start = (np.repeat(part, width) for part in lines.curve.T)
    down = (bend * along + slope) * along + start
    middle = (np.repeat(lines.origin, width, axis=0)
              + along[:, None] * np.repeat(level, width, axis=0)
              + down[:, None] * np.repeat(across, width, axis=0))
    height = 2 * half + 1
    row = np.arange(height.sum()) - np.repeat(np.cumsum(height) - half - 1, height)
    return Grids(middle, width, (row * np.repeat(lines.scale, height))[:, None]
                 * np.repeat(across, height, axis=0), height)
