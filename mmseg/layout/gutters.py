"""White between columns of text that are so near that their lines look like pieces of one."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from .ink import as_grey, ink_threshold, levelled
from .lines import FoundLine, divided, level, which_vertical

# Lines of columns are so wide, in heights of a line.
_WIDE = 8.0
# Lines so far above or below tell, outlines are so ragged, and those of a column begin so far from
# its edge at most, indented ones so far, in heights of a line.
_AROUND, _RAGGED, _ALIGNED, _INDENTED = 6.0, 0.5, 1.5, 5.0
# So many of them are in each column, and at most this share of them goes across.
_LINES, _CROSSING = 3, 0.25
# Lines that may be of two columns are so many times as long as the median, and their white is as
# wide as so many of their heights.
_LONG, _WHITE = 1.5, 0.8


def split_at_gutters(lines: Sequence[FoundLine], image: np.ndarray) -> list[FoundLine]:
    """Return the lines, those that go across a gutter between columns as two.

    Networks join lines of columns that are near to each other. Such a line is much longer than
    most, and is cut where it has wide white that is a gutter, see :func:`across_gutters`.

    Args:
        lines: Of a page.
        image: The page, uint8 (H, W, 3) in BGR or (H, W).
    """
    if not lines:
        return []
    vertical = which_vertical([line.polygon for line in lines])
    frame = level([line.polygon for line in lines])
    width, height = (frame.boxes[:, end] - frame.boxes[:, end - 2] for end in (2, 3))
    long = np.flatnonzero((width > _LONG * np.median(width)) & (width > 2 * _WIDE * height)
                          & ~vertical)
    if not len(long):
        return list(lines)
    page = levelled(as_grey(image), frame.turn)
    shift = np.tile(page.origin, 2)
    gaps = {number: _white(page.grey, frame.boxes[number] + shift) - shift[0]
            for number in long.tolist()}
    pieces, pairs = [np.delete(frame.boxes, long, axis=0)], []
    for number, gap in gaps.items():
        left, top, right, bottom = frame.boxes[number]
        ends = np.concatenate([[left], gap.ravel(), [right]]).reshape(-1, 2)
        first = sum(map(len, pieces))
        pieces.append(np.insert(ends, [1, 2], [top, bottom], axis=1))
        pairs += [(piece, piece + 1) for piece in range(first, first + len(gap))]
    if not pairs:
        return list(lines)
    gutter = across_gutters(np.concatenate(pieces), np.array(pairs).T)
    cuts = dict(zip(gaps, np.split(gutter, np.cumsum([len(gap) for gap in gaps.values()])[:-1])))
    return [part for number, line in enumerate(lines) for part in divided(
        line, frame.turn, gaps[number][cuts[number]] if number in gaps else ())]


def _white(grey: np.ndarray, box: np.ndarray) -> np.ndarray:
    """First and last x (n, 2) of wide white within a line."""
    left, top, right, bottom = np.maximum(np.rint(box), 0).astype(int).tolist()
    window = grey[top:bottom, left:right]
    found = ink_threshold(window)
    if found is None:
        return np.empty((0, 2))
    threshold, dark = found
    ink = ((window <= threshold) == dark).any(axis=0)
    edges = np.flatnonzero(np.diff(np.concatenate([[1], ink, [1]]))).reshape(-1, 2)
    wide = edges[np.diff(edges, axis=1)[:, 0] >= _WHITE * (bottom - top)]
    return left + wide[(wide[:, 0] > 0) & (wide[:, 1] < right - left)].astype(float)


def across_gutters(boxes: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Return whether the white between two lines (p,) is a gutter between columns.

    It is one where both lines are wide, and of the lines right above or right below them hardly
    any goes across that white, while some are on its left and some begin right after it, or some
    end right before it and some begin on its right, as indented ones and those of a frame do.

    Args:
        boxes: Left, top, right, bottom of each line of a page (n, 4), with the page's skew undone.
        pairs: Lines of one row (2, p), the left one first.
    """
    height, width = boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]
    found = np.zeros(pairs.shape[1], bool)
    lower = np.minimum(height[pairs[0]], height[pairs[1]])
    maybe = np.flatnonzero(width[pairs].min(axis=0) >= _WIDE * lower)
    if not len(maybe):
        return found
    tree = shapely.STRtree(shapely.box(*boxes.T))
    one, two = pairs[:, maybe]
    lower = lower[maybe]
    top, bottom = (np.minimum(boxes[one, 1], boxes[two, 1]),
                   np.maximum(boxes[one, 3], boxes[two, 3]))
    first, last = np.sort([boxes[one, 2], boxes[two, 0]], axis=0)  # ragged outlines overlap
    for upper, under in ((top - _AROUND * lower, bottom), (top, bottom + _AROUND * lower)):
        pair, line = tree.query(shapely.box(boxes[one, 0], upper, boxes[two, 2], under))
        margin = _RAGGED * lower[pair]
        over_left = boxes[line, 0] < first[pair] - margin
        over_right = boxes[line, 2] > last[pair] + margin
        on_left = over_left & ~over_right
        from_edge = (boxes[line, 0] - boxes[two[pair], 0]) / lower[pair]
        begins, indented = (~over_left & (from_edge < most) for most in (_ALIGNED, _INDENTED))
        ends = on_left & (boxes[line, 2] > first[pair] - _ALIGNED * lower[pair])
        left, right, at_left, near, across = (
            np.bincount(pair[some], minlength=len(maybe))
            for some in (on_left, begins, ends, indented, over_left & over_right))
        for least in (np.minimum(left, right), np.minimum(at_left, near)):
            found[maybe] |= (least >= _LINES) & (across <= _CROSSING * least)
    return found
