"""Lines of text: letters put in rows, and the ink that is seen of each row."""
from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .boxes import Box, area, as_boxes, to_pixels
from .pdfium import Letters

# Letters of one line are at most this far apart, in heights of a letter: a wide space of
# justified text, but not the gap between two columns.
_WORD_GAP = 1.25
# Letters of one word, in ems.
_LETTER_GAP = 0.25
# A letter reaches so far below and above its baseline, in ems.
_BELOW, _ABOVE = 0.22, 0.76
# Letters whose line runs more obliquely than this (tangent) are watermarks.
_OBLIQUE = 0.2
# Lines of one paragraph: gaps up to this many line heights are filled, or somewhat more than the
# narrow ones of the page are (double spacing).
_LINE_GAP = 0.6
_NARROW = 0.3
_MORE = 1.4
_WIDEST_LINE_GAP = 1.3
# Lines whose ink overlaps by up to this part of a line are parted where there is least of it.
_DEEPEST_OVERLAP = 0.4
# Hebrew, Arabic and their neighbours.
_RIGHT_TO_LEFT = ((0x0590, 0x08FF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFE), (0x10800, 0x10FFF))
# Scripts that are also written in columns.
_COLUMNS = ((0x2E80, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF), (0xFE30, 0xFE4F),
            (0xFF00, 0xFFEF), (0x20000, 0x3FFFF))


@dataclass(frozen=True)
class TextLines:
    """Lines of text of a page, from top to bottom.

    Attributes:
        boxes: (N, 4) around what is seen of each, in whole pixels.
        turns: (N,) how their letters lie: 0 upright, 1, 2, 3 turned by as many quarters clockwise.
        directions: (N,) 'ltr', 'rtl', or 'vertical' for upright letters below each other.
        words: (M, 4) boxes of words before the ink was looked at.
        oblique: (K, 4) boxes of the words that run across the page at an angle.
        unknown: Share of the text's ink that belongs to no line, in [0, 1].
    """

    boxes: np.ndarray
    turns: np.ndarray
    directions: list[str]
    words: np.ndarray
    oblique: np.ndarray
    unknown: float


def read_lines(letters: Letters, ink: np.ndarray) -> TextLines:
    """The lines that can be seen.

    Args:
        letters: Of the page.
        ink: Where (H, W) text is seen.
    """
    vertical = _in_columns(letters)
    turns = np.round(np.arctan2(letters.along[:, 1], letters.along[:, 0]) / (np.pi / 2)) % 4
    slope = np.sort(np.abs(letters.along), axis=1)
    oblique = slope[:, 0] > _OBLIQUE * slope[:, 1]
    bands = _bands(letters, vertical, ink.shape)
    usable = (area(bands) > 0) & ~oblique
    rows: list[Box] = []
    kinds: list[tuple[int, str]] = []
    words: list[np.ndarray] = []
    for turn in range(4):
        for column in (False, True):
            here = np.flatnonzero(usable & (turns == turn) & (vertical == column))
            if not len(here):
                continue
            flat = (turn % 2 == 0) != column
            parts = _words(bands[here], letters.ems[here], flat)
            words.append(parts)
            found = _rows(parts) if flat else _flipped(_rows(_flipped(parts)))
            rows += [tuple(row) for row in found.tolist()]  # type: ignore[misc]
            kinds += [(turn, 'vertical' if column else _direction(letters.codes[here], bands[here],
                                                                  row)) for row in found]
    # letters that run at an angle own their ink, so that it is not taken for a line's
    slanted = np.clip(letters.boxes[oblique], 0, [*ink.shape[::-1]] * 2)
    boxes, unknown = _inked(as_boxes(rows), slanted, bands[usable], ink)
    kept = np.flatnonzero(area(boxes) > 0)
    kept = kept[np.lexsort((boxes[kept, 0], boxes[kept, 1]))]
    return TextLines(_apart(boxes[kept], ink), np.array([kinds[index][0] for index in kept], int),
                     [kinds[index][1] for index in kept],
                     np.vstack([as_boxes([]), *words]), slanted[area(slanted) > 0], unknown)


def _flipped(boxes: np.ndarray) -> np.ndarray:
    """Boxes with x and y exchanged."""
    return boxes[:, [1, 0, 3, 2]]


def _among(codes: np.ndarray, ranges: tuple[tuple[int, int], ...]) -> np.ndarray:
    """Whether (N,) codes are in one of the ranges."""
    return np.any([(codes >= low) & (codes <= high) for low, high in ranges], axis=0)


def _in_columns(letters: Letters) -> np.ndarray:
    """Whether (N,) letters are below each other, as in vertical Chinese or Japanese.

    PDFium does not tell the writing mode of a font: upright letters of one text object that
    follow each other downwards do.
    """
    found = np.zeros(len(letters), bool)
    if len(letters) < 2:
        return found
    centres = (letters.boxes[:, :2] + letters.boxes[:, 2:]) / 2
    step = np.diff(centres, axis=0)
    em = np.maximum(letters.ems[1:], 1e-6)
    across = np.stack([-letters.along[1:, 1], letters.along[1:, 0]], axis=1)
    forward = np.abs((step * letters.along[1:]).sum(axis=1)) / em
    downward = (step * across).sum(axis=1) / em
    script = _among(letters.codes, _COLUMNS)
    joined = ((forward < 0.35) & (downward > 0.5) & (downward < 1.6)
              & (letters.owners[1:] == letters.owners[:-1]) & (script[1:] | script[:-1]))
    found[1:] |= joined
    found[:-1] |= joined
    return found


def _bands(letters: Letters, vertical: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Boxes (N, 4) of the letters as high as their line, cut to the page.

    A band goes from below the baseline to above it, by the size of the font: the ascender and
    descender that a font names are often wrong. Where it misses the drawn letter, as it does for
    fonts that count in units of their own, the letter's box is the band.
    """
    low = letters.origins - letters.up * _BELOW
    high = letters.origins + letters.up * _ABOVE
    tight = letters.boxes
    known = area(tight) > 0
    flat = np.abs(letters.along[:, 0]) >= np.abs(letters.along[:, 1])
    bands = tight.copy()
    for axis, here in ((1, flat), (0, ~flat)):
        bands[here, axis] = np.minimum(low, high)[here, axis]
        bands[here, axis + 2] = np.maximum(low, high)[here, axis]
    common = np.minimum(bands[:, 2:], tight[:, 2:]) - np.maximum(bands[:, :2], tight[:, :2])
    extent = tight[:, 2:] - tight[:, :2]
    missed = known & ((common < 0.5 * extent).any(axis=1) | ~np.isfinite(bands).all(axis=1))
    bands[missed | vertical] = tight[missed | vertical]
    height, width = size
    centres = (bands[:, :2] + bands[:, 2:]) / 2
    inside = ((centres > 0) & (centres < [width, height])).all(axis=1)
    bands = np.clip(np.nan_to_num(bands), 0, [width, height, width, height])
    bands[~inside] = 0
    return bands


def _words(bands: np.ndarray, ems: np.ndarray, flat: bool) -> np.ndarray:
    """Boxes of letters that follow each other closely along x, or along y."""
    first, second = (0, 1) if flat else (1, 0)
    one, next_ = bands[:-1], bands[1:]
    gap = np.maximum(next_[:, first] - one[:, first + 2], one[:, first] - next_[:, first + 2])
    tall = bands[:, second + 2] - bands[:, second]
    common = (np.minimum(one[:, second + 2], next_[:, second + 2])
              - np.maximum(one[:, second], next_[:, second]))
    near = ((gap < _LETTER_GAP * np.maximum(np.minimum(ems[:-1], ems[1:]), 1e-6))
            & (common > 0.7 * np.maximum(tall[:-1], tall[1:])))
    starts = np.concatenate([[0], np.flatnonzero(~near) + 1])
    return np.hstack([np.minimum.reduceat(bands[:, :2], starts),
                      np.maximum.reduceat(bands[:, 2:], starts)])


def _rows(parts: np.ndarray) -> np.ndarray:
    """Boxes of horizontal lines: each word goes to the line it continues best."""
    open_lines: list[list[float]] = []
    done: list[list[float]] = []
    for left, top, right, bottom in parts[np.lexsort((parts[:, 1], parts[:, 0]))].tolist():
        height = bottom - top
        best, most = None, 0.5
        still_open = []
        for line in open_lines:
            tall = line[3] - line[1]
            if left - line[2] > _WORD_GAP * 2 * max(height, tall):
                done.append(line)
                continue
            still_open.append(line)
            smaller = max(min(height, tall), 1e-6)
            overlap = (min(bottom, line[3]) - max(top, line[1])) / smaller
            # the gap in heights of the smaller: large letters do not join two columns
            if overlap > most and left - line[2] <= _WORD_GAP * smaller:
                best, most = line, overlap
        open_lines = still_open
        if best is None:
            open_lines.append([left, top, right, bottom])
        else:
            best[:] = [best[0], min(top, best[1]), max(right, best[2]), max(bottom, best[3])]
    return as_boxes(done + open_lines)


def _direction(codes: np.ndarray, bands: np.ndarray, row: np.ndarray) -> str:
    """'rtl' where most letters in a row are of scripts that are read to the left, else 'ltr'."""
    centres = (bands[:, :2] + bands[:, 2:]) / 2
    inside = ((centres >= row[:2]) & (centres <= row[2:])).all(axis=1)
    left = _among(codes[inside], _RIGHT_TO_LEFT).sum()
    return 'rtl' if left > 0.5 * max(1, inside.sum()) else 'ltr'


def _inked(rows: np.ndarray, slanted: np.ndarray, bands: np.ndarray, ink: np.ndarray) -> tuple[
        np.ndarray, float]:
    """Boxes (N, 4) around the ink of each row, without an area where there is none, and the share
    of the ink that is not a row's.

    Connected ink that reaches out of a row, such as an accent or a descender, goes to the row that
    has most of it; where it connects several rows, each keeps what is its own.
    """
    size = (ink.shape[0], ink.shape[1])
    # 0 for none, rows from 1, what is at an angle last
    owner: np.ndarray = np.zeros(size, np.int32)
    margin = np.array([-1.5, 0, 1.5, 0])  # letters end within a pixel
    for number, box in enumerate(rows, 1):
        ends = margin if box[2] - box[0] >= box[3] - box[1] else margin[[1, 0, 3, 2]]
        owner[to_pixels(box + ends, size)] = number
    best = _row_of(bands, rows)
    for band, number in zip(bands[best > 0], best[best > 0].tolist()):
        owner[to_pixels(band, size)] = number
    other = len(rows) + 1
    for box in slanted:
        view = owner[to_pixels(box, size)]
        view[view == 0] = other
    count, parts = cv2.connectedComponents(ink.astype(np.uint8))
    where = np.flatnonzero(ink.ravel())
    part, own = parts.ravel()[where].astype(np.int64), owner.ravel()[where].astype(np.int64)
    pairs, numbers = np.unique(part[own > 0] * (other + 1) + own[own > 0], return_counts=True)
    order = np.argsort(numbers, kind='stable')  # the last one written has most
    of_part = np.zeros(count, np.int64)
    of_part[pairs[order] // (other + 1)] = pairs[order] % (other + 1)
    final = np.where(own > 0, own, of_part[part])
    found = np.full((other + 1, 4), [np.inf, np.inf, 0., 0.])
    y, x = np.divmod(where, size[1])
    for axis, value in ((0, x), (1, y)):
        np.minimum.at(found[:, axis], final, value)
        np.maximum.at(found[:, axis + 2], final, value + 1)
    found[np.isinf(found[:, 0])] = 0
    return found[1:other], float((final == 0).mean()) if len(final) else 0.


def _row_of(bands: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Number (N,) of the row, from 1, that each letter's middle is in: the least high where there
    are several, 0 for none."""
    centres = (bands[:, :2] + bands[:, 2:]) / 2
    best = np.zeros(len(bands), int)
    height = np.full(len(bands), np.inf)
    for number, row in enumerate(rows, 1):
        inside = ((centres >= row[:2]) & (centres <= row[2:])).all(axis=1)
        inside &= row[3] - row[1] < height
        best[inside], height[inside] = number, row[3] - row[1]
    return best


def _apart(boxes: np.ndarray, ink: np.ndarray) -> np.ndarray:
    """Boxes with at least a row of pixels between lines above each other, where they overlap
    little: it lies where there is least ink."""
    boxes = boxes.copy()
    flat = boxes[:, 2] - boxes[:, 0] >= boxes[:, 3] - boxes[:, 1]
    for index in np.flatnonzero(flat):
        upper = boxes[index]
        near = np.flatnonzero(
            flat & (boxes[:, 1] > upper[1]) & (boxes[:, 1] <= upper[3]) & (boxes[:, 3] > upper[3])
            & (np.minimum(boxes[:, 2], upper[2]) > np.maximum(boxes[:, 0], upper[0])))
        for other in near:
            lower = boxes[other]
            deep = upper[3] - lower[1]
            if deep < 0 or deep > _DEEPEST_OVERLAP * min(upper[3] - upper[1],
                                                         lower[3] - lower[1]):
                continue
            left, right = int(max(upper[0], lower[0])), int(min(upper[2], lower[2]))
            top, bottom = int(lower[1]) - (deep == 0), int(upper[3]) + (deep == 0)
            amount = ink[top:bottom, left:right].sum(axis=1)
            row = top + int(np.argmin(amount))
            upper[3], lower[1] = min(upper[3], row), max(lower[1], row + 1)
    return boxes


def paragraph_gaps(lines: np.ndarray) -> list[Box]:
    """The gaps between the lines of a paragraph: boxes as wide as both lines together.

    Args:
        lines: Boxes of the lines, ``(n, 4)``: left, top, right, bottom in pixels.
    """
    pairs = [(upper, lower, gap / min(lines[upper, 3] - lines[upper, 1],
                                      lines[lower, 3] - lines[lower, 1]))
             for upper, lower, gap in _neighbours(lines)]
    if not pairs:
        return []
    narrow = float(np.quantile([gap for *_, gap in pairs], _NARROW))
    limit = min(max(_LINE_GAP, _MORE * narrow), _WIDEST_LINE_GAP)
    filled = []
    for upper, lower, gap in pairs:
        if gap <= limit:
            a, b = lines[upper], lines[lower]
            filled.append((max(a[0], b[0]), a[3], min(a[2], b[2]), b[1]))
    return filled


def _neighbours(lines: np.ndarray) -> list[tuple[int, int, float]]:
    """Each line with the nearest one below it, and the gap between them in pixels."""
    heights = lines[:, 3] - lines[:, 1]
    widths = lines[:, 2] - lines[:, 0]
    pairs = []
    for index, line in enumerate(lines):
        common = np.minimum(lines[:, 2], line[2]) - np.maximum(lines[:, 0], line[0])
        gaps = lines[:, 1] - line[3]
        centre_below = lines[:, 1] + heights / 2 > line[3]
        below = np.flatnonzero(centre_below & (common > 0.3 * np.minimum(widths, widths[index])))
        if len(below):
            nearest = below[np.argmin(gaps[below])]
            if gaps[nearest] > 0:
                pairs.append((index, int(nearest), float(gaps[nearest])))
    return pairs


def covered(box: Box, lines: np.ndarray) -> float:
    """Share of a box that lines ``(n, 4)`` cover, in [0, 1]; they do not overlap much."""
    whole = float(area(np.asarray(box)))
    if not whole or not len(lines):
        return 0.
    left_top = np.maximum(lines[:, :2], box[:2])
    right_bottom = np.minimum(lines[:, 2:], box[2:])
    return min(1., float(area(np.hstack([left_top, right_bottom])).sum()) / whole)
