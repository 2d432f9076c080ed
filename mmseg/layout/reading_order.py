"""The order in which the regions of a page are read."""
from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import shapely

_NONE = np.empty(0, int)
# Boxes whose neighbours are looked up together.
_AT_ONCE = 512
# Shares of their sides that boxes lose, one after the other until there is a cut: outlines are a
# little ragged, and those of slanted columns overlap.
_SHRINKS = (.03, .1, .25, .5)
# A box of which this share lies in another one is part of that one.
_NESTED = 0.9
# Columns overlap vertically for at least this share of the shorter one.
_MIN_OVERLAP = 0.3
# Running headers and footers: height at most, and distance of the far side from the page's edge,
# as shares of the page's height.
_THIN, _EDGE = 0.04, 0.12
# What is lower than so many heights of a line is one line.
_ONE_LINE = 1.8
# They are so far from the body, as a share of the page's height; rules are thinner than this.
_APART, _RULE = 0.008, 0.006


def reading_order(boxes: Sequence[Sequence[float]], size: tuple[int, int], *,
                  right_to_left: bool = False, line_height: float | None = None) -> list[int]:
    """Return the numbers of the boxes in reading order.

    A recursive XY-cut (Nagy and Seth, ICPR 1984): the page is cut along white gaps into columns or
    bands, and those again. Where a gap runs down between boxes that are next to each other, they
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
        line_height: Of the page's text in pixels, where it is known: running headers and footers
            are bands of one line then.
    """
    all_boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    parents = _parents(all_boxes)
    inner = {int(parent): np.flatnonzero(parents == parent) for parent in np.unique(parents)}

    def with_inner(numbers: Iterable[int]) -> list[int]:
        found: list[int] = []
        for number in numbers:
            found.append(number)
            if number in inner:
                found += with_inner(_order(all_boxes, inner[number], right_to_left))
        return found

    thin = _THIN * size[0]
    if line_height is not None:
        thin = min(thin, _ONE_LINE * line_height)
    return with_inner(number for part in _running(all_boxes, inner.get(-1, _NONE), size[0], thin)
                      for number in _order(all_boxes, part, right_to_left))


def _parents(boxes: np.ndarray) -> np.ndarray:
    """The smallest box that each lies in, -1 where there is none."""
    parents = np.full(len(boxes), -1)
    areas = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1)
    shapes = shapely.box(*boxes.T)
    tree = shapely.STRtree(shapes)
    for start in range(0, len(boxes), _AT_ONCE):
        own, others = tree.query(shapes[start:start + _AT_ONCE])
        own += start
        low = np.maximum(boxes[own, :2], boxes[others, :2])
        high = np.minimum(boxes[own, 2:], boxes[others, 2:])
        common = np.clip(high - low, 0, None).prod(axis=1)
        # of two that are nearly the same, neither lies in the other
        inside = (common >= _NESTED * areas[own]) & (areas[own] < _NESTED * areas[others])
        own, others = own[inside], others[inside]
        order = np.lexsort((others, areas[others], own))
        own, others = own[order], others[order]
        first = np.append(True, own[1:] != own[:-1])[:len(own)]
        parents[own[first]] = others[first]
    return parents


def _running(boxes: np.ndarray, numbers: np.ndarray, height: int,
             thin: float) -> list[np.ndarray]:
    """The bands of running headers one by one, the page's body, the bands of footers."""
    bands = _groups(_shrunk(boxes, _SHRINKS[0]), numbers, axis=1)
    if not bands or not height:
        return [numbers]
    spans = np.array([(boxes[band, 1].min(), boxes[band, 3].max()) for band in bands]) / height
    first = _at_edge(spans, thin / height)
    last = len(bands) - _at_edge(1 - spans[first:][::-1, ::-1], thin / height)
    return [*bands[:first], np.concatenate([_NONE, *bands[first:last]]), *bands[last:]]


def _at_edge(spans: np.ndarray, thin: float) -> int:
    """How many of the bands at the page's edge, where spans (n, 2) begin at 0, are running ones.

    They are thin, near the edge, and apart from the body: the last lines of a column are as near to
    it as any. Rules have no part in that.
    """
    solid = np.flatnonzero(spans[:, 1] - spans[:, 0] > _RULE)
    apart = np.append(spans[solid[1:], 0] - spans[solid[:-1], 1] >= _APART, True)
    running = (spans[:, 1] - spans[:, 0] <= thin) & (spans[:, 1] <= _EDGE)
    first = int(running.argmin()) if not running.all() else len(spans)
    if first == len(spans):
        return first
    # what is not apart from the first that is none belongs to it
    while len(before := solid[solid < first]) and not apart[len(before) - 1]:
        first = int(before[-1])
    return first


def _order(boxes: np.ndarray, numbers: np.ndarray, right_to_left: bool) -> list[int]:
    """These boxes in reading order."""
    found: list[int] = []
    waiting = [numbers]
    while waiting:
        part = waiting.pop()
        cut = _cut(boxes, part, right_to_left) if len(part) > 1 else []
        if cut:
            waiting += cut[::-1]
        else:
            middles = (boxes[part, :2] + boxes[part, 2:]) / 2
            across = -middles[:, 0] if right_to_left else middles[:, 0]
            found += part[np.lexsort((across, middles[:, 1]))].tolist()
    return found


def _cut(boxes: np.ndarray, numbers: np.ndarray, right_to_left: bool) -> list[np.ndarray]:
    """The parts into which gaps divide these boxes, in reading order; none without a gap."""
    own, every = boxes[numbers], np.arange(len(numbers))
    for share in _SHRINKS:
        shrunk = _shrunk(own, share)
        parts = _columns(shrunk, every)
        if len(parts) > 1:
            return [numbers[part] for part in (parts[::-1] if right_to_left else parts)]
        parts = _bands(shrunk, every)
        if len(parts) > 1:
            return [numbers[part] for part in parts]
    return []


def _shrunk(boxes: np.ndarray, share: float) -> np.ndarray:
    """The boxes about their middles, without this share of their sides."""
    margin = (boxes[:, 2:] - boxes[:, :2]) * share / 2
    return np.concatenate([boxes[:, :2] + margin, boxes[:, 2:] - margin], axis=1)


def _groups(boxes: np.ndarray, numbers: np.ndarray, axis: int) -> list[np.ndarray]:
    """The boxes between gaps, along x (axis 0) or y (1); without gaps one group."""
    if not len(numbers):
        return []
    order = numbers[np.argsort(boxes[numbers, axis], kind='stable')]
    ends = np.maximum.accumulate(boxes[order, axis + 2])
    gaps = (np.flatnonzero(boxes[order[1:], axis] >= ends[:-1]) + 1).tolist()
    return [order[start:end] for start, end in zip([0, *gaps], [*gaps, len(order)])]


def _around(boxes: np.ndarray) -> np.ndarray:
    """The box around all."""
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _columns(boxes: np.ndarray, numbers: np.ndarray) -> list[np.ndarray]:
    """Columns from left to right; one, where gaps do not divide boxes that are next to each
    other.
    """
    groups = _groups(boxes, numbers, axis=0)
    if len(groups) == 1:
        return groups
    columns: list[list[np.ndarray]] = []
    last = np.zeros(4)
    for group in groups:
        around = _around(boxes[group])
        if columns and not _beside(last, around):
            columns[-1].append(group)
            last = _around(np.stack([last, around]))
        else:
            columns.append([group])
            last = around
    return [np.concatenate(column) for column in columns]


def _beside(left: np.ndarray, right: np.ndarray) -> bool:
    """Whether two boxes are at the same height for a good part of theirs."""
    shorter = min(left[3] - left[1], right[3] - right[1])
    return bool(min(left[3], right[3]) - max(left[1], right[1]) > _MIN_OVERLAP * shorter)


def _bands(boxes: np.ndarray, numbers: np.ndarray) -> list[np.ndarray]:
    """Bands from the top to the bottom, those together that are the same columns."""
    bands: list[list[np.ndarray]] = []
    # What lies between the gaps of the last band: all that its columns depend on.
    last = np.empty((0, 4))
    for band in _groups(boxes, numbers, axis=1):
        own = np.stack([_around(boxes[group]) for group in _groups(boxes, band, axis=0)])
        both = np.concatenate([last, own])
        if bands and len(_columns(both, np.arange(len(both)))) > 1:
            bands[-1].append(band)
            last = np.stack([_around(both[group])
                             for group in _groups(both, np.arange(len(both)), axis=0)])
        else:
            bands.append([band])
            last = own
    return [np.concatenate(band) for band in bands]
