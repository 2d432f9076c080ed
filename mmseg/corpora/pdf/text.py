"""Lines of text out of letters, and the regions that lines form."""
from __future__ import annotations

import numpy as np

from .boxes import Box, area, as_boxes

# Letters of one line stand at most this far apart, in heights of a letter: a wide space of
# justified text, but not the gap between two columns.
_WORD_GAP = 0.9
# Lines of one paragraph: gaps up to this many line heights are filled, or somewhat more than the
# narrow ones of the page are (double spacing).
_LINE_GAP = 0.45
_NARROW = 0.3
_MORE = 1.4
_WIDEST_LINE_GAP = 1.3


def text_lines(chars: np.ndarray, vertical: np.ndarray) -> np.ndarray:
    """Boxes (N, 4) of the lines that letters stand in, columns apart, from top to bottom.

    Args:
        chars: Boxes of the letters.
        vertical: Which of them run up or down the page.
    """
    swapped = chars[vertical][:, [1, 0, 3, 2]]
    lines = np.vstack([_rows(chars[~vertical]), _rows(swapped)[:, [1, 0, 3, 2]]])
    return lines[np.lexsort((lines[:, 0], lines[:, 1]))]


def _rows(chars: np.ndarray) -> np.ndarray:
    """Boxes of horizontal lines: each letter goes to the line it continues best."""
    open_lines: list[list[float]] = []
    done: list[list[float]] = []
    for left, top, right, bottom in chars[np.lexsort((chars[:, 1], chars[:, 0]))].tolist():
        height = bottom - top
        best, most = None, 0.5
        still_open = []
        for line in open_lines:
            tall = line[3] - line[1]
            if left - line[2] > _WORD_GAP * 2 * max(height, tall):
                done.append(line)
                continue
            still_open.append(line)
            overlap = (min(bottom, line[3]) - max(top, line[1])) / min(height, tall)
            # the gap in heights of the smaller: large letters are no bridge to another column
            if overlap > most and left - line[2] <= _WORD_GAP * min(height, tall) * 1.2:
                best, most = line, overlap
        open_lines = still_open
        if best is None:
            open_lines.append([left, top, right, bottom])
        else:
            best[:] = [best[0], min(top, best[1]), max(right, best[2]), max(bottom, best[3])]
    return as_boxes(done + open_lines)


def paragraph_gaps(lines: np.ndarray) -> list[Box]:
    """What lies between the lines of a paragraph: boxes as wide as both lines together stand.

    Args:
        lines: Boxes of the lines.
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
    """Share of a box that text covers, in [0, 1]: lines do not overlap much."""
    whole = float(area(np.asarray(box)))
    if not whole or not len(lines):
        return 0.
    left_top = np.maximum(lines[:, :2], box[:2])
    right_bottom = np.minimum(lines[:, 2:], box[2:])
    return min(1., float(area(np.hstack([left_top, right_bottom])).sum()) / whole)
