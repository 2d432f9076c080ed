"""Where the ink of text lines begins and ends, for many lines together."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

# Parts of a line whose ink corrects its slope.
_PARTS = 8
# A part tells where the ink ends if it loses so much from one row to the next, as a share of its
# columns; a line needs so many such parts.
_LEAST_DROP, _LEAST_PARTS = 0.1, 4


class InkRows(NamedTuple):
    """The ink of n straightened lines, in the rows of each and parts of its length.

    Attributes:
        ink: (n, rows, parts), sums of ink over the columns of a part; 0 below the last row.
        height: Rows of each line (n,).
        size: Columns of each part (n, parts); 0 for the last ones of very short lines.
        place: Middle of each part as a share of the line's length (n, parts).
    """
    ink: np.ndarray
    height: np.ndarray
    size: np.ndarray
    place: np.ndarray

    @classmethod
    def of(cls, lines: Sequence[np.ndarray]) -> InkRows:
        """Return those of the shares of ink (rows, columns) of one line or more."""
        height, width = np.array([line.shape for line in lines]).T
        part = np.arange(_PARTS)
        least, more = width[:, None] // _PARTS, width[:, None] % _PARTS
        size = least + (part < more)
        start = np.maximum(least * part + np.minimum(part, more), part)
        ink = np.zeros((len(lines), int(height.max()), _PARTS))
        for number, line in enumerate(lines):
            parts = min(_PARTS, line.shape[1])
            np.add.reduceat(line, start[number, :parts], axis=1,
                            out=ink[number, :len(line), :parts])
        return cls(ink, height, size, (start + (size - 1) / 2) / width[:, None])


def middles_of_ink(rows: InkRows) -> tuple[np.ndarray, np.ndarray]:
    """Return the last row (n,) of the small letters of lines, and the row (n,) above their first.

    Many pixels end at the baseline and begin at the x-height.

    Args:
        rows: Their ink.
    """
    profile = rows.ink.sum(axis=2)
    row = np.arange(profile.shape[1])
    there = row < rows.height[:, None]
    weight = np.where(there, profile + 1e-6, 0.)
    middle = ((row * weight).sum(axis=1) / weight.sum(axis=1)).astype(int)[:, None]
    smooth = _smooth(profile, there)
    drop, rise = smooth.copy(), smooth.copy()
    drop[:, :-1] -= smooth[:, 1:]
    rise[:, 1:] -= smooth[:, :-1]
    base = np.where(there & (row >= middle), drop, -np.inf).argmax(axis=1)
    top = np.where(row <= middle, rise, -np.inf).argmax(axis=1) - 1
    return base, top


def sloped_bases(rows: InkRows, base: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return slope and start (n,) of straight lines, over [0, 1], through where ink of parts ends.

    Theil and Sen: descenders and commas in one part do not affect them. A line with few parts that
    tell is level.

    Args:
        rows: The ink of lines.
        base: The row (n,) in which that of all parts together ends.
    """
    reach = np.maximum(2, rows.height // 8)
    first, last = np.maximum(base - reach, 0), np.minimum(base + reach + 2, rows.height)
    row = first[:, None] + np.arange(int((last - first).max()))
    there = (row < last[:, None])[..., None]
    clipped = np.minimum(row, rows.ink.shape[1] - 1)
    smooth = _smooth(np.take_along_axis(rows.ink, clipped[..., None], axis=1) * there, there)
    drop = np.where(there[:, 1:], smooth[:, :-1] - smooth[:, 1:], -np.inf)
    tells = (rows.size > 0) & (drop.max(axis=1) > _LEAST_DROP * rows.size)
    end = (first[:, None] + drop.argmax(axis=1)).astype(float)
    one, two = np.triu_indices(_PARTS, 1)
    slope = _medians((end[:, two] - end[:, one]) / (rows.place[:, two] - rows.place[:, one]),
                     tells[:, one] & tells[:, two])
    start = _medians(end - slope[:, None] * rows.place, tells)
    enough = tells.sum(axis=1) >= _LEAST_PARTS
    return np.where(enough, slope, 0.), np.where(enough, start, base)


def _smooth(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Rows (n, rows, …) with a quarter of those above and below; 0 where there are none."""
    smooth = values / 2
    smooth[:, 1:] += values[:, :-1] / 4
    smooth[:, :-1] += values[:, 1:] / 4
    return smooth * there


def _medians(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The median (n,) of the chosen values (n, m) of each row; 0 without any."""
    count = chosen.sum(axis=1)
    ordered = np.sort(np.where(chosen, values, np.inf), axis=1)
    low, high = (np.take_along_axis(ordered, place[:, None].clip(0), axis=1)[:, 0]
                 for place in ((count - 1) // 2, count // 2))
    return np.where(count > 0, (low + np.where(count > 0, high, low)) / 2, 0.)
