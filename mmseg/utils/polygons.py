"""Points of PAGE-XML, and which pixels lie in a polygon: one rule for reading and writing."""
from __future__ import annotations

import re

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry


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
    row, column, turn = _crossings(points, size)
    if not len(row):
        return (0, 0), np.zeros((0, 0), dtype=bool)
    top, left = int(row.min()), int(column.min())
    winding = np.zeros((int(row.max()) - top + 1, int(column.max()) - left + 1), dtype=np.int32)
    np.add.at(winding, (row - top, column - left), turn)
    return (top, left), np.cumsum(winding, axis=1) != 0


def polygon_runs(points: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """The same pixels as runs ``(n, 3)``: row, first column and that behind the last, in order.

    Args:
        points: ``(P, 2)`` x and y in pixels.
        size: (height, width) of the page; what lies outside is cut off.
    """
    row, column, turn = _crossings(points, size)
    place = row * (size[1] + 1) + column
    order = place.argsort()
    place, inside = place[order], turn[order].cumsum() != 0
    # where several edges cross a row in one place, the last of them decides
    last = np.ones(len(place), bool)
    last[:-1] = place[1:] != place[:-1]
    place, inside = place[last], inside[last]
    changes = inside.copy()
    changes[1:] ^= inside[:-1]
    rows, columns = np.divmod(place[changes].reshape(-1, 2), size[1] + 1)
    return np.column_stack([rows[:, 0], columns])


def _crossings(points: np.ndarray,
               size: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, first column behind it, and direction (1 down, -1 up) of each crossing of an edge and a
    row of centres."""
    height, width = size
    # An edge from y0 to y1 crosses the rows whose centres lie in [y0, y1).
    begin = np.clip(np.ceil(points[:, 1] - .5), 0, height).astype(int)
    after = np.arange(1, len(points) + 1) % len(points)
    end = begin[after]
    count = np.abs(end - begin)
    edge = np.arange(len(points)).repeat(count)
    row = np.arange(len(edge)) + (np.minimum(begin, end) - count.cumsum() + count).repeat(count)
    (x, y), (across, down) = points[edge].T, (points[after] - points)[edge].T
    column = np.clip(np.ceil(x + (row + .5 - y) * across / down - .5), 0, width).astype(int)
    return row, column, np.where(down > 0, 1, -1)


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


def largest_polygon(geometry: BaseGeometry) -> Polygon | None:
    """Return the polygon of the largest area among the parts of a shape; None without one.

    Args:
        geometry: A polygon, or a collection, such as what ``shapely.make_valid`` gives.
    """
    parts = [part for part in shapely.get_parts(shapely.get_parts(geometry))
             if isinstance(part, Polygon) and part.area > 0]
    return max(parts, key=lambda part: part.area, default=None)
