"""Where paragraphs begin in a column of text rows."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .neighbours import connected
from .words import LineStarts

# All of these but the shares are in heights of a line.
# A paragraph begins with an indentation between these; what counts as no indentation.
_INDENT, _LARGEST_INDENT, _FLUSH = 0.7, 6.0, 0.5
# A step from line to line that is larger by this factor than one next to it ends a paragraph.
_STEP = 1.3
# The bullet or number of an item of a list is so wide at most; after it is so much white. After a
# narrow one it is wider than between other words by the first factor, after others by the second.
_MARK, _MARK_GAP, _NARROW = 2.4, 0.3, 0.9
_MORE, _MORE_AFTER_WIDE = 1.3, 1.6
# Items of a list begin, and their text begins, so nearly below each other.
_BELOW, _HANG = 0.25, 0.4
# A word has room at the end of a line if so much more is left.
_ROOM = 0.8
# Running text is where this share of the lines is full.
_RUNNING = 0.3


class Rows(NamedTuple):
    """Rows of text of a page.

    Attributes:
        boxes: Left, top, right, bottom of each (n, 4), with the page's skew undone, mirrored where
            text is read from the right.
        bases: y of each baseline (n,).
        starts: How each begins; None where the ink is not known.
        entries: Whether each is an entry of a table of contents (n,).
    """
    boxes: np.ndarray
    bases: np.ndarray
    starts: LineStarts | None
    entries: np.ndarray

    @property
    def height(self) -> np.ndarray:
        """Of each row, (n,)."""
        return self.boxes[:, 3] - self.boxes[:, 1]


def within_paragraphs(rows: Rows, pairs: np.ndarray) -> np.ndarray:
    """Return the pairs (2, p) of a row and the next one of which the second begins no paragraph.

    Paragraphs begin after a wider step, with an indentation, with the bullet or number of an item,
    and after a line whose end has room for the first word of the next, if lines next to
    it are full.

    Args:
        rows: Of the page.
        pairs: Of a row and the one below it in its column.
    """
    if not pairs.shape[1]:
        return pairs
    one, two = pairs
    paragraph = ~rows.entries[pairs].all(axis=0)
    wider = _wider(rows, pairs)
    ends = wider | (_indented(rows, pairs) & paragraph)
    if rows.starts is None:
        return pairs[:, ~ends]
    ends[~ends] = _items(rows, rows.starts, pairs[:, ~ends])
    ends &= paragraph | wider
    room = _room(rows, rows.starts, pairs) & paragraph
    column = connected(len(rows.boxes), pairs[:, ~ends])[one]
    number = int(column.max()) + 1
    full = (np.bincount(column[~ends & ~room], minlength=number)
            >= _RUNNING * np.bincount(column[~ends], minlength=number))
    unbroken = np.zeros((2, len(rows.boxes)), bool)  # the row is full; the one before it is
    unbroken[0, one], unbroken[1, two] = ~room & ~ends, ~room & ~ends
    return pairs[:, ~(ends | (room & full[column] & (unbroken[1, one] | unbroken[0, two])))]


def _wider(rows: Rows, pairs: np.ndarray) -> np.ndarray:
    """Whether the step between the two of each pair is wider than one next to it."""
    one, two = pairs
    step = rows.bases[two] - rows.bases[one]
    # the smallest steps from each line to one above and to one below
    from_above, to_below = (np.full(len(rows.boxes), np.inf) for _ in range(2))
    np.minimum.at(from_above, two, step)
    np.minimum.at(to_below, one, step)
    usual = np.minimum(from_above[one], to_below[two])
    height = np.minimum(*rows.height[pairs])
    return (step > _STEP * usual) & (step - usual > 0.25 * height)


def _indented(rows: Rows, pairs: np.ndarray) -> np.ndarray:
    """Whether the second of a pair is indented, or outdented, and the line after it is not.

    Centred lines are not indented.
    """
    boxes, (one, two) = rows.boxes, pairs
    height = np.minimum(*rows.height[pairs])
    after = np.full(len(boxes), -1)
    after[one] = two
    third = after[two]
    shift = np.abs(boxes[two, 0] - boxes[one, 0])
    back = np.abs(boxes[third, 0] - boxes[one, 0]) < _FLUSH * height
    # the line that is indented runs to the other margin
    full = boxes[third, 2] - boxes[two, 2] < _FLUSH * height
    return ((third >= 0) & back & full & ~_centred(rows, pairs) & (shift > _INDENT * height)
            & (shift < _LARGEST_INDENT * height))


def _centred(rows: Rows, pairs: np.ndarray) -> np.ndarray:
    """Whether the middles of the two of each pair are below each other."""
    middle = (rows.boxes[:, 0] + rows.boxes[:, 2]) / 2
    return np.abs(np.subtract(*middle[pairs])) < _FLUSH * np.minimum(*rows.height[pairs])


def _items(rows: Rows, starts: LineStarts, pairs: np.ndarray) -> np.ndarray:
    """Whether the second of a pair begins an item of a list, or is the first one after it."""
    one, two = pairs
    height, two_words = rows.height, np.isfinite(starts.text)
    gap = np.where(two_words, starts.text, 0.) - np.where(two_words, starts.word, 0.)
    left = rows.boxes[:, 0] + starts.ink
    text = rows.boxes[:, 0] + np.where(two_words, starts.text, 0.)
    width = starts.word - starts.ink
    more = np.where(width <= _NARROW * height, _MORE, _MORE_AFTER_WIDE)
    marked = (two_words & (width <= _MARK * height) & (gap >= _MARK_GAP * height)
              & (gap >= more * starts.usual))
    hangs = np.zeros(len(height), bool)
    hangs[one] = (marked[one] & (np.abs(left[two] - text[one]) <= _HANG * height[one])
                  & (left[two] - left[one] > _FLUSH * height[one]))
    kind = _kinds(np.flatnonzero(marked), left, text, float(np.median(height)))
    counts = np.bincount(kind[kind >= 0], minlength=1)
    hanging = np.zeros(len(counts), bool)
    hanging[kind[hangs]] = True
    item = marked & (hangs | (counts[kind] > 1))
    return item[two] | _after_items(rows, left, pairs, item & hanging[kind])


def _kinds(numbers: np.ndarray, left: np.ndarray, text: np.ndarray, height: float) -> np.ndarray:
    """The list (n,) that each of some rows is of, by where it and its text begin; -1 for others."""
    found = np.full(len(left), -1)
    if not len(numbers):
        return found
    order = numbers[np.argsort(left[numbers], kind='stable')]
    column = np.append(0, np.cumsum(np.diff(left[order]) > _BELOW * height))
    again = np.lexsort((text[order], column))
    apart = (np.diff(text[order[again]]) > _BELOW * height) | (np.diff(column[again]) > 0)
    found[order[again]] = np.append(0, np.cumsum(apart))
    return found


def _after_items(rows: Rows, left: np.ndarray, pairs: np.ndarray, item: np.ndarray) -> np.ndarray:
    """Whether the second of a pair begins left of the text of the item that the first is of."""
    begins = np.where(item, left, -np.inf).tolist()  # of the item that a row is of
    found = np.zeros(pairs.shape[1], bool)
    least = (left - _FLUSH * rows.height).tolist()
    for number in np.argsort(rows.bases[pairs[0]], kind='stable').tolist():
        one, two = pairs[:, number].tolist()
        if item[two]:
            continue
        if least[two] <= begins[one]:
            found[number] = True
        else:
            begins[two] = max(begins[one], begins[two])
    return found


def _room(rows: Rows, starts: LineStarts, pairs: np.ndarray) -> np.ndarray:
    """Whether the first word of the second of a pair had room at the end of the first."""
    one, two = pairs
    column = connected(len(rows.boxes), pairs)
    margin = np.full(int(column.max()) + 1, -np.inf)
    np.maximum.at(margin, column, rows.boxes[:, 2])
    word = np.where(np.isfinite(starts.clear), starts.clear - starts.ink, np.inf)
    needed = word[two] + np.maximum(starts.usual[one], starts.usual[two])
    spare = margin[column[one]] - rows.boxes[one, 2]
    return (spare >= needed + _ROOM * rows.height[one]) & ~_centred(rows, pairs)
