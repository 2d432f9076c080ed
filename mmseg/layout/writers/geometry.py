"""Outlines in the form that the formats need: whole pixels, inside the page, without holes."""
from __future__ import annotations

import math
from collections.abc import Iterable

import cv2
import numpy as np
import shapely
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from mmseg.utils.polygons import fill_polygon

from ..outline import valid_polygons

Point = tuple[int, int]
# An exact outline may have so many corners, or so many times those of the polygon.
_FEW_CORNERS, _MORE_CORNERS = 64, 4


def whole_outline(polygon: Polygon, size: tuple[int, int]) -> list[Point]:
    """Corners of the outline in whole pixels, at least three, not closed, inside the page.

    Args:
        polygon: Its holes are left out: PAGE-XML, ALTO and hOCR have no place for them.
        size: (height, width) of the page.
    """
    return whole_ring(Polygon(polygon.exterior), size)


def whole_ring(polygon: Polygon, size: tuple[int, int]) -> list[Point]:
    """The same for a polygon without holes.

    Where rounding gives or takes pixels, the outline goes along the edges of the polygon's pixels
    instead, unless that takes many more corners. Rounding can also make an outline cross itself or
    vanish: see :func:`_snapped`.
    """
    snapped = _snapped(polygon, size)
    (top, left), inside = fill_polygon(np.asarray(polygon.exterior.coords[:-1]), size)
    corner, same = fill_polygon(np.asarray(snapped, float), size)
    if not inside.any() or (corner == (top, left) and np.array_equal(inside, same)):
        return snapped
    most = max(_FEW_CORNERS, _MORE_CORNERS * len(polygon.exterior.coords))
    # each row of an outline has a corner on either side, but for those that are alike
    changes = int((inside[1:] != inside[:-1]).any(axis=1).sum())
    steps = _along_edges(inside) if 2 * changes <= most else None
    if steps is None or len(steps) > most:
        return snapped
    exact = [(x + left, y + top) for x, y in steps]
    # a rule of less than a pixel holds few centres of pixels: its ends would be lost
    lost = np.abs(np.subtract(box_of(exact), polygon.bounds)).max() > 1
    return snapped if lost else exact


def _along_edges(inside: np.ndarray) -> list[Point] | None:
    """Corners of the outline along the edges of pixels; None for several parts or holes, which
    parts that meet only in a corner count as."""
    begins = np.append(True, (inside[1:] != inside[:-1]).any(axis=1))  # other rows repeat these
    edges = np.append(np.flatnonzero(begins), len(inside))
    steps = np.diff(np.pad(inside[begins], ((0, 0), (1, 1))).astype(np.int8), axis=1)
    (rows, starts), (_, ends) = np.nonzero(steps == 1), np.nonzero(steps == -1)
    if (np.array_equal(rows, np.arange(len(steps))) and (starts[1:] < ends[:-1]).all()
            and (starts[:-1] < ends[1:]).all()):
        return _around(starts, ends, edges)
    if cv2.connectedComponents(inside.view(np.uint8), connectivity=4)[0] > 2:
        return None
    parts = shapely.union_all(shapely.box(starts, edges[rows], ends, edges[rows + 1]))
    if not isinstance(parts, Polygon) or parts.interiors:
        return None
    return _corners(shapely.simplify(parts, 0))


def _around(starts: np.ndarray, ends: np.ndarray, edges: np.ndarray) -> list[Point]:
    """Corners of bands of pixels, of which each is one run of columns that touches the next one's.

    Args:
        starts: The first column of each (n,).
        ends: The column behind its last (n,).
        edges: The rows between them and at their ends (n + 1,).
    """
    levels = np.repeat(edges, 2)[1:-1]
    points = np.concatenate([np.column_stack([np.repeat(ends, 2), levels]),
                             np.column_stack([np.repeat(starts, 2), levels])[::-1]])
    before, after = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)
    # neither between two points of its column, or row, nor one that follows itself
    bends = ((before == points) != (points == after)).all(axis=1)
    return [(int(x), int(y)) for x, y in points[bends]]


def four_corners(outline: list[Point]) -> list[Point]:
    """The outline of a triangle with a fourth point, which OCR-D's validator asks for; others as
    they are."""
    if len(outline) != 3:
        return outline
    for index, (start, end) in enumerate(zip(outline, [*outline[1:], outline[0]], strict=True)):
        middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        if all(length.is_integer() for length in middle):
            return [*outline[:index + 1], (int(middle[0]), int(middle[1])), *outline[index + 1:]]
    return [*outline, outline[0]]


def _snapped(polygon: Polygon, size: tuple[int, int]) -> list[Point]:
    """The polygon on the grid of whole pixels, as GEOS brings it there without crossings.

    Where parts come apart the largest stays. A rule that is too thin for the grid, so that a third
    of it or all but three corners are lost, is snapped a little wider, and if that is not enough it
    becomes the whole pixels that its box touches.
    """
    height, width = size
    page = box(0, 0, width, height)
    inside = valid_polygons(np.array([polygon]))[0].intersection(page)
    fewest = min(len(inside.exterior.coords), 5) if isinstance(inside, Polygon) else 5
    # less than half a pixel: ends on the grid stay there
    for wider in (0., 0.4):
        grown = inside.buffer(wider, join_style='mitre').intersection(page) if wider else inside
        snapped = _largest_part(shapely.set_precision(grown, 1))
        if (snapped is not None and snapped.area >= inside.area * 2 / 3
                and len(snapped.exterior.coords) >= fewest):
            return _corners(Polygon(snapped.exterior))
    return _corners(box(*_touched_pixels(polygon.bounds, size)))


def _largest_part(geometry: BaseGeometry) -> Polygon | None:
    parts = [part for part in getattr(geometry, 'geoms', [geometry])
             if isinstance(part, Polygon) and part.area > 0]
    return max(parts, key=lambda part: part.area, default=None)


def _corners(polygon: Polygon) -> list[Point]:
    return [(int(x), int(y)) for x, y in list(polygon.exterior.coords)[:-1]]


def _touched_pixels(bounds: tuple[float, float, float, float],
                    size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the pixels of the page that the box touches, one at least."""
    edges = []
    for low, high, length in ((bounds[0], bounds[2], size[1]), (bounds[1], bounds[3], size[0])):
        first = min(max(math.floor(low), 0), length - 1)
        edges.append((first, min(max(math.ceil(high), first + 1), length)))
    (left, right), (top, bottom) = edges
    return left, top, right, bottom


def whole_points(points: Iterable[Iterable[float]], size: tuple[int, int]) -> list[Point]:
    """The points of an open line in whole pixels inside the page, at least two.

    Args:
        points: x and y of each.
        size: (height, width) of the page.
    """
    height, width = size
    whole = [(min(max(round(float(x)), 0), width), min(max(round(float(y)), 0), height))
             for x, y in points]
    kept = [point for place, point in enumerate(whole) if not place or point != whole[place - 1]]
    return kept if len(kept) > 1 else [*kept, *kept]


def box_of(points: Iterable[Point]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the points."""
    xs, ys = zip(*points)
    return min(xs), min(ys), max(xs), max(ys)


def is_box(points: list[Point]) -> bool:
    """Whether the outline is an upright rectangle, which its box says already."""
    left, top, right, bottom = box_of(points)
    return Polygon(points).area == (right - left) * (bottom - top)
