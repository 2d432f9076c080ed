"""Outlines as the formats want them: whole pixels, inside the page, without holes."""
from __future__ import annotations

import math
from collections.abc import Iterable

import shapely
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

Point = tuple[int, int]


def whole_outline(polygon: Polygon, size: tuple[int, int]) -> list[Point]:
    """Corners of the outline in whole pixels, at least three, not closed, inside the page.

    Rounding can make an outline cross itself or vanish. GEOS snaps it to the grid of whole pixels
    without crossings, and where parts come apart the largest stays. A rule that is too thin for
    the grid, so that a third of it or all but three corners are lost, is snapped a little wider,
    and if that is not enough it becomes the whole pixels that its box touches.

    Args:
        polygon: Its holes are left out: PAGE-XML, ALTO and hOCR have no place for them.
        size: (height, width) of the page.
    """
    height, width = size
    page = box(0, 0, width, height)
    inside = Polygon(polygon.exterior).intersection(page)
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
