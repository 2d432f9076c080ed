"""The order in which the regions of a page are read."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import shapely

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
    page = _Boxes.of(all_boxes, right_to_left)
    inner: dict[int, list[int]] = {}
    for number, parent in enumerate(_parents(all_boxes).tolist()):
        inner.setdefault(parent, []).append(number)

    def with_inner(numbers: Iterable[int]) -> list[int]:
        found: list[int] = []
        for number in numbers:
            found.append(number)
            if number in inner:
                found += with_inner(_order(page, inner[number], right_to_left))
        return found

    thin = _THIN * size[0]
    if line_height is not None:
        thin = min(thin, _ONE_LINE * line_height)
    bands = _groups(page.shrunk[0], inner.get(-1, []), axis=1)
    return with_inner(number for part in _running(all_boxes, bands, size[0], thin)
                      for number in _order(page, part, right_to_left))


class _Boxes(NamedTuple):
    """The boxes of a page as lists, since most groups of them are too small for arrays.

    Attributes:
        shrunk: By each of :data:`_SHRINKS`, left, top, right and bottom of each.
        middles: y of the middle of each, and its x from the side where reading begins.
    """
    shrunk: list[list[list[float]]]
    middles: list[list[float]]

    @classmethod
    def of(cls, boxes: np.ndarray, right_to_left: bool) -> _Boxes:
        """Return those of boxes (n, 4)."""
        middles = (boxes[:, 1::-1] + boxes[:, 3:1:-1]) / 2 * (1, -1 if right_to_left else 1)
        return cls([_shrunk(boxes, share).tolist() for share in _SHRINKS], middles.tolist())


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


def _running(boxes: np.ndarray, bands: Sequence[list[int]], height: int,
             thin: float) -> list[list[int]]:
    """The bands of running headers one by one, the page's body, the bands of footers."""
    if not bands or not height:
        return [list(chain(*bands))]
    spans = np.array([(boxes[band, 1].min(), boxes[band, 3].max()) for band in bands]) / height
    first = _at_edge(spans, thin / height)
    last = len(bands) - _at_edge(1 - spans[first:][::-1, ::-1], thin / height)
    return [*bands[:first], list(chain(*bands[first:last])), *bands[last:]]


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


def _order(page: _Boxes, numbers: list[int], right_to_left: bool) -> list[int]:
    """These boxes in reading order."""
    found: list[int] = []
    waiting = [numbers]
    while waiting:
        part = waiting.pop()
        cut = _cut(page, part, right_to_left) if len(part) > 1 else []
        if cut:
            waiting += cut[::-1]
        else:
            found += sorted(part, key=page.middles.__getitem__)
    return found


def _cut(page: _Boxes, numbers: list[int], right_to_left: bool) -> list[list[int]]:
    """The parts into which gaps divide these boxes, in reading order; none without a gap."""
    for boxes in page.shrunk:
        parts = _columns(boxes, numbers)
        if len(parts) > 1:
            return parts[::-1] if right_to_left else parts
        parts = _bands(boxes, numbers)
        if len(parts) > 1:
            return parts
    return []


def _shrunk(boxes: np.ndarray, share: float) -> np.ndarray:
    """The boxes about their middles, without this share of their sides."""
    margin = (boxes[:, 2:] - boxes[:, :2]) * share / 2
    return np.concatenate([boxes[:, :2] + margin, boxes[:, 2:] - margin], axis=1)


def _groups(boxes: Sequence[list[float]], numbers: Iterable[int], axis: int) -> list[list[int]]:
    """The boxes between gaps, along x (axis 0) or y (1); without gaps one group."""
    groups: list[list[int]] = []
    end = -np.inf
    spans = [(boxes[number][axis], boxes[number][axis + 2], number) for number in numbers]
    for begin, last, number in sorted(spans, key=itemgetter(0)):
        if begin >= end:
            groups.append([])
        groups[-1].append(number)
        if last > end:
            end = last
    return groups


def _around(boxes: Iterable[list[float]]) -> list[float]:
    """The box around all."""
    left, top, right, bottom = zip(*boxes)
    return [min(left), min(top), max(right), max(bottom)]


def _columns(boxes: Sequence[list[float]], numbers: Iterable[int]) -> list[list[int]]:
    """Columns from left to right; one, where gaps do not divide boxes that are next to each
    other.
    """
    columns: list[list[int]] = []
    last: list[float] = []
    groups = _groups(boxes, numbers, axis=0)
    if len(groups) == 1:
        return groups
    for group in groups:
        around = _around([boxes[number] for number in group])
        if columns and not _beside(last, around):
            columns[-1] += group
            last = _around([last, around])
        else:
            columns.append(group)
            last = around
    return columns


def _beside(left: Sequence[float], right: Sequence[float]) -> bool:
    """Whether two boxes are at the same height for a good part of theirs."""
    shorter = min(left[3] - left[1], right[3] - right[1])
    return min(left[3], right[3]) - max(left[1], right[1]) > _MIN_OVERLAP * shorter


def _bands(boxes: Sequence[list[float]], numbers: Iterable[int]) -> list[list[int]]:
    """Bands from the top to the bottom, those together that are the same columns."""
    bands: list[list[int]] = []
    # What lies between the gaps of the last band: all that its columns depend on.
    last: list[list[float]] = []
    for band in _groups(boxes, numbers, axis=1):
        own = _columns_of([boxes[number] for number in band])
        both = [*last, *own]
        if bands and len(_columns(both, range(len(both)))) > 1:
            bands[-1] += band
            last = _columns_of(both)
        else:
            bands.append(band)
            last = own
    return bands


def _columns_of(boxes: Sequence[list[float]]) -> list[list[float]]:
    """The boxes around what is between the gaps down through all."""
    return [_around([boxes[number] for number in group])
            for group in _groups(boxes, range(len(boxes)), axis=0)]
