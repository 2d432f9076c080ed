"""Baseline and x-height of text lines, from the dark pixels of the page."""
from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from shapely.geometry import Polygon

from .ink import ink_at

# Columns of a line that are looked at, at most: more tell no more.
_MAX_COLUMNS = 600
# A centre line that runs further from a straight one, in heights of the line, is a curve.
_CURVED = 0.12
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
    line = _Straightened.of(polygon, vertical)
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

    @classmethod
    def of(cls, polygon: Polygon, vertical: bool) -> _Straightened:
        points = np.asarray(polygon.exterior.coords[:-1], np.float64)
        box = cv2.boxPoints(cv2.minAreaRect(points.astype(np.float32))).astype(np.float64)
        sides = np.array([box[1] - box[0], box[2] - box[1]])
        lengths = np.hypot(*sides.T)
        if min(lengths) > 0.7 * max(lengths):  # as good as square: as the page is
            along = np.array([0., 1.]) if vertical else np.array([1., 0.])
        else:
            along = sides[lengths.argmax()] / lengths.max()
        if along[1 if vertical else 0] < 0:
            along = -along
        axes = np.stack([along, [-along[1], along[0]]])
        origin = box.mean(axis=0)
        x, y = (points - origin) @ axes.T[:, 0], (points - origin) @ axes.T[:, 1]
        places = np.linspace(x.min(), x.max(), 33)[1:-1]
        upper, lower = _sides(x, y, places)
        height = float(np.median(lower - upper))
        middles = (upper + lower) / 2
        curve = np.polyfit(places, middles, 1)
        if np.ptp(places) > 4 * height > 0:
            bent = np.polyfit(places, middles, 2)
            if abs(bent[0]) * (np.ptp(places) / 2) ** 2 > 2 * _CURVED * height:
                curve = bent
        ends = np.array([x.min(), x.max()])
        scale = max(1., float(np.ptp(ends)) / _MAX_COLUMNS)
        return cls(origin, axes, curve, ends, max(height, 1.), scale)

    def back(self, down: np.ndarray, along: np.ndarray) -> np.ndarray:
        """Points (n, 2) of the page for places along the line and below its middle."""
        down = down + np.polyval(self.curve, along)
        return self.origin + along[:, None] * self.axes[0] + down[:, None] * self.axes[1]


def _sides(x: np.ndarray, y: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The upper and the lower side of a polygon at places along it."""
    x1, y1 = np.roll(x, -1), np.roll(y, -1)
    low, high = np.minimum(x, x1)[:, None], np.maximum(x, x1)[:, None]
    share = (places - x[:, None]) / np.where(x1 == x, np.inf, x1 - x)[:, None]
    crossing = y[:, None] + share * (y1 - y)[:, None]
    there = (low <= places) & (places <= high) & (x1 != x)[:, None]
    return (np.where(there, crossing, np.inf).min(axis=0),
            np.where(there, crossing, -np.inf).max(axis=0))


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
