"""Shapes of masks: valid outlines, and the centre lines of thin parts."""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from ..utils.polygons import largest_polygon

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
    polygon: Polygon = outlines([mask], np.array([corner]), tolerance=tolerance,
                                min_hole=min_hole)[0]
    return polygon


def outlines(masks: Sequence[np.ndarray], corners: np.ndarray, *, tolerance: float = 0.,
             min_hole: float = 0.) -> np.ndarray:
    """Return the outlines (n,) of several masks, see :func:`outline`.

    Args:
        masks: As there.
        corners: (x, y) of each one's upper left corner on the page (n, 2).
        tolerance: As there.
        min_hole: As there.
    """
    outer, holes = list[np.ndarray](), dict[int, list[BaseGeometry]]()
    for number, mask in enumerate(masks):
        contours, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        if len(contours) == 1:
            outer.append(contours[0][:, 0])
            continue
        inner = tree[0, :, 3] >= 0
        outer.append(contours[int(inner.argmin())][:, 0])
        found = [_hole(mask, contour) for contour, within in zip(contours, inner, strict=True)
                 if within and cv2.contourArea(contour) >= min_hole]
        if found:
            holes[number] = found
    shapes = _around(outer)
    for number, found in holes.items():
        shapes[number] = _without(shapes[number], found)
    if tolerance:
        shapes = shapely.simplify(shapes, tolerance)
    shifts = np.repeat(corners, shapely.get_num_coordinates(shapes), axis=0)
    return shapely.transform(shapes, lambda points: points + shifts + 0.5)


def _without(whole: BaseGeometry, holes: list[BaseGeometry]) -> BaseGeometry:
    """A polygon with these holes."""
    shape = shapely.difference(whole, shapely.union_all(holes))
    if not isinstance(shape, Polygon):  # a hole's corners meet where pixels meet in a corner
        holes = [shapely.buffer(hole, -_NECK, join_style='mitre') for hole in holes]
        shape = shapely.difference(whole, shapely.union_all(holes))
    return shape


def _around(contours: Sequence[np.ndarray]) -> np.ndarray:
    """The pixels (n,) that contours enclose, to their edges.

    They run through the centres of pixels, half a pixel from their edges. Where a part is one pixel
    wide its contour comes back on itself, which leaves a line there that is widened too.
    """
    counts = np.array([len(contour) for contour in contours])
    centres = np.empty(len(contours), object)
    for kind, chosen in ((shapely.points, counts == 1), (shapely.linestrings, counts == 2),
                         (shapely.linearrings, counts > 2)):
        numbers = np.flatnonzero(chosen)
        if len(numbers):
            points = np.concatenate([contours[number] for number in numbers.tolist()]).astype(float)
            made = (kind(points) if kind is shapely.points else
                    kind(points, indices=np.repeat(np.arange(len(numbers)), counts[numbers])))
            centres[numbers] = shapely.polygons(made) if kind is shapely.linearrings else made
    invalid = ~shapely.is_valid(centres)
    centres[invalid] = shapely.make_valid(centres[invalid])
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


def valid_polygons(polygons: np.ndarray) -> np.ndarray:
    """Return polygons (n,) of which those that cross themselves are their largest valid part.

    GEOS gives such outlines now and then, by rounding, where it widens shapes and narrows them.
    """
    valid = polygons.copy()
    for number in np.flatnonzero(~shapely.is_valid(polygons)):
        valid[number] = largest_polygon(shapely.make_valid(polygons[number])) or Polygon()
    return valid


def rotated_box(polygon: Polygon) -> np.ndarray:
    """Return the corners (4, 2) of the smallest rectangle around it, in order around it."""
    return rotated_boxes(np.array([polygon], object))[0]


def rotated_boxes(polygons: np.ndarray) -> np.ndarray:
    """Return the corners (n, 4, 2) of the smallest rectangle around each, see :func:`rotated_box`.

    Args:
        polygons: (n,) of shapely's.
    """
    rings = shapely.get_exterior_ring(polygons)
    points = shapely.get_coordinates(rings).astype(np.float32)
    ends = np.cumsum(shapely.get_num_coordinates(rings)).tolist()
    return np.array([cv2.boxPoints(cv2.minAreaRect(points[start:end]))
                     for start, end in zip([0, *ends], ends)], np.float64).reshape(-1, 4, 2)


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
    sides = np.linalg.norm(box - box[[1, 2, 3, 0]], axis=1)
    first = int(sides[1] > sides[0])  # of the long sides; the ends lie on the other two
    long, area = float(sides[first]), polygon.area
    if area >= _STRAIGHT * sides[0] * sides[1]:
        ends = box[[first - 1, first + 1]] + box[[first, (first + 2) % 4]]
        return _forwards(ends / 2), area / long
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
