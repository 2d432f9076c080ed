"""Text in columns that is read row by row: options, tables of contents, names and values."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

from .neighbours import unblocked

# These five are in heights of a line. White between columns is at least so wide;
_GAP = 1.0
# of white below each other, so much has to be common;
_COMMON = 0.8
# baselines of one row differ by so much at most;
_LEVEL = 0.35
# a gutter does not go on over so much without a row;
_FARTHEST = 15.0
# rows that are further apart are of different groups.
_APART = 1.2
# Rows that a gutter has on the page, at least.
_ROWS = 3
# Share of the lines of the shorter column that have one at their height in the other.
_PAIRED = 0.8
# Columns of running text are so many heights wide, and this share of their lines is nearly as wide
# as the widest.
_NARROW, _NEARLY, _MANY = 8.0, 0.8, 0.4
# Columns whose widths differ by less than this factor are of one text.
_EQUAL = 1.35
# Share of a column's lines that begin, or end, below each other.
_ALIGNED = 0.4


@dataclass(slots=True)
class _Gutter:
    """White between columns.

    Attributes:
        left: x where it begins.
        right: x where it ends.
        top: y of its first row.
        bottom: Of its last row.
        end: Of the last line next to it that follows without more white.
        pairs: Lines to its left and right in one row.
    """
    left: float
    right: float
    top: float
    bottom: float
    end: float
    pairs: list[tuple[int, int]] = field(default_factory=list)


def row_links(boxes: np.ndarray, kinds: np.ndarray, bases: np.ndarray,
              walls: shapely.STRtree) -> np.ndarray:
    """Return the pairs of lines (2, p) that follow each other where columns are read in rows.

    Lines with white between them may be columns, each read to its end, or rows. They are rows
    where nearly every line of one column has one at its height in the other, and the columns are
    not both running text and not of equal width, as those of an index are. All rows of a page that
    have their white in common are looked at together; a line across it or a wall ends a group.

    Args:
        boxes: Left, top, right, bottom of each line (n, 4), with the page's skew undone.
        kinds: Lines of different kinds (n,) are never of one row.
        bases: y of each line's baseline (n,).
        walls: Boxes that no group goes across.
    """
    none = np.empty((2, 0), int)
    if len(boxes) < 2 * _ROWS:
        return none
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    pairs = _pairs(boxes, kinds, bases, walls)
    found = [none]
    for gutters in _same_white(_gutters(boxes, pairs, height), height):
        columns = [_column(boxes, gutters, side) for side in (0, 1)]
        paired = [{pair[side] for gutter in gutters for pair in gutter.pairs} for side in (0, 1)]
        if _are_rows(boxes, columns, paired, height):
            found += [_chain(boxes, gutter, columns, walls, height) for gutter in gutters]
    return np.concatenate(found, axis=1)


def _pairs(boxes: np.ndarray, kinds: np.ndarray, bases: np.ndarray,
           walls: shapely.STRtree) -> np.ndarray:
    """Pairs (2, p) of a line and the next one to its right in the row, with white between."""
    long = boxes.copy()
    long[:, 2] = boxes[:, 2].max()
    one, two = shapely.STRtree(shapely.box(*boxes.T)).query(shapely.box(*long.T))
    height = boxes[:, 3] - boxes[:, 1]
    lower = np.minimum(height[one], height[two])
    common = np.minimum(boxes[one, 3], boxes[two, 3]) - np.maximum(boxes[one, 1], boxes[two, 1])
    row = (one != two) & (common >= 0.5 * lower) & (boxes[two, 0] > boxes[one, 0])
    one, two, lower = one[row], two[row], lower[row]
    order = np.lexsort((boxes[two, 0], one))
    order = order[np.append(True, np.diff(one[order]) > 0)[:len(order)]]
    one, two, lower = one[order], two[order], lower[order]
    good = ((boxes[two, 0] - boxes[one, 2] > _GAP * lower) & (kinds[one] == kinds[two])
            & (np.abs(bases[one] - bases[two]) <= _LEVEL * lower))
    return unblocked(boxes, np.stack([one[good], two[good]]), walls, down=False)


def _gutters(boxes: np.ndarray, pairs: np.ndarray, height: float) -> list[_Gutter]:
    """White between columns, going down the page until a line crosses it."""
    after = dict(pairs.T.tolist())
    least, farthest = _COMMON * height, _FARTHEST * height
    apart = _APART / _COMMON * least
    found: list[_Gutter] = []
    active: list[_Gutter] = []
    rows = boxes.tolist()
    for line in np.argsort(boxes[:, 1] + boxes[:, 3], kind='stable').tolist():
        left, top, right, bottom = rows[line]
        active = [gutter for gutter in active if top - gutter.bottom < farthest
                  and _goes_on(gutter, left, right, least)]
        for gutter in active:
            if gutter.end < bottom and top - gutter.end <= apart:
                gutter.end = bottom
        if line not in after:
            continue
        end = rows[after[line]][0]
        for gutter in active:
            if min(end, gutter.right) - max(right, gutter.left) >= least:
                gutter.left, gutter.right = max(right, gutter.left), min(end, gutter.right)
                gutter.bottom, gutter.end = bottom, max(gutter.end, bottom)
                break
        else:
            gutter = _Gutter(right, end, top, bottom, bottom)
            active.append(gutter)
            found.append(gutter)
        gutter.pairs.append((line, after[line]))
    return found


def _goes_on(gutter: _Gutter, left: float, right: float, least: float) -> bool:
    """Whether white goes on next to a line; it is then narrowed by what the line covers."""
    start, end = gutter.left, gutter.right
    if left <= start:
        if right > start:
            start = right
    elif right >= end:
        if left < end:
            end = left
    else:  # within the white
        return False
    if end - start < least:
        return False
    gutter.left, gutter.right = start, end
    return True


def _same_white(gutters: Sequence[_Gutter], height: float) -> list[list[_Gutter]]:
    """Gutters in groups with white in common."""
    groups: list[tuple[float, float, list[_Gutter]]] = []
    for gutter in sorted(gutters, key=lambda gutter: -len(gutter.pairs)):
        for number, (left, right, group) in enumerate(groups):
            low, high = max(left, gutter.left), min(right, gutter.right)
            if high - low >= _COMMON * height:
                groups[number] = low, high, [*group, gutter]
                break
        else:
            groups.append((gutter.left, gutter.right, [gutter]))
    return [group for _, _, group in groups
            if sum(len(gutter.pairs) for gutter in group) >= _ROWS]


def _column(boxes: np.ndarray, gutters: Sequence[_Gutter], side: int) -> np.ndarray:
    """The lines next to gutters, on their left (0) or right (1), from the top down."""
    chosen = np.zeros(len(boxes), bool)
    own = boxes[[pair[side] for gutter in gutters for pair in gutter.pairs]]
    within = (boxes[:, 0] < own[:, 2].max()) & (boxes[:, 2] > own[:, 0].min())
    for gutter in gutters:
        beyond = boxes[:, 0] >= gutter.right if side else boxes[:, 2] <= gutter.left
        chosen |= within & beyond & (boxes[:, 3] > gutter.top) & (boxes[:, 3] <= gutter.end)
    lines = np.flatnonzero(chosen)
    return lines[np.argsort(boxes[lines, 1] + boxes[lines, 3], kind='stable')]


def _are_rows(boxes: np.ndarray, columns: Sequence[np.ndarray], paired: Sequence[set[int]],
              height: float) -> bool:
    """Whether two columns of lines (left, right) are read row by row."""
    shorter = min((0, 1), key=lambda side: len(columns[side]))
    if sum(int(line) in paired[shorter] for line in columns[shorter]) < _PAIRED * len(
            columns[shorter]):
        return False
    widths = [boxes[column, 2] - boxes[column, 0] for column in columns]
    widest = [float(width.max()) for width in widths]
    if min(widest) >= _NARROW * height:
        full = [bool((width >= _NEARLY * width.max()).mean() >= _MANY) for width in widths]
        if all(full) or max(widest) < _EQUAL * min(widest):
            return False
    return (all(_aligned(boxes[column], height) for column in columns)
            and not _runs_on(boxes, columns[1 - shorter], paired[1 - shorter]))


def _aligned(boxes: np.ndarray, height: float) -> bool:
    """Whether lines begin or end below each other; those of centred text do not."""
    for edge in (np.sort(boxes[:, 0]), np.sort(boxes[:, 2])):
        near = (np.searchsorted(edge, edge + height / 2, 'right')
                - np.searchsorted(edge, edge - height / 2))
        if near.max() >= _ALIGNED * len(edge):
            return True
    return False


def _runs_on(boxes: np.ndarray, column: np.ndarray, paired: set[int]) -> bool:
    """Whether the text of a column runs on over the rows of the other, as next to notes.

    Before a row that begins an entry the last line is short, or there is more white.
    """
    if len(column) < 3:
        return False
    steps = np.diff(boxes[column, 3])
    width = boxes[column, 2] - boxes[column, 0]
    begins = np.array([int(two) in paired and int(one) not in paired
                       for one, two in zip(column, column[1:])])
    ends = (width[:-1] < 0.9 * width.max()) | (steps > 1.25 * np.median(steps))
    return bool(begins.any() and ends[begins].mean() < 0.5)


def _chain(boxes: np.ndarray, gutter: _Gutter, columns: Sequence[np.ndarray],
           walls: shapely.STRtree, height: float) -> np.ndarray:
    """Pairs of lines around a gutter that follow each other (2, p)."""
    pairs = np.array(gutter.pairs).T
    lines = np.concatenate(columns)
    lines = lines[(boxes[lines, 3] > gutter.top) & (boxes[lines, 3] <= gutter.end)]
    lines = lines[np.argsort(boxes[lines, 1] + boxes[lines, 3], kind='stable')]
    lowest = np.maximum.accumulate(boxes[lines, 3])
    close = boxes[lines[1:], 1] - lowest[:-1] <= _APART * height
    steps = np.stack([lines[:-1][close], lines[1:][close]])
    return np.concatenate([pairs, unblocked(boxes, steps, walls, down=True)], axis=1)
