"""Shapes of masks: valid outlines, and the centre lines of thin parts."""
from __future__ import annotations

import cv2
import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

# A right angle keeps its corner (1.42 of the offset); sharper ones are cut off there.
_MITRE = 1.5
# How far a hole keeps from where two pixels meet in a corner, in pixels.
_NECK = 0.1
# A part that fills this share of its rotated box is straight.
_STRAIGHT = 0.6
# Longer side of the masks whose skeletons are drawn, in pixels.
_SKELETON_SIDE = 512


def outline(mask: np.ndarray, corner: tuple[int, int] = (0, 0), *, tolerance: float = 0.,
            min_hole: float = 0.) -> Polygon:
    """Return the outline of a connected mask along the edges of its pixels.

    It is valid, with holes, and simplified (Douglas and Peucker, 1973) as far as it stays so.

    Args:
        mask: (h, w) uint8, 0 or 1, one part by 8 neighbours, not empty.
        corner: (x, y) of its upper left corner on the page.
        tolerance: How far the simplified line may run from the exact one, in pixels.
        min_hole: Smallest area in square pixels of a hole that is kept.
    """
    contours, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    outer = next(contour for contour, link in zip(contours, tree[0], strict=True) if link[3] < 0)
    holes = [_hole(mask, contour) for contour, link in zip(contours, tree[0], strict=True)
             if link[3] >= 0 and cv2.contourArea(contour) >= min_hole]
    shape = _around(outer)
    if holes:
        whole = shape
        shape = shapely.difference(whole, shapely.union_all(holes))
        if not isinstance(shape, Polygon):  # a hole's corners meet where pixels meet in a corner
            holes = [shapely.buffer(hole, -_NECK, join_style='mitre') for hole in holes]
            shape = shapely.difference(whole, shapely.union_all(holes))
    if tolerance:
        shape = shapely.simplify(shape, tolerance)
    return shapely.transform(shape, lambda points: points + corner + 0.5)


def _around(contour: np.ndarray) -> BaseGeometry:
    """The pixels that a contour encloses, to their edges.

    It runs through the centres of pixels, half a pixel from their edges. Where a part is one pixel
    wide it comes back on itself, which leaves a line there that is widened too.
    """
    points = contour[:, 0]
    centres: BaseGeometry
    if len(points) < 3:
        centres = LineString(points) if len(points) == 2 else Point(points[0])
    else:
        centres = Polygon(points)
        if not centres.is_valid:
            centres = shapely.make_valid(centres)
    return shapely.buffer(centres, 0.5, cap_style='square', join_style='mitre',
                          mitre_limit=_MITRE)


def _hole(mask: np.ndarray, contour: np.ndarray) -> BaseGeometry:
    """The pixels of a hole, whose contour runs through those of the mask around it."""
    left, top, width, height = cv2.boundingRect(contour)
    inside = np.zeros((height, width), np.uint8)
    cv2.drawContours(inside, [contour], 0, 1, cv2.FILLED, offset=(-left, -top))
    inside &= 1 - mask[top:top + height, left:left + width]
    # Contours step diagonally, also over what comes in at a hole's corners: so out of its rows.
    rises = np.diff(np.pad(inside, ((0, 0), (1, 1))).view(np.int8), axis=1)
    rows, starts = np.nonzero(rises == 1)
    ends = np.nonzero(rises == -1)[1]
    return shapely.union_all(shapely.box(starts + left - 0.5, rows + top - 0.5,
                                         ends + left - 0.5, rows + top + 0.5))


def rotated_box(polygon: Polygon) -> np.ndarray:
    """Return the corners (4, 2) of the smallest rectangle around it, in order around it."""
    points = np.asarray(polygon.exterior.coords, np.float32)
    return cv2.boxPoints(cv2.minAreaRect(points)).astype(np.float64)


def centreline(mask: np.ndarray, corner: tuple[int, int], polygon: Polygon,
               box: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the points (n, 2) along the middle of a thin part, and its mean thickness in pixels.

    A straight part has two points, on the short sides of its rotated box. That of a frame runs
    around it and ends where it began. Any other has the longest of the shortest ways through its
    skeleton: where lines cross, the side branches are left out.

    Args:
        mask: (h, w) uint8, 0 or 1.
        corner: (x, y) of its upper left corner on the page.
        polygon: Its outline.
        box: Its rotated box.
    """
    sides = np.linalg.norm(box - np.roll(box, -1, axis=0), axis=1)
    first = int(sides[1] > sides[0])  # of the long sides; the ends lie on the other two
    long, area = float(sides[first]), polygon.area
    if area >= _STRAIGHT * sides[0] * sides[1]:
        corners = np.roll(box, -first, axis=0)
        ends = [corners[3] + corners[0], corners[1] + corners[2]]
        return _forwards(np.stack(ends) / 2), area / long
    filled = Polygon(polygon.exterior)
    if filled.area > 2 * area:
        thickness = 2 * area / (filled.length + sum(hole.length for hole in polygon.interiors))
        inner = shapely.buffer(filled, -thickness / 2, join_style='mitre')
        if inner.geom_type == 'Polygon' and not inner.is_empty:
            return np.asarray(inner.exterior.coords), thickness
    points = _through_skeleton(mask) + np.array(corner) + 0.5
    way = shapely.simplify(LineString(points), max(1., area / long / 4))
    # The skeleton ends half a thickness from the ends.
    return _forwards(np.asarray(way.coords)), area / max(way.length, long)


def _forwards(points: np.ndarray) -> np.ndarray:
    """The points from the left to the right, those of a vertical line from the top down."""
    across, down = np.abs(points[-1] - points[0])
    axis = 0 if across >= down else 1
    return points if points[0, axis] <= points[-1, axis] else points[::-1]


def _through_skeleton(mask: np.ndarray) -> np.ndarray:
    """Centres (n, 2) of the pixels on the longest of the shortest ways through the skeleton."""
    factor = -(-max(mask.shape) // _SKELETON_SIDE)
    if factor > 1:  # a coarse pixel is set if any of its pixels is, so nothing falls apart
        rows, cols = (-(-length // factor) for length in mask.shape)
        square = np.zeros((rows * factor, cols * factor), np.uint8)
        square[:mask.shape[0], :mask.shape[1]] = mask
        mask = square.reshape(rows, factor, cols, factor).max(axis=(1, 3))
    rows, cols = np.nonzero(thin(mask))
    pixels = set(zip(cols.tolist(), rows.tolist()))
    start = next(iter(pixels))
    way = _farthest_way(pixels, _farthest_way(pixels, start)[-1])
    if len(way) == 1:
        way *= 2
    return (np.array(way) + 0.5) * factor - 0.5


def _farthest_way(pixels: set[tuple[int, int]], start: tuple[int, int]) -> list[tuple[int, int]]:
    """The shortest way from a pixel to the one that is farthest from it, by breadth first."""
    before: dict[tuple[int, int], tuple[int, int] | None] = {start: None}
    queue = [start]
    for pixel in queue:
        x, y = pixel
        # straight steps first, so that ways do not cut corners without need
        for step in ((x + 1, y), (x, y + 1), (x - 1, y), (x, y - 1),
                     (x + 1, y + 1), (x - 1, y + 1), (x - 1, y - 1), (x + 1, y - 1)):
            if step in pixels and step not in before:
                before[step] = pixel
                queue.append(step)
    way: list[tuple[int, int]] = []
    pixel_or_none: tuple[int, int] | None = queue[-1]
    while pixel_or_none is not None:
        way.append(pixel_or_none)
        pixel_or_none = before[pixel_or_none]
    return way[::-1]


def thin(mask: np.ndarray) -> np.ndarray:
    """Return the skeleton of a mask, one pixel wide and connected as the mask is.

    Guo and Hall, "Parallel thinning with two-subiteration algorithms", CACM 1989, first algorithm.

    Args:
        mask: (h, w) uint8, 0 or 1.
    """
    image = np.pad(mask, 1).astype(bool)
    inner = image[1:-1, 1:-1]
    height, width = mask.shape
    left_over = -1
    while left_over != (now := int(np.count_nonzero(inner))):
        left_over = now
        for second in (False, True):
            n, ne, e, se, s, sw, w, nw = (
                image[1 + dy:1 + dy + height, 1 + dx:1 + dx + width]
                for dx, dy in ((0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0),
                               (-1, -1)))
            gaps = _count(~n & (ne | e), ~e & (se | s), ~s & (sw | w), ~w & (nw | n))
            pairs = np.minimum(_count(nw | n, ne | e, se | s, sw | w),
                               _count(n | ne, e | se, s | sw, w | nw))
            held = (n | ne | ~se) & e if second else (s | sw | ~nw) & w
            inner &= ~((gaps == 1) & (pairs >= 2) & (pairs <= 3) & ~held)
    return inner.astype(np.uint8)


def _count(*conditions: np.ndarray) -> np.ndarray:
    """How many of the conditions hold at each pixel."""
    return np.stack(conditions).sum(axis=0, dtype=np.uint8)
