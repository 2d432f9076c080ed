"""The order in which the regions of a page are read, whichever way its lines run."""
from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from statistics import median

import numpy as np
import shapely
from shapely.geometry import Polygon

from .lines import level
from .reading_order import reading_order
from .region import Region
from .region_types import region_type_of

# Captions have at most so many lines, and are at most so many of their heights away.
_CAPTION_LINES, _CAPTION_GAP = 4, 1.5
# They may be wider than their figure by this share, and are wide from this share of its width.
_WIDER, _WIDE = 0.05, 0.6
_PICTURES = ('figure', 'graphic', 'table')


def region_order(regions: Sequence[Region], size: tuple[int, int], *,
                 right_to_left: bool = False) -> list[int]:
    """Return the numbers of the regions in reading order, on skewed and vertical pages too.

    The page is turned as its lines run before it is cut (see
    :func:`~mmseg.layout.reading_order`); where most of its text is vertical, its right side comes
    to the top. A short block right below a figure or table, or right above one that has none
    below, is its caption and stays with it.

    Args:
        regions: Of a page.
        size: (height, width) of the page.
        right_to_left: Whether the rightmost column is the first.
    """
    lines = [line for region in regions for line in region.lines]
    area = {down: sum(line.polygon.area for line in lines
                      if (line.direction == 'vertical') == down) for down in (False, True)}
    vertical = area[True] > area[False]
    frame = level([line.polygon for line in lines
                   if (line.direction == 'vertical') == vertical], vertical)
    height, width = size
    page = frame.boxes_of([shapely.box(0, 0, width, height)])[0]
    boxes = frame.boxes_of([region.polygon for region in regions]) - np.tile(page[:2], 2)
    read = frame.boxes_of([_read_of(region) for region in regions]) - np.tile(page[:2], 2)
    # Headers run along the upper edge, which of a vertical page is a side here.
    turned = 0 if vertical else round(page[3] - page[1]), round(page[2] - page[0])
    heights = frame.boxes[:, 3] - frame.boxes[:, 1]
    order = reading_order(read.tolist(), turned, right_to_left=right_to_left and not vertical,
                          line_height=float(np.median(heights)) if len(heights) else None)
    return order if vertical else _with_captions(order, regions, boxes)


def _read_of(region: Region) -> Polygon:
    """The outline of what is read: of a table its lines, since its edges are often uncertain."""
    if region.lines and region_type_of(region.name) == 'table':
        return shapely.convex_hull(shapely.MultiPolygon([line.polygon for line in region.lines]))
    return region.polygon


def _with_captions(order: list[int], regions: Sequence[Region], boxes: np.ndarray) -> list[int]:
    """The order with captions next to what they belong to."""
    is_picture = [region_type_of(region.name) in _PICTURES for region in regions]
    # A line head finds lines in tables and figures too; these are not captions of others.
    short = np.array([0 < len(region.lines) <= _CAPTION_LINES and not picture
                      for region, picture in zip(regions, is_picture, strict=True)], bool)
    pictures = [number for number in order if is_picture[number]]
    if not short.any():
        return order
    moved: dict[int, tuple[int, bool]] = {}
    heights = _line_heights(regions)
    for picture in pictures:
        left, top, right, bottom = boxes[picture]
        slack = _WIDER * (right - left)
        inside = short & (boxes[:, 0] >= left - slack) & (boxes[:, 2] <= right + slack)
        # its left, its right or its middle is that of the picture, or it is about as wide
        edges = np.abs(boxes[:, [0, 2]] - (left, right))
        inside &= ((edges.min(axis=1) <= heights) | (np.abs(edges[:, 0] - edges[:, 1]) <= heights)
                   | (boxes[:, 2] - boxes[:, 0] >= _WIDE * (right - left)))
        for gap, after in ((boxes[:, 1] - bottom, True), (top - boxes[:, 3], False)):
            near = np.flatnonzero(inside & (gap >= -0.5 * heights)
                                  & (gap <= _CAPTION_GAP * heights))
            if len(near) == 1:
                moved.setdefault(int(near[0]), (picture, after))
                break
    result = [number for number in order if number not in moved]
    for caption, (picture, after) in moved.items():
        result.insert(result.index(picture) + after, caption)
    return result


def _line_heights(regions: Sequence[Region]) -> np.ndarray:
    """Of each block's lines, the median (n,); 0 without lines."""
    bounds = shapely.bounds([line.polygon for region in regions for line in region.lines])
    each = iter(bounds[:, 3] - bounds[:, 1])
    return np.array([median([*islice(each, len(region.lines))] or [0.]) for region in regions])
