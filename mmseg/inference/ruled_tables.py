"""Tables that are told by their ruling lines.

A network joins two tables with the text between them, ends within a table where cells are blank or
hold pictures, and takes a table without vertical lines for text between separators. The page itself
tells where lines bound cells, and where columns are between lines of equal ends.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ..utils.components import connected_parts
from .page_parts import by_area
from .paper import paper_levels
from .reference import BACKGROUND, page_scale

# A cell covers this part of its box; cells begin in the same row or column within this distance.
_CELL_COVER, _ALIGNED = .85, 6
# What the network found within this distance of a grid is the grid's edge.
_MARGIN = 3
# Of the rules of a page, the largest are looked at. Lines of text touch too little for this cover.
_MOST_RULES, _RULE_COVER = 500, .9
# Rules whose ends differ by less are of one table; nearer rules are one.
_ENDS, _DOUBLE = 4, 5
# Ink differs from the paper by this many grey levels, and is this far away from a rule.
_INK, _OFF_RULE = 25, 2
# An open table higher than this part of the page has three columns: two may be those of the page.
_TALL = .5
# A larger part of it is not a figure.
_MOST_FIGURE = .1

_Box = tuple[slice, slice]  # rows and columns of the page


@dataclass(frozen=True)
class RuledTables:
    """How tables follow ruling lines. Lengths are in pixels of a page whose longer side is
    :data:`~mmseg.inference.reference.REFERENCE_SIDE`.

    Attributes:
        label: Index of the class of tables.
        text: Index of the class of text.
        figure: Index of the class of figures.
        contrast: Difference of grey levels, in (0, 255), between a ruling line and its ground.
        width: Shortest horizontal line of a grid.
        height: Shortest vertical line.
        thickness: Thickest line.
        least_cell: Shortest side of a cell.
        filled: Part, in (0, 1], of a grid that its cells must fill.
        share: Part, in (0, 1], of a grid that must be a table already.
        rest: Largest part, in (0, 1], of a table that becomes text where it is not in a grid.
        rule: Shortest rule of an open table.
        gutter: Narrowest white between two columns of an open table.
    """
    label: int
    text: int
    figure: int
    contrast: int = 20
    width: int = 40
    height: int = 14
    thickness: int = 2
    least_cell: int = 8
    filled: float = 0.7
    share: float = 0.15
    rest: float = 0.2
    rule: int = 100
    gutter: int = 14

    def follow(self, labels: np.ndarray, page: np.ndarray) -> np.ndarray:
        """Return labels whose ruled tables are the boxes of their rules.

        Ruling lines that meet are a grid where they bound at least two rows and two columns of
        cells. The box of a grid becomes a table, whatever it was. Smaller parts of the same table
        outside of grids become text.

        Three or more horizontal rules with the same ends are an open table where columns of ink
        are between each two that follow each other, and hardly a figure. It becomes a table too.

        Args:
            labels: (H, W) integers.
            page: (H, W) uint8, grey.
        """
        scale = page_scale(labels.shape)
        level = self._rules(page, self.width, scale)
        found = self._with_grids(labels, page, level, scale)
        for box in self._open_tables(page, level, scale):
            if (labels[box] == self.figure).mean() <= _MOST_FIGURE:
                found[box] = self.label
        return found

    def _rules(self, page: np.ndarray, length: int, scale: float) -> np.ndarray:
        """1 in horizontal lines that are darker than what is above and below them, else 0."""
        high = 2 * max(1, round(self.thickness * scale)) + 3
        ground = cv2.morphologyEx(page, cv2.MORPH_CLOSE, np.ones((high, 1), np.uint8))
        dark = (cv2.subtract(ground, page) > self.contrast).astype(np.uint8)
        whole = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
        return cv2.morphologyEx(whole, cv2.MORPH_OPEN,
                                np.ones((1, max(5, round(length * scale)) | 1), np.uint8))

    def _with_grids(self, labels: np.ndarray, page: np.ndarray, level: np.ndarray,
                    scale: float) -> np.ndarray:
        found = labels.copy()
        tables = labels == self.label
        if not tables.any():
            return found
        grids = [grid for grid in self._grids(page, level, scale)
                 if tables[grid].mean() >= self.share]
        if not grids:
            return found
        outside = tables.copy()
        margin = max(1, round(_MARGIN * scale))
        for rows, columns in grids:
            around = (slice(max(0, rows.start - margin), rows.stop + margin),
                      slice(max(0, columns.start - margin), columns.stop + margin))
            found[around][tables[around]] = BACKGROUND
            outside[around] = False
        found[self._small_parts(tables, outside, grids)] = self.text
        for grid in grids:
            found[grid] = self.label
        return found

    def _small_parts(self, tables: np.ndarray, outside: np.ndarray,
                     grids: list[_Box]) -> np.ndarray:
        """Where (H, W) the tables of grids have parts outside of these, but for large ones."""
        ids, whole = connected_parts(tables.astype(np.uint8))
        of_grids = np.zeros(len(whole), bool)
        for grid in grids:
            of_grids[ids[grid]] = True
        numbers, parts = connected_parts((outside & of_grids[ids]).astype(np.uint8))
        largest = np.zeros(len(parts))
        largest[numbers] = self.rest * whole[ids, cv2.CC_STAT_AREA]
        small = parts[:, cv2.CC_STAT_AREA] <= largest
        small[0] = False  # everything else
        return small[numbers]

    def _grids(self, page: np.ndarray, level: np.ndarray, scale: float) -> Iterator[_Box]:
        upright = self._rules(np.ascontiguousarray(page.T), self.height, scale).T
        ids, parts = connected_parts(cv2.dilate(level | upright, np.ones((3, 3), np.uint8)))
        for number in by_area(parts):
            x, y, width, height = parts[number, :4].tolist()
            grid = (slice(y, y + height), slice(x, x + width))
            if (min(width, height) > 2 * self.least_cell * scale
                    and self._has_cells(ids[grid] == number, scale)):
                yield grid

    def _has_cells(self, rules: np.ndarray, scale: float) -> bool:
        """Whether lines (h, w) bound the cells of a table, of which the sides may be open."""
        walls = rules.astype(np.uint8)
        walls[[0, -1]] = walls[:, [0, -1]] = 1
        spaces = cv2.connectedComponentsWithStats(1 - walls, connectivity=4)[2][1:]
        sizes = spaces[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
        boxes = sizes.prod(axis=1)
        cells = ((sizes >= max(3, round(self.least_cell * scale))).all(axis=1)
                 & (spaces[:, cv2.CC_STAT_AREA] >= _CELL_COVER * boxes))
        places = spaces[cells][:, [cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP]]
        columns, rows = (len(set((ends / (_ALIGNED * scale)).round())) for ends in places.T)
        return bool(min(rows, columns) >= 2 and len(places) >= self.filled * rows * columns
                    and boxes[cells].sum() >= self.filled * walls.size)

    def _open_tables(self, page: np.ndarray, level: np.ndarray, scale: float) -> Iterator[_Box]:
        ink: np.ndarray | None = None
        for rules in _of_equal_ends(self._long_rules(level, scale), _ENDS * scale):
            first = np.diff(rules[:, 1], prepend=-page.shape[0]) > _DOUBLE * scale
            if np.count_nonzero(first) < 3:
                continue
            if ink is None:
                ink = cv2.absdiff(page, paper_levels(page)) > _INK
            tops, bottoms = rules[first, 1], rules[np.append(first[1:], True), 3]
            columns = slice(int(rules[:, 0].min()), int(rules[:, 2].max()))
            gutters = [self._gutters(ink[upper + _OFF_RULE:lower - _OFF_RULE, columns], scale)
                       for upper, lower in zip(bottoms[:-1], tops[1:])]
            for start, stop in _runs(gutters):
                rows = slice(int(tops[start]), int(bottoms[stop]))
                if (stop - start >= 2 and (rows.stop - rows.start < _TALL * page.shape[0]
                                           or max(gutters[start:stop]) >= 2)):
                    yield rows, columns

    def _long_rules(self, level: np.ndarray, scale: float) -> np.ndarray:
        """Left, top, right and bottom (N, 4) of rules, from top to bottom."""
        parts = connected_parts(level)[1]
        parts = parts[by_area(parts)[:_MOST_RULES]]
        width, height = parts[:, cv2.CC_STAT_WIDTH], parts[:, cv2.CC_STAT_HEIGHT]
        long = ((width >= self.rule * scale) & (height <= (2 * self.thickness + 1) * scale)
                & (parts[:, cv2.CC_STAT_AREA] >= _RULE_COVER * width))
        boxes = parts[long, :4]
        boxes[:, 2:] += boxes[:, :2]
        return boxes[np.argsort(boxes[:, 1], kind='stable')]

    def _gutters(self, ink: np.ndarray, scale: float) -> int:
        """The number of white gaps between columns of ink (h, w)."""
        gaps = np.diff(np.flatnonzero(ink.any(axis=0))) - 1
        return int(np.count_nonzero(gaps >= self.gutter * scale))


def _of_equal_ends(rules: np.ndarray, tolerance: float) -> Iterator[np.ndarray]:
    """Groups of rules (N, 4) whose ends are those of the first one."""
    while len(rules):
        equal = (np.abs(rules[:, [0, 2]] - rules[0, [0, 2]]) <= tolerance).all(axis=1)
        yield rules[equal]
        rules = rules[~equal]


def _runs(values: list[int]) -> Iterator[tuple[int, int]]:
    """Start and end of each longest run of values that are not 0."""
    ends = np.diff(np.array([0, *(value > 0 for value in values), 0], np.int8))
    yield from zip(np.flatnonzero(ends == 1).tolist(), np.flatnonzero(ends == -1).tolist())
