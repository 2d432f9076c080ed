"""Separators that follow the ruling lines of the page.

A network sees a separator line as a strip of a few blurred pixels, takes the frame of a box for
separators, and ends before the line ends. The page itself tells: a ruling line is an edge as
long as the line, and a side of a frame has edges across it at both ends, towards one side.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from ..utils.components import connected_parts
from .paper import is_noisy, paper_levels
from .reference import BACKGROUND, page_scale

# Of the components of a page, the largest are looked at.
_MOST_COMPONENTS = 2000
# With more separators of one direction, corners are looked for on the whole page at once.
_FEW_SEPARATORS = 30
# Blur makes edges wide, and noise breaks them: on noisy paper the mean of this many pixels along a
# line is compared with that this many rows away, and the difference of an edge is so many times as
# large, more for corners, since what shows through and letters look like short edges.
_NOISY_MEAN, _NOISY_REACH, _NOISY_LINE, _NOISY_CORNER = 5, 2, 1.2, 1.7


@dataclass(frozen=True)
class RulingLines:
    """How separators follow ruling lines. Lengths are in pixels of a page whose longer side is
    :data:`~mmseg.inference.reference.REFERENCE_SIDE`.

    Attributes:
        label: Index of the class of separators.
        contrast: Difference of grey levels, in (0, 255), above which neighbouring pixels are an
            edge.
        min_length: Shortest edge that makes a line.
        corner: Shortest edge that makes a corner of a frame.
        thickness: Least thickness of a separator.
        most_thickness: Thicker separators stay as they are.
        share: Part of a line, in (0, 1], that the separator must have covered already to be
            extended to the whole.
        least_length: Shorter separators become background: strokes of letters and pieces of frames.
    """
    label: int
    contrast: int = 15
    min_length: int = 40
    corner: int = 12
    thickness: int = 4
    most_thickness: int = 14
    share: float = 0.5
    least_length: int = 75

    def follow(self, labels: np.ndarray, page: np.ndarray) -> np.ndarray:
        """Return labels whose separators follow the ruling lines of the page.

        A separator along a side of a frame becomes background. Another one along a line is extended
        to the whole line, at least :attr:`thickness` thick, over background only. One without a
        line stays as it is, unless it is shorter than :attr:`least_length`.

        Args:
            labels: (H, W) integers.
            page: (H, W) uint8, grey.
        """
        found = labels.copy()
        mask = (labels == self.label).astype(np.uint8)
        if not mask.any():
            return found
        noisy = is_noisy(cv2.absdiff(page, paper_levels(page)), labels == BACKGROUND)
        # the sides of a frame come apart
        wide = _runs(mask, _pixels(self.corner, labels.shape), 1)
        parts = [_Part.of(part) for part in (wide, mask & ~wide)]
        boxes = np.concatenate([part.boxes for part in parts])
        level = boxes[:, cv2.CC_STAT_WIDTH] >= boxes[:, cv2.CC_STAT_HEIGHT]
        top, height = boxes[:, cv2.CC_STAT_TOP], boxes[:, cv2.CC_STAT_HEIGHT]
        left, width = boxes[:, cv2.CC_STAT_LEFT], boxes[:, cv2.CC_STAT_WIDTH]
        rows = _Direction(found, page, self, noisy, top[level], height[level])
        columns = _Direction(found.T, page.T, self, noisy, left[~level], width[~level])
        for part in parts:
            for number, (x, y, width, height) in zip(part.numbers, part.boxes[:, :4].tolist()):
                separator = part.ids[y:y + height, x:x + width] == number
                if width >= height:
                    rows.follow(separator, y, x)
                else:
                    columns.follow(separator.T, x, y)
        self._remove_short(found)
        return found

    def _remove_short(self, labels: np.ndarray) -> None:
        ids, boxes = connected_parts((labels == self.label).astype(np.uint8))
        lengths = boxes[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
        short = lengths < self.least_length * page_scale(labels.shape)
        short[0] = False  # everything else
        labels[short[ids]] = BACKGROUND


class _Part(NamedTuple):
    """The largest components of a mask, the largest first.

    Attributes:
        ids: (H, W), the number of each pixel's component.
        numbers: (n,) of the components.
        boxes: (n, 5), as OpenCV's statistics have them.
    """
    ids: np.ndarray
    numbers: np.ndarray
    boxes: np.ndarray

    @classmethod
    def of(cls, mask: np.ndarray) -> _Part:
        ids, boxes = connected_parts(mask)
        numbers = 1 + np.argsort(-boxes[1:, cv2.CC_STAT_AREA], kind='stable')  # 0 is the rest
        numbers = numbers[:_MOST_COMPONENTS]
        return cls(ids, numbers, boxes[numbers])


class _Direction:
    """Horizontal separators of a page; vertical ones of the transposed page.

    Edges are looked for in the rows of separators only, and corners where lines end, unless there
    are many.

    Args:
        labels: (H, W), changed in place.
        page: (H, W) uint8, grey.
        options: What makes a line.
        noisy: Whether lines are those of noisy paper.
        tops: (n,) first row of each separator.
        heights: (n,) their numbers of rows.
    """

    def __init__(self, labels: np.ndarray, page: np.ndarray, options: RulingLines,
                 noisy: bool, tops: np.ndarray, heights: np.ndarray) -> None:
        def pixels(length: float) -> int:
            return _pixels(length, page.shape)

        self.labels, self.page, self.options, self.noisy = labels, page, options, noisy
        self.margin, self.corner, self.gap = pixels(3), pixels(options.corner), pixels(5)
        self.tolerance, self.thickness = pixels(6), pixels(options.thickness)
        self.most_thickness = pixels(options.most_thickness)
        steps = np.zeros(len(page) + 1, np.int32)
        np.add.at(steps, np.maximum(tops - self.margin, 0), 1)
        np.add.at(steps, np.minimum(tops + heights + self.margin, len(page)), -1)
        seen = np.flatnonzero(np.cumsum(steps[:-1]))
        self.lines = np.zeros(page.shape, np.uint8)
        if seen.size:
            self.lines[seen] = _runs(self._edges(page, seen, _NOISY_LINE),
                                     pixels(options.min_length), self.gap)
        self.corners = (self._corners(0, len(page), 0, page.shape[1])
                        if len(tops) > _FEW_SEPARATORS else None)

    def follow(self, separator: np.ndarray, top: int, left: int) -> None:
        """Remove or extend a separator.

        Args:
            separator: (h, w) bool, its pixels in the box at ``top`` and ``left``.
        """
        bottom, right = top + separator.shape[0], left + separator.shape[1]
        above, below = max(0, top - self.margin), bottom + self.margin
        line: np.ndarray = np.any(self.lines[above:below], axis=0)
        touched = np.flatnonzero(line[left:right])
        if not touched.size:
            return
        start, stop = _run_around(line, left + int(touched[0]), left + int(touched[-1]))
        if self._is_side_of_frame(above, below, start, stop - 1):
            self.labels[top:bottom, left:right][separator] = BACKGROUND
        elif (bottom - top <= self.most_thickness
              and right - left >= self.options.share * (stop - start)):
            self._extend(separator, above, below, start, stop)

    def _is_side_of_frame(self, above: int, below: int, first: int, last: int) -> bool:
        """Whether corners at both ends go up, or both down."""
        return any(all(self._has_corner(rows, x) for x in (first, last))
                   for rows in ((above - self.corner, above), (below, below + self.corner)))

    def _has_corner(self, rows: tuple[int, int], x: int) -> bool:
        top, bottom = max(0, rows[0]), min(max(0, rows[1]), len(self.page))
        if bottom - top < max(1, self.corner - 2):
            return False
        left, right = max(0, x - self.tolerance), x + self.tolerance + 1
        window = (self._corners(top, bottom, left, right) if self.corners is None
                  else self.corners[top:bottom, left:right])
        return bool(window.any(axis=1).mean() > 0.8)

    def _corners(self, top: int, bottom: int, left: int, right: int) -> np.ndarray:
        """A window of the vertical edges that are long enough for a corner."""
        around = 2 * (self.gap // 2 + self.corner // 2)  # pixels on which a run depends
        first = max(0, top - around)
        columns = np.arange(left, min(right, self.page.shape[1]))
        edges = self._edges(self.page[first:bottom + around].T, columns, _NOISY_CORNER)
        return _runs(edges, self.corner, self.gap).T[top - first:bottom - first]

    def _edges(self, page: np.ndarray, rows: np.ndarray, times: float) -> np.ndarray:
        """The edges in these rows; on noisy paper those of so many times the contrast."""
        if not self.noisy:
            return _edges(page, self.options.contrast, rows, 1)
        length = _pixels(_NOISY_MEAN, self.page.shape) | 1
        return _edges(cv2.blur(np.ascontiguousarray(page), (length, 1)),
                      times * self.options.contrast, rows, _pixels(_NOISY_REACH, self.page.shape))

    def _extend(self, separator: np.ndarray, above: int, below: int, start: int,
                stop: int) -> None:
        """Draw the separator over the line that is in these rows."""
        heights = separator.sum(axis=0)
        thickness = max(self.thickness, round(float(np.median(heights[heights > 0]))))
        weights = self.lines[above:below, start:stop].sum(axis=1, dtype=float)
        middle = above + round(float(np.arange(len(weights)) @ weights / weights.sum()))
        first = max(0, middle - thickness // 2)
        strip = self.labels[first:first + thickness, start:stop]
        strip[strip == BACKGROUND] = self.options.label


def _pixels(length: float, size: Sequence[int]) -> int:
    """A length of the reference page on a page of this size, at least 1."""
    return max(1, round(length * page_scale(size)))


def _edges(page: np.ndarray, contrast: float, rows: np.ndarray, reach: int) -> np.ndarray:
    """Of these rows of the page, 1 where a pixel differs by more than ``contrast`` from the one
    that is ``reach`` rows above or below, else 0."""
    above, own, below = (np.ascontiguousarray(page[np.clip(rows + step, 0, len(page) - 1)])
                         for step in (-reach, 0, reach))
    steps = cv2.max(cv2.absdiff(own, above), cv2.absdiff(own, below))
    return (steps > contrast).astype(np.uint8)


def _runs(edges: np.ndarray, length: int, gap: int) -> np.ndarray:
    """The horizontal runs of at least ``length`` pixels, gaps below ``gap`` closed."""
    # odd lengths, since OpenCV moves what an even kernel opens
    closed = cv2.morphologyEx(np.ascontiguousarray(edges), cv2.MORPH_CLOSE,
                              np.ones((1, gap | 1), np.uint8))
    return cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, length | 1), np.uint8))


def _run_around(line: np.ndarray, first: int, last: int) -> tuple[int, int]:
    """The half-open bounds of ``[first, last]`` and of the run that goes on at either end."""
    before, after = np.flatnonzero(~line[:first]), np.flatnonzero(~line[last + 1:])
    return (int(before[-1]) + 1 if before.size else 0,
            last + 1 + (int(after[0]) if after.size else len(line) - last - 1))
