"""The order in which the regions of a page are read."""
from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

# Shares of their sides that boxes lose, one after the other until there is a cut: outlines are a
# little ragged, and those of slanted columns overlap.
_SHRINKS = (.03, .1, .25, .5)
# A box of which this share lies in another one is part of that one.
_NESTED = 0.9
# Columns stand beside each other for at least this share of the shorter one.
_BESIDE = 0.3
# Running headers and footers: height at most, and distance of the far side from the page's edge,
# as shares of the page's height.
_THIN, _EDGE = 0.04, 0.12


def reading_order(boxes: Sequence[Sequence[float]], size: tuple[int, int], *,
                  right_to_left: bool = False) -> list[int]:
    """Return the numbers of the boxes in reading order.

    A recursive XY-cut (Nagy and Seth, ICPR 1984): the page is cut along white gaps into columns or
    bands, and those again. Where a gap runs down between boxes that stand beside each other, they
    are columns, read one after the other. Where none does, since a heading or a separator crosses
    it, the page falls into bands from the top to the bottom; neighbouring bands with a common gap
    stay together as one set of columns. Thin bands at the upper and lower edge of the page are
    running headers and footers, and come before and after everything. A box within another one is
    read after it, with others in it. Boxes that no cut divides are read from the top down.

    Separators take part as boxes of their own: one across a page divides what is above from what
    is below, one between columns is read between them.

    Args:
        boxes: Left, top, right, bottom of each.
        size: (height, width) of the page.
        right_to_left: Whether the rightmost column is the first.
    """
    all_boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    parents = _parents(all_boxes)
    inner: dict[int, list[int]] = {}
    for number, parent in enumerate(parents):
        inner.setdefault(parent, []).append(number)

    def with_inner(numbers: Iterable[int]) -> list[int]:
        return [found for number in numbers for found in (
            number, *with_inner(_order(all_boxes, inner.get(number, []), right_to_left)))]

    return with_inner(number for part in _running(all_boxes, inner.get(-1, []), size[0])
                      for number in _order(all_boxes, part, right_to_left))


def _parents(boxes: np.ndarray) -> list[int]:
    """The smallest box that each lies in, -1 where there is none."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    common = np.clip(high - low, 0, None).prod(axis=2)
    areas = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1)
    # of two that are nearly the same, neither lies in the other
    inside = (common >= _NESTED * areas[:, None]) & (areas[:, None] < _NESTED * areas[None])
    candidates = np.where(inside, areas[None], np.inf)
    return [int(row.argmin()) if np.isfinite(row.min()) else -1 for row in candidates]


def _running(boxes: np.ndarray, numbers: list[int], height: int) -> list[list[int]]:
    """The bands of running headers one by one, the page's body, the bands of footers."""
    bands = _groups(_shrunk(boxes, _SHRINKS[0]), numbers, axis=1)
    first, last = 0, len(bands)
    spans = [(boxes[band, 1].min(), boxes[band, 3].max()) for band in bands]
    while first < last and (spans[first][1] - spans[first][0] <= _THIN * height
                            and spans[first][1] <= _EDGE * height):
        first += 1
    while last > first and (spans[last - 1][1] - spans[last - 1][0] <= _THIN * height
                            and spans[last - 1][0] >= (1 - _EDGE) * height):
        last -= 1
    body = [number for band in bands[first:last] for number in band]
    return [*bands[:first], body, *bands[last:]]


def _order(boxes: np.ndarray, numbers: list[int], right_to_left: bool) -> list[int]:
    if len(numbers) < 2:
        return numbers
    for share in _SHRINKS:
        shrunk = _shrunk(boxes, share)
        parts = _columns(shrunk, numbers)
        if len(parts) > 1:
            parts = parts[::-1] if right_to_left else parts
        else:
            parts = _bands(shrunk, numbers)
        if len(parts) > 1:
            return [found for part in parts for found in _order(boxes, part, right_to_left)]
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    across = -1 if right_to_left else 1
    return sorted(numbers, key=lambda number: (middles[number, 1], across * middles[number, 0]))


def _shrunk(boxes: np.ndarray, share: float) -> np.ndarray:
    """The boxes about their middles, without this share of their sides."""
    margin = (boxes[:, 2:] - boxes[:, :2]) * share / 2
    return np.concatenate([boxes[:, :2] + margin, boxes[:, 2:] - margin], axis=1)


def _groups(boxes: np.ndarray, numbers: list[int], axis: int) -> list[list[int]]:
    """The boxes between gaps, along x (axis 0) or y (1); without gaps one group."""
    groups: list[list[int]] = []
    end = -np.inf
    for number in sorted(numbers, key=lambda number: boxes[number, axis]):
        if boxes[number, axis] >= end:
            groups.append([])
        groups[-1].append(number)
        end = max(end, boxes[number, axis + 2])
    return groups


def _columns(boxes: np.ndarray, numbers: list[int]) -> list[list[int]]:
    """Columns from left to right; one, where what gaps divide does not stand side by side."""
    columns: list[list[int]] = []
    for group in _groups(boxes, numbers, axis=0):
        if columns and not _beside(boxes, columns[-1], group):
            columns[-1] = columns[-1] + group
        else:
            columns.append(group)
    return columns


def _beside(boxes: np.ndarray, left: list[int], right: list[int]) -> bool:
    tops = [boxes[side, 1].min() for side in (left, right)]
    bottoms = [boxes[side, 3].max() for side in (left, right)]
    shorter = min(bottom - top for top, bottom in zip(tops, bottoms))
    return min(bottoms) - max(tops) > _BESIDE * shorter


def _bands(boxes: np.ndarray, numbers: list[int]) -> list[list[int]]:
    """Bands from the top to the bottom, those together that are the same columns."""
    bands: list[list[int]] = []
    for band in _groups(boxes, numbers, axis=1):
        if bands and len(_columns(boxes, bands[-1] + band)) > 1:
            bands[-1] = bands[-1] + band
        else:
            bands.append(band)
    return bands
