"""Pieces of justified lines, whose words are far apart."""
from __future__ import annotations

import numpy as np
import shapely

from .gutters import across_gutters
from .neighbours import connected, row_pairs, unblocked

# In heights of a line: words of one are at most so far apart, the line above or below it at most
# so far, and both begin and end so nearly below each other.
_WORD_GAP, _NEXT, _FLUSH = 3.0, 0.9, 0.5
# Words cover so much of a line, and at most so much; heights of neighbours differ by this factor.
_COVERED, _TWICE, _SAME_HEIGHT = 0.5, 1.02, 1.5


def justified_pairs(boxes: np.ndarray, kinds: np.ndarray, walls: shapely.STRtree) -> np.ndarray:
    """Return the pairs (2, p) of pieces that follow each other in a justified line.

    Pieces of one row are a line where the line right above or right below them begins and ends
    where they do and goes across the white between them.

    Args:
        boxes: Left, top, right, bottom of each piece (n, 4), with the page's skew undone.
        kinds: Pieces of different kinds (n,) are of different lines.
        walls: Boxes that no line goes across.
    """
    pairs = row_pairs(boxes, kinds, _WORD_GAP)
    pairs = unblocked(boxes, pairs[:, ~across_gutters(boxes, pairs)], walls, down=False)
    if not pairs.shape[1]:
        return pairs
    row_of = connected(len(boxes), pairs)
    number = int(row_of.max()) + 1
    rows = np.full((number, 4), [np.inf, np.inf, -np.inf, -np.inf])
    np.minimum.at(rows[:, :2], row_of, boxes[:, :2])
    np.maximum.at(rows[:, 2:], row_of, boxes[:, 2:])
    covered = np.bincount(row_of, boxes[:, 2] - boxes[:, 0])
    width = rows[:, 2] - rows[:, 0]
    # pieces above each other, as of curved lines, cover more than there is
    pieces = np.flatnonzero((np.bincount(row_of) > 1) & (covered >= _COVERED * width)
                            & (covered <= _TWICE * width))
    height = (rows[:, 3] - rows[:, 1])[pieces]
    around = rows[pieces] + np.stack([0 * height, -_NEXT * height, 0 * height, _NEXT * height],
                                     axis=1)
    row, line = shapely.STRtree(shapely.box(*boxes.T)).query(shapely.box(*around.T))
    own, other, high = rows[pieces[row]], boxes[line], height[row]
    tall = other[:, 3] - other[:, 1]
    flush = ((np.abs(own[:, [0, 2]] - other[:, [0, 2]]) <= _FLUSH * high[:, None]).all(axis=1)
             & (row_of[line] != pieces[row]) & (tall <= _SAME_HEIGHT * high)
             & (high <= _SAME_HEIGHT * tall))
    return pairs[:, np.isin(row_of[pairs[0]], pieces[row[flush]])]
