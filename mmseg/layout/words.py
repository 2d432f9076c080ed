"""How text lines begin: their first word, or the bullet or number of an item of a list."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

# White between words is so wide, in heights of a line, and as wide where a line has no other. Where
# there is some as wide as the second near the beginning, what is narrower may be within a word, as
# in type of equal widths.
_SPACE, _USUAL = 0.2, 0.28
_CLEAR, _NEAR = 0.33, 12.
# A column of a line has ink where so much of a pixel is.
_INK = 0.3


class LineStart(NamedTuple):
    """How a line begins, in pixels from its end.

    Attributes:
        ink: Where its ink begins.
        word: Where the first word ends.
        text: Where the second word begins, inf where there is none.
        clear: Where the first word ends, or one after it if it is not clear where it does.
        usual: Mean width of the white between its other words.
    """
    ink: float
    word: float
    text: float
    clear: float
    usual: float


class LineStarts(NamedTuple):
    """How each of n lines begins, (n,) each; see :class:`LineStart`."""
    ink: np.ndarray
    word: np.ndarray
    text: np.ndarray
    clear: np.ndarray
    usual: np.ndarray

    @classmethod
    def of(cls, starts: Sequence[LineStart | None]) -> LineStarts:
        """Return those of lines; of one whose ink tells nothing the first word has no end."""
        unknown = LineStart(0., np.inf, np.inf, np.inf, 0.)
        return cls(*np.array([start or unknown for start in starts]).reshape(-1, 5).T)

    def some(self, numbers: np.ndarray) -> LineStarts:
        """Those of some of the lines."""
        return LineStarts(*(values[numbers] for values in self))


def line_starts(inks: Sequence[np.ndarray], height: np.ndarray, scale: np.ndarray,
                mirrored: bool = False) -> list[LineStart]:
    """Return how lines begin.

    Args:
        inks: Shares of ink (rows, columns) of each of n lines.
        height: Of each (n,), in pixels.
        scale: Pixels to a column (n,).
        mirrored: Whether they begin at the right.
    """
    blank = np.zeros(1, bool)
    profiles = [cv2.reduce(ink, 0, cv2.REDUCE_MAX)[0] > _INK for ink in inks]
    flat = np.concatenate([part for profile in profiles for part in (
        blank, profile[::-1] if mirrored else profile)] + [blank])
    firsts = np.cumsum([0, *(len(profile) + 1 for profile in profiles)])[:-1] + 1
    edges = np.flatnonzero(np.diff(flat.view(np.int8))).reshape(-1, 2) + 1
    line = np.searchsorted(firsts, edges[:, 0], 'right') - 1
    count = len(inks)
    ink, word, text = np.zeros(count), np.full(count, np.inf), np.full(count, np.inf)
    begins, ends = (edges - firsts[line][:, None]).T * scale[line]
    lowest = np.unique(line, return_index=True)[1]
    ink[line[lowest]] = begins[lowest]
    highest = np.append(lowest[1:], len(line))[:len(lowest)] - 1
    word[line[highest]] = ends[highest]
    gaps = begins[1:] - ends[:-1]
    wide = np.flatnonzero((line[1:] == line[:-1]) & (gaps >= _SPACE * height[line[1:]]))
    of = line[wide]
    numbers, first = np.unique(of, return_index=True)
    word[numbers], text[numbers] = ends[wide[first]], begins[wide[first] + 1]
    clear = word.copy()
    wider = wide[(gaps[wide] >= _CLEAR * height[of]) & (ends[wide] <= _NEAR * height[of])]
    numbers_of_wider, first_of_wider = np.unique(line[wider], return_index=True)
    clear[numbers_of_wider] = ends[wider[first_of_wider]]
    more = np.bincount(of, minlength=count) - 1
    total = np.bincount(of, gaps[wide], minlength=count).astype(float)
    total[numbers] -= gaps[wide[first]]
    usual = np.where(more > 0, total / np.maximum(more, 1), _USUAL * height)
    return [LineStart(*values) for values in zip(*(
        part.tolist() for part in (ink, word, text, clear, usual)), strict=True)]
