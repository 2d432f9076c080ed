"""Points of PAGE-XML, and which pixels lie in a polygon: one rule for reading and writing."""
from __future__ import annotations

import re

import numpy as np


def split_points(text: str) -> list[list[str]]:
    """The numbers of each point of ``'x,y x,y'``; there may be blanks next to the commas."""
    return [pair.split(',') for pair in re.sub(r'\s*,\s*', ',', text).split()]


def fill_polygon(points: np.ndarray, size: tuple[int, ...]) -> tuple[tuple[int, int], np.ndarray]:
    """The pixels whose centres a polygon winds around, as (row, column) of a corner and a mask.

    An outline that crosses itself, as hands draw it, encloses no hole.

    Args:
        points: ``(P, 2)`` x and y in pixels.
        size: (height, width) of the page; what lies outside is cut off.
    """
    height, width = size
    start, end = points, np.roll(points, -1, axis=0)
    # An edge from y0 to y1 crosses the rows whose centres lie in [y0, y1).
    low = np.minimum(start[:, 1], end[:, 1])
    high = np.maximum(start[:, 1], end[:, 1])
    first = np.clip(np.ceil(low - .5), 0, height).astype(int)
    count = np.clip(np.ceil(high - .5), 0, height).astype(int) - first
    total = int(count.sum())
    if total == 0:
        return (0, 0), np.zeros((0, 0), dtype=bool)
    edge = np.repeat(np.arange(len(points)), count)
    row = np.arange(total) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    (x0, y0), (x1, y1) = start[edge].T, end[edge].T
    x = x0 + (row + .5 - y0) * (x1 - x0) / (y1 - y0)
    column = np.clip(np.ceil(x - .5), 0, width).astype(int)
    top, left = int(row.min()), int(column.min())
    winding = np.zeros((int(row.max()) - top + 1, int(column.max()) - left + 1), dtype=np.int32)
    np.add.at(winding, (row - top, column - left), np.where(y1 > y0, 1, -1))
    return (top, left), np.cumsum(winding, axis=1) != 0


def fill_rings(exterior: np.ndarray, holes: list[np.ndarray],
               size: tuple[int, ...]) -> tuple[tuple[int, int], np.ndarray]:
    """The same for a polygon with holes.

    Args:
        exterior: ``(P, 2)`` x and y in pixels.
        holes: Each ``(P, 2)``, x and y in pixels.
        size: (height, width) of the page.
    """
    (top, left), inside = fill_polygon(exterior, size)
    for hole in holes:
        (hole_top, hole_left), mask = fill_polygon(hole, size)
        row, col = hole_top - top, hole_left - left
        part = inside[max(row, 0):max(row + mask.shape[0], 0),
                      max(col, 0):max(col + mask.shape[1], 0)]
        part &= ~mask[max(-row, 0):, max(-col, 0):][:part.shape[0], :part.shape[1]]
    return (top, left), inside
