"""Blocks of text as regions, with the lines in them."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import shapely
from shapely.geometry import Polygon

from .baseline import Baseline, find_baselines
from .blocks import group_lines, order_in_block
from .line_ends import join_pieces
from .lines import FoundLine, level, which_vertical
from .outline import rotated_boxes, valid_polygons
from .region import Region, TextLine
from .words import LineStarts

# Gaps in the outline of a block that are narrower than this many heights of its lines are closed.
_GAP = 1.2


def text_blocks(lines: Sequence[FoundLine], obstacles: Sequence[Polygon],
                names: Mapping[int, str], *, image: np.ndarray | None = None,
                right_to_left: bool = False,
                entries: Callable[[Sequence[Polygon]], np.ndarray] | None = None) -> list[Region]:
    """Return the blocks of a page's lines.

    Args:
        lines: Of classes of text.
        obstacles: Outlines of separators, figures and tables, across which no block goes.
        names: Label → name of the classes.
        image: The page, uint8 (H, W, 3) in BGR, whose ink gives baselines; None without it.
        right_to_left: Whether lines are read from the right.
        entries: Tells which of the lines are entries of a table of contents, of which several are
            a block.
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
        some = join_pieces(some, frame.boxes, walls, down)
        frame = frame._replace(boxes=frame.boxes_of([line.polygon for line in some]))
        baselines, written = text_lines(some, image, _direction(down, right_to_left))
        starts = [line.start for line in baselines]
        block_of = group_lines(
            frame.boxes, [line.label for line in some], walls,
            right_to_left=right_to_left and not down,
            baselines=_heights_of(baselines, frame.turn),
            starts=LineStarts.of(starts) if any(starts) else None,
            entries=None if entries is None else entries([line.polygon for line in some]))
        order = np.argsort(block_of, kind='stable')
        blocks = [block[order_in_block(frame.boxes[block], right_to_left and not down)].tolist()
                  for block in np.split(order, np.flatnonzero(np.diff(block_of[order])) + 1)]
        regions += _blocks([[written[number] for number in block] for block in blocks],
                           [some[block[0]].label for block in blocks], names)
    return regions


def _heights_of(baselines: Sequence[Baseline], turn: np.ndarray) -> np.ndarray:
    """The mean y of each baseline (n,) in the page turned by ``points @ turn``."""
    counts = np.array([len(line.points) for line in baselines])
    down = np.concatenate([line.points for line in baselines]) @ turn[:, 1]
    return np.add.reduceat(down, np.cumsum(counts) - counts) / counts


def _direction(vertical: bool, right_to_left: bool) -> str:
    return 'vertical' if vertical else 'rtl' if right_to_left else 'ltr'


def _blocks(blocks: Sequence[Sequence[TextLine]], labels: Sequence[int],
            names: Mapping[int, str]) -> list[Region]:
    """The regions of blocks of lines."""
    polygons = around([[line.polygon for line in lines] for lines in blocks])
    areas = iter(shapely.area([line.polygon for lines in blocks for line in lines]).tolist())
    regions = []
    for lines, label, polygon, box in zip(blocks, labels, polygons, rotated_boxes(polygons),
                                          strict=True):
        weights = [next(areas) for _ in lines]
        confidence = sum(line.confidence * area for line, area in zip(lines, weights))
        regions.append(Region(label=label, name=names[label], polygon=polygon,
                              confidence=confidence / sum(weights), rotated_box=box,
                              lines=tuple(lines)))
    return regions


def text_lines(lines: Sequence[FoundLine], image: np.ndarray | None,
               direction: str) -> tuple[list[Baseline], list[TextLine]]:
    """Return baselines, and lines that have them in reading direction; the page is BGR
    ``(H, W, 3)``."""
    leftwards = direction == 'rtl'
    baselines = find_baselines([line.polygon for line in lines], image, direction == 'vertical',
                               leftwards)
    return baselines, [TextLine(line.polygon, line.score,
                                base.points[::-1] if leftwards else base.points, base.x_height,
                                direction)
                       for line, base in zip(lines, baselines, strict=True)]


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
    written: dict[int, TextLine] = {}
    for tall in (False, True):
        numbers = np.flatnonzero(vertical == tall).tolist()
        written.update(zip(numbers, text_lines([lines[number] for number in numbers], image,
                                               _direction(tall, right_to_left))[1]))
    return tuple(written[number] for number in order.tolist())


def around(blocks: Sequence[Sequence[Polygon]]) -> np.ndarray:
    """Return the outlines (n,) of blocks: their lines, and what is between each and the next."""
    counts = np.array([len(block) for block in blocks])
    shapes = np.array([polygon for block in blocks for polygon in block], object)
    outlines = shapes[np.cumsum(counts) - counts]
    block_of = np.repeat(np.arange(len(blocks)), counts)
    several = np.flatnonzero(counts > 1)
    outlines[several] = _closed(shapes, block_of, several)
    apart = np.flatnonzero(shapely.get_type_id(outlines) != shapely.GeometryType.POLYGON)
    if len(apart):
        first = np.flatnonzero((block_of[1:] == block_of[:-1]) & np.isin(block_of[1:], apart))
        bands = _between(shapes[np.stack([first, first + 1], axis=1)])
        outlines[apart] = _closed(np.concatenate([shapes, bands]),
                                  np.concatenate([block_of, block_of[first]]), apart)
        apart = np.flatnonzero(shapely.get_type_id(outlines) != shapely.GeometryType.POLYGON)
        outlines[apart] = shapely.convex_hull(outlines[apart])
    return valid_polygons(shapely.polygons(shapely.get_exterior_ring(outlines)))


def _closed(shapes: np.ndarray, block_of: np.ndarray, blocks: np.ndarray) -> np.ndarray:
    """The union of the shapes of each of some blocks, sorted, without narrow gaps.

    Gaps are narrow that are less than :data:`_GAP` heights of the block's lines.
    """
    mine = np.flatnonzero(np.isin(block_of, blocks))
    mine = mine[np.argsort(block_of[mine], kind='stable')]
    place = np.searchsorted(blocks, block_of[mine])
    sizes = np.diff(shapely.bounds(shapes[mine]).reshape(-1, 2, 2), axis=1)[:, 0].min(axis=1)
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    reach = _GAP / 2 * np.add.reduceat(sizes, starts) / np.bincount(place)
    groups = shapely.multipolygons(shapes[mine], indices=place)
    wide = shapely.buffer(groups, reach, join_style='mitre')
    closed = shapely.buffer(wide, -reach, join_style='mitre')
    bounds = shapely.bounds(groups)  # which rounding can miss
    corners, shape_of = shapely.get_coordinates(closed, return_index=True)
    return shapely.set_coordinates(closed, np.clip(corners, bounds[shape_of, :2],
                                                   bounds[shape_of, 2:]))


def _between(pairs: np.ndarray) -> np.ndarray:
    """What is between the lines of pairs (n, 2), with the parts of both that the other reaches.

    Of lines that do not reach each other it is the strip between them.
    """
    bounds = shapely.bounds(pairs)  # (n, 2, 4)
    low, high = bounds[..., :2].max(axis=1), bounds[..., 2:].min(axis=1)  # of what both reach
    along = ((high - low)[:, 1] > (high - low)[:, 0]).astype(int)  # 1: lines next to each other
    every, across = np.arange(len(pairs)), 1 - along
    windows = np.concatenate([bounds[..., :2].min(axis=1), bounds[..., 2:].max(axis=1)], axis=1)
    shared = high[every, along] > low[every, along]
    for shift, ends in ((0, low), (2, high)):
        windows[every[shared], along[shared] + shift] = ends[every, along][shared]
    strip = np.sort([low[every, across], high[every, across]], axis=0)
    for shift, side in ((0, strip[0] - 1), (2, strip[1] + 1)):
        windows[every, across + shift] = side
    return shapely.box(*windows.T)
