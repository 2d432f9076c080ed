"""Pictures of text lines, straightened along their baselines, for an OCR engine."""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from .region import TextLine

# White around a line, in pixels: engines expect some.
_MARGIN = 4
# Levels of grey that count as one, and share of the most frequent one that paper has at least.
_LEVELS, _MANY = 16, 0.5
# Letters may reach out of the line's outline by this share of its height.
_OVERHANG = 0.15
# Lines of fewer heights are read together with another one of their row.
_SHORT = 3.0
# Rules differ from the paper by so many levels. Those across a line are thinner than this share of
# its height, those along it are longer than so many heights.
_DARKER, _THIN, _LONG = 32, 0.15, 1.5
# Longest side of a picture in pixels.
_LONGEST = 20_000


def line_picture(image: np.ndarray, line: TextLine) -> np.ndarray:
    """Return a line as a picture (h, w, 3), its baseline level; curved lines become straight.

    What is outside of the line's outline, by more than 0.15 of its height, is the colour of its
    paper, and so are thin rules that cross the line or are right above or below it, as those of
    tables, which engines read as letters. Letters of vertical lines stay below each other.

    Args:
        image: The page, uint8 (H, W, 3) in BGR.
        line: On that page.
    """
    picture, _ = _straightened(image, line)
    return np.ascontiguousarray(picture.transpose(1, 0, 2)[:, ::-1]
                                if line.direction == 'vertical' else picture)


def row_pictures(image: np.ndarray, lines: Sequence[TextLine]) -> list[np.ndarray]:
    """Return a picture (h, w, 3) of each row of lines, as engines read them best.

    Lines that follow each other in one row, such as the cells of a table or an option and its
    description, become one picture with white between them: engines read single digits worse by
    themselves.

    Args:
        image: The page, uint8 (H, W, 3) in BGR.
        lines: On that page, in reading order.
    """
    rows: list[list[TextLine]] = []
    for line in lines:
        if rows and _continues(rows[-1][-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line_picture(image, row[0]) if len(row) == 1 else _side_by_side(
        [_straightened(image, line) for line in row]) for row in rows]


def _continues(one: TextLine, two: TextLine) -> bool:
    """Whether two level lines are of one row, the first of them read first."""
    if 'vertical' in (one.direction, two.direction) or one.direction != two.direction:
        return False
    first, second = (two, one) if one.direction == 'rtl' else (one, two)
    (_, top, right, bottom), (left, upper, _, lower) = first.polygon.bounds, second.polygon.bounds
    common, height = min(bottom, lower) - max(top, upper), min(bottom - top, lower - upper)
    short = min(right - first.polygon.bounds[0], second.polygon.bounds[2] - left)
    return left >= right and common > 0.5 * height and short < _SHORT * height


def _side_by_side(pictures: Sequence[tuple[np.ndarray, int]]) -> np.ndarray:
    """Pictures of lines, from the left, with their baselines at one height."""
    above = max(base for _, base in pictures)
    below = max(len(picture) - base for picture, base in pictures)
    parts = []
    for picture, base in pictures:
        edges = (above - base, below - len(picture) + base)
        paper = np.median(picture[:1], axis=(0, 1)).tolist()
        parts.append(cv2.copyMakeBorder(picture, *edges, 0, above + below, cv2.BORDER_CONSTANT,
                                        value=paper))
    return np.concatenate(parts, axis=1)


def _straightened(image: np.ndarray, line: TextLine) -> tuple[np.ndarray, int]:
    """A line as a picture with a level baseline, and the row of that."""
    points = np.asarray(line.baseline, np.float64)
    points = points[::-1] if line.direction == 'rtl' else points
    along, across = _grid(points)
    outline = np.asarray(line.polygon.exterior.coords)
    # distances of the outline from the chord, and how far the baseline bends from it
    chord = (points[-1] - points[0]) / max(np.hypot(*(points[-1] - points[0])), 1e-9)
    normal = np.array([-chord[1], chord[0]])
    reach = (outline - points[0]) @ normal
    bend = (points - points[0]) @ normal
    over = max(1, round(_OVERHANG * (np.ptp(reach) - np.ptp(bend))))
    low = int(np.floor(reach.min() - bend.max())) - _MARGIN - over + 1
    high = int(np.ceil(reach.max() - bend.min())) + _MARGIN + over - 1
    down = np.clip(np.arange(low, high + 1), -_LONGEST, _LONGEST)
    spots = along[None] + down[:, None, None] * across[None]
    spots = (spots - 0.5).astype(np.float32)
    left, top = np.maximum(np.floor(spots.min(axis=(0, 1))).astype(int) - 1, 0)
    right, bottom = np.ceil(spots.max(axis=(0, 1))).astype(int) + 2
    window = image[top:max(bottom, top + 1), left:max(right, left + 1)]
    mask = np.zeros(window.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(outline - (left, top) - 0.5).astype(np.int32)], 255)
    paper = _paper(window, mask)
    maps = spots - np.array([left, top], np.float32)
    picture = cv2.remap(window, maps[..., 0], maps[..., 1], cv2.INTER_CUBIC,
                        borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.remap(cv2.dilate(mask, np.ones((2 * over + 1, 2 * over + 1), np.uint8)),
                       maps[..., 0], maps[..., 1], cv2.INTER_NEAREST)
    outside = _MARGIN + over - 1
    picture[_rules(picture, paper, outside) | (inside == 0)] = paper
    return picture, -low


def _rules(picture: np.ndarray, paper: np.ndarray, outside: int) -> np.ndarray:
    """Whether pixels (h, w) are of thin rules: across a line, or above or below its outline.

    One across goes on beyond the line, above and below; at the ends of a line, one side suffices.
    There is none where the line has no paper around it.

    Args:
        picture: Of the line (h, w, 3).
        paper: Its colour.
        outside: Rows above and below the line.
    """
    ink = np.abs(picture.astype(np.int16) - paper).max(axis=2) >= _DARKER
    height, width = len(ink) - 2 * outside, ink.shape[1]
    if height < 1 or max(ink[:outside].mean(), ink[-outside:].mean()) > 0.5:
        return np.zeros(ink.shape, bool)
    above, below = ink[:-outside].all(axis=0), ink[outside:].all(axis=0)
    across = above & below
    for end in (np.s_[:height], np.s_[-height:]):
        across[end] |= above[end] | below[end]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], across, [0]])))
    for first, last in edges.reshape(-1, 2).tolist():
        if last - first > max(_THIN * height, 3):
            across[first:last] = False
    length = min(int(_LONG * height), width - 2 * _MARGIN)
    along = cv2.morphologyEx(ink.view(np.uint8), cv2.MORPH_OPEN,
                             np.ones((1, max(length, 3)), np.uint8))
    along[outside + 2:-outside - 2] = 0
    return cv2.dilate(along | across.view(np.uint8), np.ones((3, 3), np.uint8)) > 0


def _grid(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places along a line a pixel apart (n, 2), and unit vectors to its right there."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    length = np.append(0., np.cumsum(steps))
    count = int(min(np.ceil(length[-1]), _LONGEST)) + 2 * _MARGIN + 1
    places = np.linspace(-_MARGIN, length[-1] + _MARGIN, max(count, 2))
    along = np.stack([np.interp(places, length, points[:, axis]) for axis in (0, 1)], axis=1)
    # beyond the ends it goes straight on
    for end, step in ((0, points[0] - points[1]), (-1, points[-1] - points[-2])):
        over = -places if end == 0 else places - length[-1]
        ahead = over > 0
        along[ahead] = points[end] + over[ahead, None] * step / max(np.hypot(*step), 1e-9)
    tangent = np.gradient(along, axis=0)
    tangent /= np.maximum(np.hypot(*tangent.T), 1e-9)[:, None]
    return along, np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)


def _paper(window: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The colour of a line's paper: the lightest of those that many of its pixels have.

    Bold low letters cover more than half of a line, light ones on dark paper much less.
    """
    inside = window[mask > 0]
    if not len(inside):
        return np.full(3, 255, np.uint8)
    level = inside.mean(axis=1) // _LEVELS
    count = np.bincount(level.astype(int), minlength=256 // _LEVELS)
    count = count + np.append(count[1:], 0) + np.append(0, count[:-1])
    lightest = np.flatnonzero(count >= _MANY * count.max())[-1]
    # bins next to a full one have its pixels too
    near = np.abs(level - lightest) <= 1
    return np.median(inside[near], axis=0).astype(np.uint8)
