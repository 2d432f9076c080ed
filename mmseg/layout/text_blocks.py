"""Blocks of text as regions, with the lines in them."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from shapely.geometry import Polygon

from .baseline import find_baselines
from .blocks import group_lines, order_in_block
from .line_ends import join_pieces
from .lines import FoundLine, level, which_vertical
from .outline import rotated_box
from .region import Region, TextLine


def text_blocks(lines: Sequence[FoundLine], obstacles: Sequence[Polygon],
                names: Mapping[int, str], *, image: np.ndarray | None = None,
                right_to_left: bool = False) -> list[Region]:
    """Return the blocks of a page's lines.

    Args:
        lines: Of classes of text.
        obstacles: Outlines of separators, figures and tables, across which no block goes.
        names: Label → name of the classes.
        image: The page, uint8 (H, W, 3) in BGR, whose ink gives baselines; None without it.
        right_to_left: Whether lines are read from the right.
    """
    if not lines:
        return []
    vertical = which_vertical([line.polygon for line in lines])
    regions: list[Region] = []
    for down in (False, True):
        numbers = np.flatnonzero(vertical == down)
        if not len(numbers):
            continue
        some = [lines[number] for number in numbers.tolist()]
        frame = level([line.polygon for line in some], down)
        walls = frame.boxes_of(list(obstacles))
        some = join_pieces(some, frame.boxes, walls)
        frame = frame._replace(boxes=frame.boxes_of([line.polygon for line in some]))
        direction = _direction(down, right_to_left)
        written = text_lines(some, image, direction)
        bases = [float((line.baseline @ frame.turn)[:, 1].mean()) for line in written]
        block_of = group_lines(frame.boxes, [line.label for line in some],
                               walls, right_to_left=right_to_left and not down, baselines=bases)
        order = np.argsort(block_of, kind='stable')
        for block in np.split(order, np.flatnonzero(np.diff(block_of[order])) + 1):
            inner = block[order_in_block(frame.boxes[block], right_to_left and not down)]
            regions.append(_block([written[number] for number in inner.tolist()],
                                  some[inner[0]].label, names))
    return regions


def _direction(vertical: bool, right_to_left: bool) -> str:
    return 'vertical' if vertical else 'rtl' if right_to_left else 'ltr'


def _block(lines: Sequence[TextLine], label: int, names: Mapping[int, str]) -> Region:
    polygon = around([line.polygon for line in lines])
    areas = np.array([line.polygon.area for line in lines])
    confidence = float(np.average([line.confidence for line in lines], weights=areas))
    return Region(label=label, name=names[label], polygon=polygon, confidence=confidence,
                  rotated_box=rotated_box(polygon), lines=tuple(lines))


def text_lines(lines: Sequence[FoundLine], image: np.ndarray | None,
               direction: str) -> list[TextLine]:
    """Return lines with their baselines, in reading direction."""
    baselines = find_baselines([line.polygon for line in lines], image, direction == 'vertical')
    return [TextLine(line.polygon, line.score,
                     base.points[::-1] if direction == 'rtl' else base.points, base.x_height,
                     direction)
            for line, base in zip(lines, baselines, strict=True)]


def owners(lines: Sequence[FoundLine], regions: Sequence[Region]) -> list[list[FoundLine]]:
    """Return the lines of each region: those of its class that overlap it more than any other."""
    inside: list[list[FoundLine]] = [[] for _ in regions]
    if not lines or not regions:
        return inside
    outlines = np.array([region.polygon for region in regions], object)
    polygons = np.array([line.polygon for line in lines], object)
    labels = np.array([region.label for region in regions])
    line, region = shapely.STRtree(outlines).query(polygons, 'intersects')
    same = labels[region] == np.array([found.label for found in lines])[line]
    line, region = line[same], region[same]
    common = shapely.area(shapely.intersection(polygons[line], outlines[region]))
    best = {int(line[place]): int(region[place]) for place in np.argsort(common, kind='stable')}
    for number, owner in best.items():
        inside[owner].append(lines[number])
    return inside


def lines_within(lines: Sequence[FoundLine], image: np.ndarray | None,
                 right_to_left: bool = False, ordered: bool = False) -> tuple[TextLine, ...]:
    """Return the lines of a table or figure, row by row.

    Args:
        lines: In it.
        image: The page, uint8 (H, W, 3) in BGR; None without it.
        right_to_left: Whether rows are read from the right.
        ordered: Whether the lines are in reading order.
    """
    if not lines:
        return ()
    vertical = which_vertical([line.polygon for line in lines])
    down = bool(vertical.mean() > 0.5)
    frame = level([line.polygon for line in lines], down)
    order = np.arange(len(lines)) if ordered else order_in_block(frame.boxes,
                                                                 right_to_left and not down)
    return tuple(
        text_lines([lines[number]], image, _direction(bool(vertical[number]), right_to_left))[0]
        for number in order.tolist())


def around(polygons: Sequence[Polygon]) -> Polygon:
    """Return the outline of a block: its lines, and what is between each and the next."""
    shapes = np.array(polygons, object)
    if len(shapes) > 1:
        pairs = np.array([shapely.MultiPolygon([one, two])
                          for one, two in zip(shapes[:-1], shapes[1:])], object)
        joined = shapely.union_all(np.concatenate([shapes, shapely.convex_hull(pairs)]))
    else:
        joined = shapes[0]
    if not isinstance(joined, Polygon):  # only touching parts; a hull is always one
        joined = shapely.convex_hull(joined)
    return Polygon(joined.exterior)
