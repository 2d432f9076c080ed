"""Which boxes on a page are next to each other."""
from __future__ import annotations

import numpy as np
import shapely

# In heights of a line: parts of one row are at most so far apart.
_ROW_GAP = 1.0
# Heights of short lines, whose letters may all be low or all be high, differ by this factor.
SAME_HEIGHT_SHORT = 2.2


def connected(number: int, pairs: np.ndarray) -> np.ndarray:
    """Return the number of the group of each of ``number`` lines.

    Args:
        number: Of lines.
        pairs: (2, p), which belong together.
    """
    group = np.arange(number)  # each is at first its own, and then the first line of its group
    while True:
        ends = group[pairs]
        apart = ends[:, ends[0] != ends[1]]
        if not apart.size:
            return np.unique(group, return_inverse=True)[1]
        np.minimum.at(group, apart.max(axis=0), apart.min(axis=0))
        while (group != (first := group[group])).any():
            group = first


def neighbours(boxes: np.ndarray, right: np.ndarray | float = 0.,
                down: np.ndarray | float = 0.) -> np.ndarray:
    """Return the pairs (2, p) of a box and another that it meets with these margins."""
    wide = boxes.copy()
    wide[:, 2] += right
    wide[:, 3] += down
    pairs = shapely.STRtree(shapely.box(*boxes.T)).query(shapely.box(*wide.T))
    return pairs[:, pairs[0] != pairs[1]]


def row_pairs(boxes: np.ndarray, kinds: np.ndarray, most: float = _ROW_GAP) -> np.ndarray:
    """Return pairs (2, p) of parts of one row, the left one first.

    Args:
        boxes: Left, top, right, bottom of each line (n, 4), with the page's skew undone.
        kinds: Lines of different kinds are of different rows.
        most: Widest gap between two of them, in heights of the higher one.
    """
    height = boxes[:, 3] - boxes[:, 1]
    one, two = neighbours(boxes, right=2 * most * height)
    lower, higher = np.minimum(height[one], height[two]), np.maximum(height[one], height[two])
    common = np.minimum(boxes[one, 3], boxes[two, 3]) - np.maximum(boxes[one, 1], boxes[two, 1])
    gap = boxes[two, 0] - boxes[one, 2]
    good = ((kinds[one] == kinds[two]) & (common >= 0.5 * lower) & (gap <= most * higher)
            & (gap >= -0.5 * higher) & (boxes[two, 0] > boxes[one, 0])
            & (higher <= SAME_HEIGHT_SHORT * lower))
    return np.stack([one[good], two[good]])


def unblocked(boxes: np.ndarray, pairs: np.ndarray, walls: shapely.STRtree,
              down: bool) -> np.ndarray:
    """Return the pairs between whose middles no obstacle begins or ends.

    Args:
        boxes: Left, top, right, bottom of each line (n, 4).
        pairs: Of numbers of lines (2, p).
        walls: Boxes of obstacles.
        down: Whether the second line of a pair is below the first; otherwise it is to its right.
    """
    if not len(walls.geometries) or not pairs.shape[1]:
        return pairs
    one, two = boxes[pairs[0]], boxes[pairs[1]]
    along, across = (1, 0) if down else (0, 1)
    first = (one[:, along] + one[:, along + 2]) / 2
    second = (two[:, along] + two[:, along + 2]) / 2
    low = np.maximum(one[:, across], two[:, across])
    high = np.minimum(one[:, across + 2], two[:, across + 2])
    # the middle of what they share: obstacles touch what is next to them
    margin = (high - low).clip(0) / 4
    low, high = np.minimum(low, high) + margin, np.maximum(low, high) - margin
    between = (shapely.box(low, first, high, second) if down
               else shapely.box(first, low, second, high))
    pair, wall = walls.query(between, 'intersects')
    # what reaches beyond both is next to them or under them
    bounds = shapely.bounds(walls.geometries[wall])
    beyond = ((bounds[:, along] < one[pair, along])
              & (bounds[:, along + 2] > two[pair, along + 2]))
    return np.delete(pairs, np.unique(pair[~beyond]), axis=1)
