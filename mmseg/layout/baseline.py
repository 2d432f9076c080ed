"""Baseline and x-height of text lines, from the dark pixels of the page."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry import Polygon

from .ink import ink_at
from .outline import rotated_boxes

# Columns of a line that are looked at, at most: more tell no more.
_MAX_COLUMNS = 600
# A centre line that runs further from a straight one, in heights of the line, is a curve.
_CURVED = 0.12
# Lines whose sides are computed together.
_AT_ONCE = 256
# Parts of a line whose ink corrects its slope.
_PARTS = 8
# Baselines of curved lines have so many points.
_CURVE_POINTS = 9


class Baseline(NamedTuple):
    """Points (n, 2) from left to right, of a vertical line from the top down, and the x-height."""
    points: np.ndarray
    x_height: float | None


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
                   vertical: bool = False) -> list[Baseline]:
    """Return the baseline of each line, see :func:`find_baseline`.

    Args:
        polygons: The lines' outlines.
        image: As there.
        vertical: As there, of all of them.
    """
    found = []
    for start in range(0, len(polygons), _AT_ONCE):
        some = polygons[start:start + _AT_ONCE]
        found += [_baseline(line, polygon, image, vertical)
                  for line, polygon in zip(_straightened(some, vertical), some, strict=True)]
    return found


def _baseline(line: _Straightened, polygon: Polygon, image: np.ndarray | None,
              vertical: bool) -> Baseline:
    if vertical:
        return Baseline(line.back(np.zeros(2), line.ends), None)
    rows = None if image is None else _ink_rows(line, polygon, image)
    if rows is None:
        return Baseline(line.back(np.full(2, line.height / 2), line.ends), None)
    base, top = _edges(rows.sum(axis=1))
    middle = rows.shape[0] // 2
    offsets = _sloped(rows, base)
    columns = np.linspace(0, 1, _CURVE_POINTS if line.curved else 2)
    along = line.ends[0] + columns * (line.ends[1] - line.ends[0])
    down = (np.polyval(offsets, columns) + 0.5 - middle) * line.scale
    x_height = float((base - top) * line.scale)
    return Baseline(line.back(down, along), x_height if x_height > 0 else None)


class _Straightened(NamedTuple):
    """A line's own coordinates: along it, and down from its middle.

    Attributes:
        origin: Centre of its smallest rectangle.
        axes: (2, 2), unit vectors along and down.
        curve: Polynomial of the middle's distance down, for places along.
        ends: First and last place along.
        height: Of the line across its middle, in pixels.
        scale: Pixels to one sample.
    """
    origin: np.ndarray
    axes: np.ndarray
    curve: np.ndarray
    ends: np.ndarray
    height: float
    scale: float

    @property
    def curved(self) -> bool:
        return len(self.curve) > 2

    def back(self, down: np.ndarray, along: np.ndarray) -> np.ndarray:
        """Points (n, 2) of the page for places along the line and below its middle."""
        down = down + np.polyval(self.curve, along)
        return self.origin + along[:, None] * self.axes[0] + down[:, None] * self.axes[1]


# Places along a line, from -1 to 1 between its ends, where its sides are looked at.
_PLACES = np.linspace(-1, 1, 33)[1:-1]
# Least squares: coefficients of a polynomial over [-1, 1] from the values at these places.
_STRAIGHT, _BENT = (np.linalg.pinv(np.vander(_PLACES, degree + 1)) for degree in (1, 2))


def _straightened(polygons: Sequence[Polygon], vertical: bool) -> list[_Straightened]:
    """The coordinates of several lines, most of it computed for all together."""
    shapes = np.array(polygons, object)
    rings = shapely.get_exterior_ring(shapes)
    points, counts = shapely.get_coordinates(rings), shapely.get_num_coordinates(rings)
    starts = np.cumsum(counts) - counts
    boxes = rotated_boxes(shapes)
    along = _directions(boxes, vertical)
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
    return [_Straightened(
        origins[line], np.stack([along[line], across[line]]),
        _stretched(bent[line] if curved[line] else straight[line], middle[line], half[line]),
        np.array([low[line], high[line]]), max(float(height[line]), 1.), float(scale[line]))
        for line in range(len(counts))]


def _directions(boxes: np.ndarray, vertical: bool) -> np.ndarray:
    """Unit vectors (n, 2) along lines, from the corners (n, 4, 2) of their smallest rectangles."""
    sides = boxes[:, 1:3] - boxes[:, :2]
    lengths = np.hypot(sides[..., 0], sides[..., 1])
    longer = lengths.argmax(axis=1)
    each = np.arange(len(boxes))
    along = sides[each, longer] / lengths[each, longer, None]
    # as good as square: as the page is
    along[lengths.min(axis=1) > 0.7 * lengths.max(axis=1)] = (0., 1.) if vertical else (1., 0.)
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


def _stretched(polynomial: np.ndarray, middle: float, half: float) -> np.ndarray:
    """A polynomial over [-1, 1] as one over ``middle - half`` to ``middle + half``."""
    if len(polynomial) == 2:
        slope = polynomial[0] / half
        return np.array([slope, polynomial[1] - slope * middle])
    bend, slope = polynomial[0] / half ** 2, polynomial[1] / half
    return np.array([bend, slope - 2 * bend * middle,
                     polynomial[2] - slope * middle + bend * middle ** 2])


def _ink_rows(line: _Straightened, polygon: Polygon, image: np.ndarray) -> np.ndarray | None:
    """Whether there is ink (rows, columns) at places of the line; None where there is none."""
    half = int(np.ceil(0.75 * line.height / line.scale))
    count = max(2, int(np.ptp(line.ends) / line.scale))
    along = np.linspace(line.ends[0], line.ends[1], count)
    down = np.arange(-half, half + 1) * line.scale
    middle = line.back(np.zeros(count), along)
    spots = middle[None] + down[:, None, None] * line.axes[1]
    return ink_at(spots, polygon, image)


def _edges(profile: np.ndarray) -> tuple[int, int]:
    """The last row of the small letters, and the row above their first one."""
    smooth = np.convolve(profile, (.25, .5, .25), 'same')
    middle = int(np.average(np.arange(len(profile)), weights=profile + 1e-6))
    drop = np.append(smooth[:-1] - smooth[1:], smooth[-1])
    base = middle + int(drop[middle:].argmax())
    rise = np.append(smooth[0], smooth[1:] - smooth[:-1])
    top = int(rise[:middle + 1].argmax()) - 1
    return base, top


def _sloped(rows: np.ndarray, base: int) -> np.ndarray:
    """A straight line, as a polynomial over [0, 1], through where the ink of parts ends."""
    reach = max(2, rows.shape[0] // 8)
    window = rows[max(base - reach, 0):base + reach + 2]
    places, ends = [], []
    for part in np.array_split(np.arange(rows.shape[1]), _PARTS):
        profile = np.convolve(window[:, part].sum(axis=1), (.25, .5, .25), 'same')
        drop = profile[:-1] - profile[1:]
        if len(part) and len(drop) and drop.max() > 0.1 * len(part):
            places.append(part.mean() / rows.shape[1])
            ends.append(max(base - reach, 0) + int(drop.argmax()))
    if len(places) < 4:
        return np.array([0., base])
    first, second = np.triu_indices(len(places), 1)
    x, y = np.array(places), np.array(ends, np.float64)
    # Theil and Sen: descenders and commas in one part do not affect it
    slope = np.median((y[second] - y[first]) / (x[second] - x[first]))
    return np.array([slope, np.median(y - slope * x)])
