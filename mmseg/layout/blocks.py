"""Grouping of text lines into blocks, columns of lines that are read one after the other."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from .gutters import across_gutters
from .neighbours import SAME_HEIGHT_SHORT, connected, neighbours, row_pairs, unblocked
from .paragraphs import Rows, within_paragraphs
from .rows import row_links
from .words import LineStarts

# All of these but the last two are in heights of a line.
# Lines of a block are at most so far apart, or overlap by so much.
_LINE_GAP, _LINE_OVERLAP = 1.2, 0.6
# Lines whose heights differ by this factor are of different blocks; short ones, whose letters may
# all be low or all be high, differ by more.
_SAME_HEIGHT, _SHORT = 1.6, 6.0
# Share of the narrower of two lines that has to be above or below the other.
_ABOVE = 0.3


def group_lines(boxes: np.ndarray, kinds: Sequence[int] | np.ndarray,
                obstacles: np.ndarray | Sequence[Sequence[float]] = (), *,
                right_to_left: bool = False,
                baselines: Sequence[float] | np.ndarray | None = None,
                starts: LineStarts | None = None,
                entries: Sequence[bool] | np.ndarray | None = None) -> np.ndarray:
    """Return the number of the block (n,) that each line belongs to.

    A line continues the one above it where both are of one kind and about one height, one is
    below the other without a wide gap, and nothing but white is between them. A line over
    several columns belongs to none of them. Paragraphs and items of lists are blocks
    (:func:`~mmseg.layout.paragraphs.within_paragraphs`). Columns that are read row by row
    (:func:`~mmseg.layout.rows.row_links`) are one block.

    It looks only at lines that are next to each other, so that its time grows with their number.

    Args:
        boxes: Left, top, right, bottom of each line (n, 4), with the page's skew undone.
        kinds: Lines of different kinds are never joined.
        obstacles: Boxes (m, 4) of separators, figures and whatever else ends a block.
        right_to_left: Whether lines begin at the right, where paragraphs are then indented.
        baselines: y of each line's baseline (n,), which tells steps better than ragged outlines;
            the lower sides of the boxes where None.
        starts: How each line begins, by its ink; None where that is not known.
        entries: Whether each line is an entry of a table of contents: indentations and numbers
            begin no block there.
    """
    boxes, kinds = np.asarray(boxes, np.float64).reshape(-1, 4), np.asarray(kinds)
    if len(boxes) < 2:
        return np.zeros(len(boxes), int)
    walls = shapely.STRtree(shapely.box(*np.asarray(obstacles, np.float64).reshape(-1, 4).T))
    in_row = row_pairs(boxes, kinds)
    in_row = in_row[:, ~across_gutters(boxes, in_row)]
    row_of = connected(len(boxes), unblocked(boxes, in_row, walls, down=False))
    number = int(row_of.max()) + 1
    rows, kinds_of_rows = np.empty((number, 4)), np.empty(number, kinds.dtype)
    rows[:, :2], rows[:, 2:] = np.inf, -np.inf
    np.minimum.at(rows[:, :2], row_of, boxes[:, :2])
    np.maximum.at(rows[:, 2:], row_of, boxes[:, 2:])
    kinds_of_rows[row_of] = kinds
    bases = np.zeros(number)
    np.add.at(bases, row_of, boxes[:, 3] if baselines is None else np.asarray(baselines, float))
    bases /= np.bincount(row_of)
    across = row_links(rows, kinds_of_rows, bases, walls)
    below = unblocked(rows, _below_pairs(rows, kinds_of_rows), walls, down=True)
    below = below[:, ~np.isin(below, across).any(axis=0)]
    below = _within_columns(rows, below)
    level = Rows(rows[:, [2, 1, 0, 3]] * (-1, 1, -1, 1) if right_to_left else rows, bases,
                 None if starts is None else _of_rows(boxes, row_of, starts, right_to_left),
                 np.zeros(number, bool) if entries is None
                 else np.bincount(row_of, entries, number) > 0)
    below = within_paragraphs(level, below)
    return connected(number, np.concatenate([below, across], axis=1))[row_of]


def _below_pairs(boxes: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Pairs of a row and a next one below it, only those that nothing nearer is between."""
    height, width = boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]
    one, two = neighbours(boxes, down=2 * _LINE_GAP * height)
    lower, higher = np.minimum(height[one], height[two]), np.maximum(height[one], height[two])
    gap = boxes[two, 1] - boxes[one, 3]
    beneath = (boxes[two, 1] + boxes[two, 3]) - (boxes[one, 1] + boxes[one, 3]) > lower
    common = np.minimum(boxes[one, 2], boxes[two, 2]) - np.maximum(boxes[one, 0], boxes[two, 0])
    over = common >= _ABOVE * np.minimum(width[one], width[two])
    one, two, gap, lower, higher = (part[beneath & over] for part in (one, two, gap, lower, higher))
    nearest = np.full(len(boxes), np.inf)
    np.minimum.at(nearest, one, gap)
    short = np.minimum(width[one], width[two]) < _SHORT * lower
    ratio = np.where(short, SAME_HEIGHT_SHORT, _SAME_HEIGHT)
    good = ((kinds[one] == kinds[two]) & (gap <= _LINE_GAP * lower)
            & (gap >= -_LINE_OVERLAP * lower) & (higher <= ratio * lower)
            & (gap <= nearest[one] + 0.7 * lower))
    return np.stack([one[good], two[good]])


def _of_rows(boxes: np.ndarray, row_of: np.ndarray, starts: LineStarts,
             right_to_left: bool) -> LineStarts:
    """How rows begin: as the first of their lines, whose only word the next one may follow."""
    edges = -boxes[:, 2] if right_to_left else boxes[:, 0]
    order = np.lexsort((edges, row_of))
    first = np.unique(row_of[order], return_index=True)[1]
    found = starts.some(order[first])
    several = np.flatnonzero(np.diff(np.append(first, len(order))) > 1)
    single = several[~np.isfinite(found.text[several])]
    one, two = order[first[single]], order[first[single] + 1]
    found.text[single] = edges[two] + starts.ink[two] - edges[one]
    return found


def _within_columns(boxes: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """The pairs without those of a row that has rows of several columns below or above it."""
    kept = np.ones(pairs.shape[1], bool)
    for line, other in (pairs, pairs[::-1]):
        if not len(line):
            continue
        order = np.lexsort((boxes[other, 0], line))
        first, second = order[:-1], order[1:]
        in_row = ((line[first] == line[second])
              & (boxes[other[first], 2] < boxes[other[second], 0]))
        spans = np.zeros(len(boxes), bool)
        spans[line[first[in_row]]] = True
        kept &= ~spans[line]
    return pairs[:, kept]


def order_in_block(boxes: np.ndarray, right_to_left: bool = False) -> np.ndarray:
    """Return the numbers of a block's lines, rows from the top, each row from its beginning.

    Args:
        boxes: Left, top, right, bottom of each (n, 4), with the page's skew undone.
        right_to_left: Whether rows begin at the right.
    """
    middles = (boxes[:, 1] + boxes[:, 3]) / 2
    heights = boxes[:, 3] - boxes[:, 1]
    order = np.argsort(middles, kind='stable')
    row, rows, start = 0, np.zeros(len(boxes), int), -np.inf
    for number in order.tolist():
        if middles[number] - start > 0.5 * heights[number]:
            row += 1
            start = middles[number]
        rows[number] = row
    across = -boxes[:, 2] if right_to_left else boxes[:, 0]
    return np.lexsort((across, rows))
