"""Separators that follow the ruling lines of the page.

A network sees a separator line as a strip of a few blurred pixels, takes the frame of a box for
separators, and ends before the line ends. The page itself tells: a ruling line is an edge as
long as the line, and a side of a frame has edges across it at both ends, towards one side.
"""
from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .reference import BACKGROUND, page_scale

# Of the components of a page, the largest are looked at.
_MOST_COMPONENTS = 2000


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
    """
    label: int
    contrast: int = 15
    min_length: int = 40
    corner: int = 12
    thickness: int = 4
    most_thickness: int = 14
    share: float = 0.5

    def follow(self, labels: np.ndarray, page: np.ndarray) -> np.ndarray:
        """Return labels whose separators follow the ruling lines of the page.

        A separator along a side of a frame becomes background. Another one along a line is extended
        to the whole line, at least :attr:`thickness` thick, over background only. One without a
        line stays as it is.

        Args:
            labels: (H, W) integers.
            page: (H, W) uint8, grey.
        """
        found = labels.copy()
        mask = (labels == self.label).astype(np.uint8)
        if not mask.any():
            return found
        across, along = _edges(page, self.contrast), _edges(page.T, self.contrast).T
        rows = _Direction(found, across, along, self)
        columns = _Direction(found.T, along.T, across.T, self)
        wide = _runs(mask, rows.corner, 1)  # the sides of a frame come apart
        for part in (wide, mask & ~wide):
            ids, boxes = cv2.connectedComponentsWithStats(part)[1:3]
            order = 1 + np.argsort(-boxes[1:, cv2.CC_STAT_AREA], kind='stable')  # 0 is the rest
            for number in order[:_MOST_COMPONENTS]:
                x, y, width, height = boxes[number, :4].tolist()
                separator = ids[y:y + height, x:x + width] == number
                if width >= height:
                    rows.follow(separator, y, x)
                else:
                    columns.follow(separator.T, x, y)
        return found


class _Direction:
    """Horizontal separators of a page; vertical ones of the transposed page.

    Args:
        labels: (H, W), changed in place.
        edges: (H, W) uint8, 1 where a pixel differs from one above or below.
        sides: The same to the left and right.
        options: What makes a line.
    """

    def __init__(self, labels: np.ndarray, edges: np.ndarray, sides: np.ndarray,
                 options: RulingLines) -> None:
        scale = page_scale(labels.shape)

        def pixels(length: float) -> int:
            return max(1, round(length * scale))

        self.labels, self.options = labels, options
        self.margin, self.corner = pixels(3), pixels(options.corner)
        self.tolerance, self.thickness = pixels(6), pixels(options.thickness)
        self.most_thickness = pixels(options.most_thickness)
        self.lines = _runs(edges, pixels(options.min_length), pixels(5))
        self.corners = _runs(sides.T, self.corner, pixels(5)).T

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
        window = self.corners[max(0, rows[0]):max(0, rows[1]),
                              max(0, x - self.tolerance):x + self.tolerance + 1]
        return len(window) >= self.corner - 2 and window.any(axis=1).mean() > 0.8

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


def _edges(page: np.ndarray, contrast: float) -> np.ndarray:
    """1 where a pixel differs by more than ``contrast`` from the one above or below, else 0."""
    edges = np.zeros(page.shape, np.uint8)
    if len(page) < 2:
        return edges
    page = np.ascontiguousarray(page)
    steps = (cv2.absdiff(page[1:], page[:-1]) > contrast).astype(np.uint8)
    edges[1:] = steps
    edges[:-1] |= steps
    return edges


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
