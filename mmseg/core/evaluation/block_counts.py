"""Scores of text blocks: found, split, merged, and their order."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry import Polygon

IOU = 0.5


class BlockCounts(NamedTuple):
    """Numbers of a page, or of a sum of pages.

    Attributes:
        blocks: True blocks.
        predicted: Predicted ones.
        matched: Pairs whose intersection is at least half of their union, each block in one.
        splits: How many blocks too many true ones were cut into.
        merges: How many true blocks too many predicted ones hold.
        steps: Pairs of a true block and the next one, both of which are matched.
        right_steps: Those of them whose matches follow each other directly.
    """
    blocks: int = 0
    predicted: int = 0
    matched: int = 0
    splits: int = 0
    merges: int = 0
    steps: int = 0
    right_steps: int = 0


def block_counts(found: Sequence[Polygon], true: Sequence[Polygon],
                 ignored: Sequence[Polygon] = ()) -> BlockCounts:
    """Count the blocks of one page.

    Args:
        found: Outlines of predicted blocks, in reading order.
        true: Those of the true ones, in theirs.
        ignored: Outlines of text that is in no true block. Predicted blocks that have more in
            common with it than with true ones do not count.
    """
    one, two = (np.array(polygons, object) for polygons in (found, true))
    if len(ignored) and len(one):
        one = one[_common(one, ignored) <= _common(one, two)]
    if not len(one) or not len(two):
        return BlockCounts(len(two), len(one))
    second, first = shapely.STRtree(one).query(two, 'intersects')
    common = shapely.area(shapely.intersection(one[first], two[second]))
    areas = shapely.area(one), shapely.area(two)
    iou = common / (areas[0][first] + areas[1][second] - common)
    match = _matches(first, second, iou)
    splits = np.bincount(second[common >= 0.5 * areas[0][first]], minlength=len(two))
    merges = np.bincount(first[common >= 0.5 * areas[1][second]], minlength=len(one))
    steps = [(match[number], match[number + 1]) for number in range(len(two) - 1)
             if number in match and number + 1 in match]
    return BlockCounts(
        len(two), len(one), len(match), int(np.clip(splits - 1, 0, None).sum()),
        int(np.clip(merges - 1, 0, None).sum()), len(steps),
        sum(after == before + 1 for before, after in steps))


def _common(blocks: np.ndarray, others: Sequence[Polygon] | np.ndarray) -> np.ndarray:
    """The area (n,) that each block has in common with any of the others."""
    whole = shapely.union_all(np.array(others, object)) if len(others) else shapely.Polygon()
    return shapely.area(shapely.intersection(blocks, whole))


def _matches(first: np.ndarray, second: np.ndarray, iou: np.ndarray) -> dict[int, int]:
    """True block → its predicted one, the best pairs first."""
    match: dict[int, int] = {}
    taken: set[int] = set()
    for place in np.argsort(-iou, kind='stable').tolist():
        block, other = int(second[place]), int(first[place])
        if iou[place] >= IOU and block not in match and other not in taken:
            match[block] = other
            taken.add(other)
    return match


def sum_blocks(counts: Iterable[BlockCounts]) -> BlockCounts:
    """Return the sum of the counts of pages."""
    return BlockCounts(*map(sum, zip(BlockCounts(), *counts)))


def block_scores(counts: BlockCounts) -> dict[str, float]:
    """Return the counts, with precision, recall and F1 at IoU 0.5, and the share of right steps.

    A share of nothing is nan.
    """
    def share(part: float, whole: float) -> float:
        return part / whole if whole else float('nan')

    return {**counts._asdict(), 'precision': share(counts.matched, counts.predicted),
            'recall': share(counts.matched, counts.blocks),
            'f1': share(2 * counts.matched, counts.predicted + counts.blocks),
            'right_neighbours': share(counts.right_steps, counts.steps)}
