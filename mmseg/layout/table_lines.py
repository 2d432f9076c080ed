"""The text lines of tables: in cells, complete, and read row by row."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import shapely
from shapely.geometry import Polygon

from ..utils.components import part_boxes
from .blocks import order_in_block
from .ink import Levelled, as_grey, levelled
from .line_ends import join_pieces
from .lines import FoundLine, level, on_page, which_vertical
from .region import Region

# Levels of grey by which rules and letters are darker than the paper next to them.
_DARKER = 20
# Rules are thinner than this share of a line's height, and longer than so many heights; those
# between rows cross this share of the table.
_THICK, _LONG, _ACROSS = 0.4, 2.0, 0.5
# Height of letters, and length of parts that may be joined letters, in heights of a line.
_LETTER, _LONGEST = (0.35, 1.4), 3.0
# Length of marks, which are lower than letters, and how far they are from these, in heights of a
# line; parts of fewer pixels are spots.
_MARK, _AT, _SPOT = 0.8, 0.4, 4
# Lower lines, in heights of a line, may be parts of letters.
_PARTIAL = 0.55
# Tables with so many rules between rows have one between any two.
_RULED = 4
# Between rules, cells are apart by so many heights of a line.
_CELL_GAP = 1.5
# Lines of the first cell that are farther apart, in heights of a line, begin rows of their own.
_ROW_GAP = 1.0
# A heading between two rules is in the middle of the table to within this part of its width.
_CENTRED = 0.1
# Parts of ink that are looked at; a table with more is a picture.
_MOST = 5000


class Rules(NamedTuple):
    """The drawn lines of a table whose rows are level.

    Attributes:
        across: y of each rule between rows, (n,), sorted.
        down: x, top and bottom of each rule between columns, (m, 3).
    """
    across: np.ndarray
    down: np.ndarray

    def walls(self) -> np.ndarray:
        """Boxes (m, 4) of the rules between columns."""
        return self.down[:, [0, 1, 0, 2]]


def table_lines(lines: Sequence[FoundLine], table: Region, image: np.ndarray,
                others: Sequence[Polygon] = (), right_to_left: bool = False) -> list[FoundLine]:
    """Return the lines of a table row by row, those of a cell together.

    A line that a rule divides becomes two. Letters in which no line was found, as single digits
    often are, become lines. A table with rules is read cell by cell, any other as its
    lines are next to each other.

    Args:
        lines: Found in it.
        table: The table, whose confidence is the score of lines that were not found.
        image: The page, uint8 (H, W, 3) in BGR or (H, W).
        others: Outlines of other lines of the page, whose letters are not the table's.
        right_to_left: Whether rows are read from the right.
    """
    polygons = [line.polygon for line in lines]
    if not lines:
        return []
    if which_vertical(polygons).mean() > 0.5:
        return [lines[number] for number in order_in_block(level(polygons, True).boxes)]
    outline = table.polygon
    left, top = np.maximum(np.floor(outline.bounds[:2]).astype(int) - 2, 0).tolist()
    right, bottom = (np.ceil(outline.bounds[2:]).astype(int) + 2).tolist()
    page = levelled(as_grey(image[top:bottom, left:right]), level(polygons).turn, (left, top))
    boxes = _boxes(polygons, page)
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    dark = _darker(page.grey, height)
    rules = find_rules(dark, height)
    found = [part for line in lines for part in _divided(line, page, rules, height)]
    boxes = _boxes([line.polygon for line in found], page)
    whole = boxes[:, 3] - boxes[:, 1] >= _PARTIAL * height
    taken = np.concatenate([boxes[whole], _boxes(others, page)])
    letters = _missed(dark, page, taken, outline, height)
    doubled = np.zeros(len(found), bool)
    doubled[shapely.STRtree(shapely.box(*boxes.T)).query(shapely.box(*letters.T))[1]] = True
    found = [line for line, drop in zip(found, doubled & ~whole, strict=True) if not drop]
    for box in letters:
        letter = on_page(shapely.transform(shapely.box(*box), page.back), image.shape)
        found += [] if letter is None else [FoundLine(letter, table.confidence, table.label)]
    found = join_pieces(found, _boxes([line.polygon for line in found], page), rules.walls())
    order = order_in_table(_boxes([line.polygon for line in found], page), rules, right_to_left)
    return [found[number] for number in order]


def _boxes(polygons: Sequence[Polygon], page: Levelled) -> np.ndarray:
    return shapely.bounds(shapely.transform(np.array(polygons, object), page.there))


def _darker(grey: np.ndarray, height: float) -> np.ndarray:
    """Whether pixels (h, w) are ink: darker than the paper around them."""
    size = max(2 * int(height) + 1, 5)
    paper = cv2.GaussianBlur(grey, (size, size), 0)
    return grey.astype(np.int16) < paper.astype(np.int16) - _DARKER


def find_rules(dark: np.ndarray, height: float) -> Rules:
    """Return the rules of a table.

    Args:
        dark: Whether there is ink, (h, w) bool.
        height: Of a line, in pixels.
    """
    ink = np.ascontiguousarray(dark).view(np.uint8)
    across = _long_parts(ink, height)
    down = _long_parts(np.ascontiguousarray(ink.T), height)
    length = np.zeros(len(dark))
    for _, y, wide, tall in across.tolist():
        length[int(y + tall / 2)] += wide
    # parts of one rule are at most a few rows apart
    rows = np.convolve(length, np.ones(int(_THICK * height) | 1), 'same')
    edges = np.flatnonzero(np.diff(np.concatenate([[0], rows > _ACROSS * dark.shape[1], [0]])))
    return Rules((edges[::2] + edges[1::2]) / 2,
                 np.array([(y + tall / 2, x, x + wide) for x, y, wide, tall in down.tolist()]
                          ).reshape(-1, 3))


def _long_parts(ink: np.ndarray, height: float) -> np.ndarray:
    """Boxes x, y, width, height (n, 4) of thin level parts of ink."""
    kernel = np.ones((1, int(_LONG * height) | 1), np.uint8)  # odd: it has a middle
    stats = part_boxes(cv2.morphologyEx(ink, cv2.MORPH_OPEN, kernel))
    return stats[1:][stats[1:, 3] <= max(_THICK * height, 2), :4]


def _divided(line: FoundLine, page: Levelled, rules: Rules, height: float) -> list[FoundLine]:
    """The parts of a line between the rules that cross it."""
    outline = shapely.transform(line.polygon, page.there)
    left, top, right, bottom = outline.bounds
    margin = 0.3 * height
    x, upper, lower = rules.down.T
    crossing = ((x > left + margin) & (x < right - margin)
                & (upper < top + margin) & (lower > bottom - margin))
    if not crossing.any():
        return [line]
    cuts = [left - 1, *sorted(x[crossing].tolist()), right + 1]
    parts = [shapely.intersection(outline, shapely.box(one + 1, top, two - 1, bottom))
             for one, two in zip(cuts, cuts[1:]) if two - one > 3]
    return [line._replace(polygon=shapely.transform(part, page.back)) for part in parts
            if isinstance(part, Polygon) and part.area] or [line]


def _missed(dark: np.ndarray, page: Levelled, boxes: np.ndarray, table: Polygon,
            height: float) -> np.ndarray:
    """Boxes (n, 4) around letters that are in no line."""
    stats = part_boxes(np.ascontiguousarray(dark).view(np.uint8))[1:]
    low, high = (share * height for share in _LETTER)
    letter = ((stats[:, 3] >= low) & (stats[:, 3] <= high) & (stats[:, 2] <= _LONGEST * height))
    mark = (stats[:, 3] < low) & (stats[:, 2] <= _MARK * height) & (stats[:, 4] >= _SPOT)
    if not letter.any() or np.count_nonzero(letter | mark) > _MOST:
        return np.empty((0, 4))
    parts = stats[letter | mark, :4].astype(float)
    parts[:, 2:] += parts[:, :2]
    middles = shapely.points((parts[:, :2] + parts[:, 2:]) / 2)
    taken = shapely.STRtree(shapely.box(*boxes.T)).query(middles, 'intersects')[0]
    inside = shapely.contains(table, shapely.transform(middles, page.back))
    inside[taken] = False
    is_mark = mark[letter | mark][inside]
    return _with_marks(parts[inside][~is_mark], parts[inside][is_mark], height)


def _with_marks(letters: np.ndarray, marks: np.ndarray, height: float) -> np.ndarray:
    """Boxes (n, 4) around letters, a pixel larger, with the hyphens, dots and quotes at them."""
    boxes = letters + (-1, -1, 1, 1)
    reach = height * np.array([-_AT, -_AT / 2, _AT, _AT / 2])
    mark, letter = shapely.STRtree(shapely.box(*(letters + reach).T)).query(shapely.box(*marks.T))
    np.minimum.at(boxes[:, :2], letter, marks[mark, :2] - 1)
    np.maximum.at(boxes[:, 2:], letter, marks[mark, 2:] + 1)
    return boxes


def order_in_table(boxes: np.ndarray, rules: Rules, right_to_left: bool = False) -> list[int]:
    """Return the numbers of a table's lines in reading order.

    Args:
        boxes: Left, top, right, bottom of each line (n, 4); rows are level.
        rules: Of the table.
        right_to_left: Whether rows are read from the right.
    """
    band_of = np.searchsorted(rules.across, (boxes[:, 1] + boxes[:, 3]) / 2)
    bands = [np.flatnonzero(band_of == band) for band in np.unique(band_of)]
    order: list[int] = []
    for band in bands:
        if len(band) > 1 and _has_heading(boxes[band], (boxes[:, 0].min(), boxes[:, 2].max())):
            first = boxes[band, 1].argmin()
            order.append(int(band[first]))
            band = np.delete(band, first)
        cells = _cells(boxes[band], rules, right_to_left)
        counts = {len(cell) for cell in cells}
        ruled = len(bands) >= _RULED or (len(rules.down) and len(counts) > 1)
        if ruled and not _has_rows(boxes[band][cells[0]]):
            order += [int(band[number]) for cell in cells
                      for number in cell[order_in_block(boxes[band][cell], right_to_left)]]
        else:
            order += band[order_in_block(boxes[band], right_to_left)].tolist()
    return order


def _has_heading(boxes: np.ndarray, sides: tuple[float, float]) -> bool:
    """Whether the uppermost of lines (n, 4) is above all others, midway between a table's sides."""
    first = boxes[:, 1].argmin()
    others = np.delete(boxes, first, axis=0)
    off = abs(boxes[first, 0] + boxes[first, 2] - sum(sides)) / 2
    return bool(boxes[first, 3] <= others[:, 1].min() and off <= _CENTRED * (sides[1] - sides[0])
                and boxes[first, 0] > others[:, 0].min())


def _has_rows(first: np.ndarray) -> bool:
    """Whether the lines (n, 4) of the first cell between two rules are of several rows."""
    lines = first[np.argsort(first[:, 1], kind='stable')]
    height = np.median(lines[:, 3] - lines[:, 1])
    return bool((lines[1:, 1] - lines[:-1, 3] > _ROW_GAP * height).any())


def _cells(boxes: np.ndarray, rules: Rules, right_to_left: bool) -> list[np.ndarray]:
    """The lines of a row's cells in reading order: between rules, or gaps that go down through it.

    Where rules divide the row, gaps as between the words of a line divide nothing.
    """
    x, top, bottom = rules.down.T
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    left, right = boxes[:, 0].min(), boxes[:, 2].max()
    crossing = ((top < boxes[:, 1].min() + height / 2) & (bottom > boxes[:, 3].max() - height / 2)
                & (x > left) & (x < right))
    column = np.searchsorted(np.sort(x[crossing]), (boxes[:, 0] + boxes[:, 2]) / 2)
    least = _CELL_GAP * height if crossing.any() else 0.
    by_left = np.lexsort((boxes[:, 0], column))
    ends = np.maximum.accumulate(boxes[by_left, 2])
    apart = (boxes[by_left[1:], 0] >= ends[:-1] + least) | (np.diff(column[by_left]) > 0)
    cells = np.split(by_left, np.flatnonzero(apart) + 1)
    return cells[::-1] if right_to_left else cells
