"""The ink of many lines of a page, and the letters at their ends, looked at together."""
from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from ..utils.components import parts_in_window
from .ink import ink_threshold

# Windows of a page that are looked at together.
_AT_ONCE = 256
# All of these are in heights of a line.
# Letters may rise above the outline, or descend below it, by so much, and follow gaps up to this.
_RISE, _GAP = 0.3, 0.5
# What is higher than a letter, or longer than several, is a rule or a picture; a rule is thin, and
# longer than a hyphen.
_HIGHEST, _LONGEST, _THIN, _HYPHEN = 1.45, 3.0, 0.15, 0.8
# Dots, as between titles and numbers of pages, are so small, and apart by so much.
_DOT, _DOT_GAP = 0.3, 0.8


class LineInk(NamedTuple):
    """What tells the ink of n lines, (n,) each but for the white.

    Levels are grey levels of the page or, where ink is lighter than the paper, of its negative.

    Attributes:
        known: Whether anything differs from the paper; the others have no meaning where not.
        dark: Whether ink is darker than the paper.
        level: Ink is at most so light.
        full: Ink that is nearly as dark as that of the line is at most so light.
        white: Columns (n, 2) without ink at the left and the right end.
    """
    known: np.ndarray
    dark: np.ndarray
    level: np.ndarray
    full: np.ndarray
    white: np.ndarray

    def some(self, numbers: np.ndarray) -> LineInk:
        """Those of some of the lines."""
        return LineInk(*(values[numbers] for values in self))


class _Strip(NamedTuple):
    """Windows of a page next to each other, with a column of paper after each.

    Attributes:
        windows: Their numbers (k,).
        starts: The first column of each (k,).
        widths: With that of paper (k,).
        pixels: (h, w) uint8, 255 outside of the windows; ink is dark.
    """
    windows: np.ndarray
    starts: np.ndarray
    widths: np.ndarray
    pixels: np.ndarray

    def up_to(self, levels: np.ndarray) -> np.ndarray:
        """Return whether pixels (h, w) are at most as light as the level of their window."""
        found: np.ndarray = self.pixels <= np.repeat(levels[self.windows], self.widths)
        return found


def _strips(grey: np.ndarray, windows: np.ndarray, dark: np.ndarray) -> Iterator[_Strip]:
    """Windows (n, 4) of a page in strips of windows that are about as high."""
    width, height = (windows[:, 2:] - windows[:, :2]).T
    order = np.argsort(height, kind='stable')
    for some in np.split(order, range(_AT_ONCE, len(order), _AT_ONCE)):
        widths = width[some] + 1
        starts = np.cumsum(widths) - widths
        pixels = np.full((height[some].max(initial=0), widths.sum()), 255, np.uint8)
        for start, left, top, right, bottom, as_it_is in zip(
                starts.tolist(), *windows[some].T.tolist(), dark[some].tolist(), strict=True):
            window = grey[top:bottom, left:right]
            pixels[:bottom - top, start:start + right - left] = (
                window if as_it_is else cv2.bitwise_not(window))
        if pixels.size:
            yield _Strip(some, starts, widths, pixels)


def line_ink(grey: np.ndarray, boxes: np.ndarray) -> LineInk:
    """Return what tells the ink of lines.

    Args:
        grey: The page, uint8 (H, W).
        boxes: Left, top, right and bottom of each line (n, 4), whole numbers on the page.
    """
    thresholds = [ink_threshold(grey[top:bottom, left:right])
                  for left, top, right, bottom in zip(*boxes.T.tolist())]
    known = np.array([found is not None for found in thresholds], bool)
    level, dark = np.array([found or (0., True) for found in thresholds]).reshape(-1, 2).T
    dark = dark > 0
    of_strip = np.where(dark, level, 254 - level).astype(np.uint8)
    mean, white = np.zeros(len(boxes)), np.zeros((len(boxes), 2), int)
    numbers = np.flatnonzero(known)
    for strip in _strips(grey, boxes[numbers], dark[numbers]):
        some, ends = numbers[strip.windows], strip.starts + strip.widths - 1
        ink = strip.up_to(of_strip[numbers]).view(np.uint8)
        counts, sums = (cv2.reduce(part, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0]
                        for part in (ink, ink * strip.pixels))
        count, total = (np.add.reduceat(part, strip.starts) for part in (counts, sums))
        mean[some] = np.where(dark[some], total, 255 * count - total) / count
        columns = np.flatnonzero(counts)
        white[some, 0] = columns[np.searchsorted(columns, strip.starts)] - strip.starts
        white[some, 1] = ends - 1 - columns[np.searchsorted(columns, ends) - 1]
    usual = (mean + level) / 2
    full = np.where(dark, np.floor(usual), 255 - np.ceil(usual)).astype(np.uint8)
    return LineInk(known, dark, of_strip, full, white)


class _Parts(NamedTuple):
    """Connected parts of ink at ends of lines, in order from the line outwards, (n,) each.

    Attributes:
        of: The number of the end.
        x: Left side, from the beginning of the end's window.
        y: Upper side, from the top of the window.
        width: In pixels.
        height: In pixels.
        middle: y of the centre of its pixels.
    """
    of: np.ndarray
    x: np.ndarray
    y: np.ndarray
    width: np.ndarray
    height: np.ndarray
    middle: np.ndarray


def letters_at_ends(grey: np.ndarray, boxes: np.ndarray, rooms: np.ndarray, ink: LineInk
                    ) -> tuple[np.ndarray, np.ndarray]:
    """Return boxes (m, 4) around the letters at the ends of lines, and the line of each (m,).

    Args:
        grey: The page, uint8 (H, W).
        boxes: Left, top, right and bottom of each line (n, 4), whole numbers on the page.
        rooms: Where each may begin and end (n, 2).
        ink: What tells their ink; one whose ink is not known has no letters.
    """
    left, top, right, bottom = boxes.T
    height = bottom - top
    rise = np.ceil(_RISE * height).astype(int)
    upper, lower = np.maximum(top - rise, 0), np.minimum(bottom + rise, len(grey))
    first, last = np.trunc(rooms).astype(int).T
    # the right ends of all lines, and then the left ones
    windows = np.concatenate([np.stack([right - height, upper, last, lower], axis=1),
                              np.stack([first, upper, left + height, lower], axis=1)])
    windows[:, [0, 2]] = windows[:, [0, 2]].clip(0, grey.shape[1])
    line = np.tile(np.arange(len(boxes)), 2)
    chosen = np.flatnonzero((windows[:, 2] > windows[:, 0]) & (windows[:, 3] > windows[:, 1])
                            & ink.known[line])
    mirrored = chosen >= len(boxes)
    windows, line = windows[chosen], line[chosen]
    end = np.where(mirrored, windows[:, 2] - left[line], right[line] - windows[:, 0])
    parts = _parts(grey, windows, ink.some(line), mirrored)
    letters = _following(parts, end, (top - upper)[line], height[line])
    of = np.unique(parts.of[letters])
    start = np.searchsorted(parts.of[letters], of)
    x, y, width, tall = (part[letters] for part in parts[1:5])
    near, far = np.minimum.reduceat(x, start), np.maximum(
        np.maximum.reduceat(x + width, start), end[of])
    low, high = np.minimum.reduceat(y, start), np.maximum.reduceat(y + tall, start)
    begin, length = windows[of, 0], windows[of, 2] - windows[of, 0]
    near, far = (np.where(mirrored[of], length - far, near),
                 np.where(mirrored[of], length - near, far))
    high, low = high + windows[of, 1], low + windows[of, 1]
    return np.stack([begin + near, low, begin + far, high], axis=1), line[of]


def _parts(grey: np.ndarray, windows: np.ndarray, ink: LineInk, mirrored: np.ndarray) -> _Parts:
    """The parts of ink in windows (n, 4) of the page; parts without full ink are spots of paper.

    Those of ``mirrored`` windows are counted from their right sides.
    """
    found = [np.empty((0, 6))]
    for strip in _strips(grey, windows, ink.dark):
        ids, window, boxes, middles = parts_in_window(strip.up_to(ink.level).view(np.uint8))
        is_letter = np.zeros(len(boxes), bool)
        is_letter[ids[strip.up_to(ink.full)[window]]] = True
        x, y, width, tall, _ = boxes[is_letter].T
        place = np.searchsorted(strip.starts, x, 'right') - 1
        of, x = strip.windows[place], x - strip.starts[place]
        x = np.where(mirrored[of], strip.widths[place] - 1 - x - width, x)
        found.append(np.stack([of, x, y, width, tall, middles[is_letter]], axis=1))
    every = np.concatenate(found)
    every = every[np.lexsort(every.T[4::-1])]
    of, x, y, width, tall = every[:, :5].T.astype(int)
    return _Parts(of, x, y, width, tall, every[:, 5])


def _following(parts: _Parts, end: np.ndarray, top: np.ndarray, height: np.ndarray) -> np.ndarray:
    """The numbers of the parts that are letters which continue their lines.

    Args:
        parts: At ends of lines.
        end: Column of each end's window in which the line ends as yet (n,).
        top: First row of the line in it (n,).
        height: Of the line (n,).
    """
    of = parts.of
    end, top, height = end[of], top[of], height[of]
    is_dot = np.maximum(parts.width, parts.height) <= _DOT * height
    is_big = (parts.height > _HIGHEST * height) | ((parts.width > _LONGEST * height)
                                                   & (parts.height > height))
    off = (parts.middle < top) | (parts.middle > top + height) | (
        (parts.height < _THIN * height) & (parts.width > _HYPHEN * height))
    letter = ~is_big & ~off
    # how far letters reach before each part: the ends' numbers keep them apart
    apart = of * (int((parts.x + parts.width).max(initial=0)) + 1)
    reach = np.maximum.accumulate(np.where(letter, parts.x + parts.width, 0) + apart)
    reach = np.maximum(np.append(0, reach[:-1])[:len(of)] - apart, end)
    stop = parts.x > reach + np.where(is_dot, _DOT_GAP, _GAP) * height
    # after a rule or a picture there is nothing of the line
    stop |= is_big & (parts.x >= end - 1)
    stops = np.cumsum(stop)
    before = np.append(0, stops)[np.searchsorted(of, of)]
    return np.flatnonzero(letter & (stops == before))
