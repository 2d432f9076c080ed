"""Label maps from regions.

A pixel belongs to a region where its centre lies inside; a centre right on the outline belongs to
the region on its right and below. So the box from (1, 1) to (3, 3) covers the pixels 1 and 2 in
both directions, and boxes side by side share no pixel. In formats whose coordinates name pixels,
as PAGE-XML's do, the pixels of the outline belong to the region.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from shapely import LineString, Polygon
from shapely.geometry.polygon import orient

from mmseg.utils.polygons import fill_polygon

from .class_map import IGNORE, ClassMap


@dataclass
class Shape:
    """A region of a page.

    Attributes:
        label: What the corpus calls it.
        polygons: Outlines, each ``(P, 2)`` of x and y in pixels, the image's corner being (0, 0).
        mask: Pixels in place of outlines, bool ``(h, w)``.
        corner: Where the mask lies: its row and column.
        inclusive: Whether coordinates name pixels, and those of the outline are part of it.
        layered: Whether, if it is background, it is a hole in the shapes before it.
        holes: Outlines of what is not part of it.
    """

    label: str
    polygons: Sequence[np.ndarray] = ()
    mask: np.ndarray | None = None
    corner: tuple[int, int] = (0, 0)
    inclusive: bool = False
    layered: bool = False
    holes: Sequence[np.ndarray] = ()


@dataclass
class Painted:
    """A label map, and counts of the regions in it.

    Attributes:
        label: ``(H, W)`` uint8.
        regions: How many regions of each class were painted.
        unknown: How many of each label that the map does not know were left out.
        outside: How many regions cover no pixel of the page.
    """

    label: np.ndarray
    regions: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    outside: int = 0


def paint(shapes: Sequence[Shape], size: tuple[int, int], class_map: ClassMap) -> Painted:
    """The label map of a page, classes painted in the order that the class map states.

    Args:
        shapes: The regions.
        size: (height, width) of the page.
        class_map: Which label is which class.
    """
    page = Painted(np.full(size, class_map.rest, dtype=np.uint8))
    by_class: dict[str, list[tuple[int, Shape]]] = {name: [] for name in class_map.order}
    for place, shape in enumerate(shapes):
        target = class_map.find(shape.label)
        if target is None:
            page.unknown[shape.label] += 1
        else:
            by_class[target].append((place, shape))
    # which of the shapes is the last that clears a pixel
    holes = [(place, shape) for place, shape in by_class[class_map.classes[0]] if shape.layered]
    cleared = np.zeros(size, dtype=np.int32) if holes else None
    for place, shape in holes:
        assert cleared is not None
        _fill(cleared, shape, place)
    for target in class_map.order:
        for place, shape in by_class[target]:
            kept = None if cleared is None else page.label[later := cleared > place]
            if _fill(page.label, shape, class_map.value_of(target)):
                page.regions[target if target != IGNORE else 'ignored'] += 1
            else:
                page.outside += 1
            if kept is not None:
                page.label[later] = kept
    return page


def _fill(label: np.ndarray, shape: Shape, value: int) -> bool:
    """Give the pixels of a region a value; False where there are none."""
    if shape.holes:
        return _fill_around(label, shape, value)
    found = False
    if shape.mask is not None:
        found = _place(label, shape.mask, shape.corner, value)
    for points in shape.polygons:
        if shape.inclusive:
            found |= _fill_inclusive(label, points, value)
        else:
            corner, inside = fill_polygon(points, label.shape)
            found |= _place(label, inside, corner, value)
    return found


def _fill_around(label: np.ndarray, shape: Shape, value: int) -> bool:
    """The same for a region with holes."""
    covered = np.zeros(label.shape, dtype=np.uint8)
    _fill(covered, replace(shape, holes=()), 1)
    _fill(covered, Shape(shape.label, shape.holes), 0)
    label[covered > 0] = value
    return bool(covered.any())


def _place(label: np.ndarray, mask: np.ndarray, corner: tuple[int, int], value: int) -> bool:
    top, left = corner
    mask = mask[max(-top, 0):, max(-left, 0):]
    top, left = max(top, 0), max(left, 0)
    part = label[top:top + mask.shape[0], left:left + mask.shape[1]]
    inside = mask[:part.shape[0], :part.shape[1]]
    part[inside] = value
    return bool(inside.any())


def _fill_inclusive(label: np.ndarray, points: np.ndarray, value: int) -> bool:
    """Fill a polygon between pixels that it names, its outline included."""
    covered = np.zeros(label.shape, dtype=np.uint8)
    cv2.fillPoly(covered, [np.rint(points).astype(np.int32)], 1)
    label[covered > 0] = value
    return bool(covered.any())


def box_polygon(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    """The outline of a box between two opposite corners, ``(4, 2)``."""
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=float)


def stroke_polygons(points: np.ndarray, width: float) -> list[np.ndarray]:
    """The outlines of a line drawn through ``points`` ``(P, 2)``, ``width`` pixels thick."""
    area = LineString(points).buffer(width / 2, cap_style='flat', join_style='mitre')
    return [_keyhole(orient(part)) for part in getattr(area, 'geoms', [area])
            if not part.is_empty]


def _keyhole(area: Polygon) -> np.ndarray:
    """One outline of an area with holes: there and back to each hole on the same way."""
    outline = np.array(area.exterior.coords)
    ways = [np.concatenate([hole.coords, outline[:1]]) for hole in area.interiors]
    return np.concatenate([outline, *ways])
