"""Outlines in the form that the formats need: whole pixels, inside the page, without holes."""
from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import shapely
from shapely.geometry import Polygon, box

from mmseg.utils.polygons import largest_polygon, polygon_runs

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
    corners = np.asarray(polygon.exterior.coords[:-1])
    runs = polygon_runs(corners, size)

    def same(points: np.ndarray) -> bool:
        return np.array_equal(polygon_runs(points, size), runs)

    if not len(runs):
        return _snapped(polygon, size)
    snapped = None
    if same(np.floor(corners + .5)):  # seldom, and sooner known than how the outline snaps
        snapped = _snapped(polygon, size)
        if same(np.asarray(snapped, float)):
            return snapped
    exact = _along_edges(runs, max(_FEW_CORNERS, _MORE_CORNERS * (len(corners) + 1)))
    # a rule of less than a pixel holds few centres of pixels: its ends would be lost
    if exact and np.abs(np.subtract(box_of(exact), polygon.bounds)).max() <= 1:
        return exact
    return snapped or _snapped(polygon, size)


def _along_edges(runs: np.ndarray, most: int) -> list[Point] | None:
    """Corners of the outline along the edges of pixels, from the first row's right end down.

    Args:
        runs: Of pixels, see :func:`~mmseg.utils.polygons.polygon_runs`.
        most: Corners.

    Returns:
        None for more corners, for several parts and for holes, which parts that meet only in a
        corner count as.
    """
    stride = int(runs[:, 2].max()) + 1
    above = (runs[:, :1] * stride + runs[:, 1:]).ravel()
    # Each end of a run is there in the line above its row and in that below it; where it
    # continues in the next row, it is not a corner.
    places = np.concatenate([above, above + stride])
    kinds = np.tile([0, 1], 2 * len(runs))
    order = np.argsort(places, kind='stable')
    places, kinds = places[order], kinds[order]
    twice = places[1:] == places[:-1]
    if (twice & (kinds[1:] != kinds[:-1])).any():  # a run begins where one of the next row ends
        return None
    corners = places[~(np.append(twice, False) | np.append(False, twice))]
    if len(corners) > most:
        return None
    ys, xs = np.divmod(corners, stride)
    return _ring(xs.tolist(), ys.tolist(), np.lexsort((ys, xs)).tolist())


def _ring(xs: list[int], ys: list[int], by_column: list[int]) -> list[Point] | None:
    """The corners of upright edges as a ring, from the second one on; None for several rings.

    Args:
        xs: Of the corners, ordered by y and then x: the first and second are joined, and so on.
        ys: Of the corners.
        by_column: Their numbers ordered by x and then y, which are joined in the same way.
    """
    across = dict(zip(by_column[::2], by_column[1::2], strict=True))
    across.update({end: start for start, end in across.items()})
    ring, corner = [], 1
    while True:
        other = across[corner]
        ring += [(xs[corner], ys[corner]), (xs[other], ys[other])]
        corner = other ^ 1
        if corner == 1:
            return ring if len(ring) == len(xs) else None


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
        snapped = largest_polygon(shapely.set_precision(grown, 1))
        if (snapped is not None and snapped.area >= inside.area * 2 / 3
                and len(snapped.exterior.coords) >= fewest):
            return _corners(Polygon(snapped.exterior))
    return _corners(box(*_touched_pixels(polygon.bounds, size)))


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
