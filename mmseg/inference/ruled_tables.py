"""Tables that are grids of ruling lines.

A network joins two tables with the text between them, and ends within a table where cells are blank
or hold pictures. The page itself tells where a grid of cells is.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ..utils.components import connected_parts
from .page_parts import by_area
from .reference import BACKGROUND, page_scale

# A cell covers this part of its box; cells begin in the same row or column within this distance.
_CELL_COVER, _ALIGNED = .85, 6
# What the network found within this distance of a grid is the grid's edge.
_MARGIN = 3


@dataclass(frozen=True)
class RuledTables:
    """How tables follow grids of ruling lines. Lengths are in pixels of a page whose longer side is
    :data:`~mmseg.inference.reference.REFERENCE_SIDE`.

    Attributes:
        label: Index of the class of tables.
        text: Index of the class of text.
        contrast: Difference of grey levels, in (0, 255), between a ruling line and its ground.
        width: Shortest horizontal line.
        height: Shortest vertical line.
        thickness: Thickest line.
        least_cell: Shortest side of a cell.
        filled: Part, in (0, 1], of a grid that its cells must fill.
        share: Part, in (0, 1], of a grid that must be a table already.
        rest: Largest part, in (0, 1], of a table that becomes text where it is not in a grid.
    """
    label: int
    text: int
    contrast: int = 20
    width: int = 40
    height: int = 14
    thickness: int = 2
    least_cell: int = 8
    filled: float = 0.7
    share: float = 0.15
    rest: float = 0.2

    def follow(self, labels: np.ndarray, page: np.ndarray) -> np.ndarray:
        """Return labels whose ruled tables are their grids.

        Ruling lines that meet are a grid where they bound at least two rows and two columns of
        cells. The box of a grid becomes a table, whatever it was. Smaller parts of the same table
        outside of grids become text.

        Args:
            labels: (H, W) integers.
            page: (H, W) uint8, grey.
        """
        found = labels.copy()
        tables = labels == self.label
        if not tables.any():
            return found
        grids = [grid for grid in self._grids(page) if tables[grid].mean() >= self.share]
        if not grids:
            return found
        outside = tables.copy()
        margin = max(1, round(_MARGIN * page_scale(labels.shape)))
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
                     grids: list[tuple[slice, slice]]) -> np.ndarray:
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

    def _grids(self, page: np.ndarray) -> Iterator[tuple[slice, slice]]:
        """Rows and columns of each grid of a page."""
        scale = page_scale(page.shape)
        level = self._rules(page, self.width, scale)
        upright = self._rules(np.ascontiguousarray(page.T), self.height, scale).T
        ids, parts = connected_parts(cv2.dilate(level | upright, np.ones((3, 3), np.uint8)))
        for number in by_area(parts):
            x, y, width, height = parts[number, :4].tolist()
            grid = (slice(y, y + height), slice(x, x + width))
            if (min(width, height) > 2 * self.least_cell * scale
                    and self._has_cells(ids[grid] == number, scale)):
                yield grid

    def _rules(self, page: np.ndarray, length: int, scale: float) -> np.ndarray:
        """1 in horizontal lines that are darker than what is above and below them, else 0."""
        high = 2 * max(1, round(self.thickness * scale)) + 3
        ground = cv2.morphologyEx(page, cv2.MORPH_CLOSE, np.ones((high, 1), np.uint8))
        dark = (cv2.subtract(ground, page) > self.contrast).astype(np.uint8)
        whole = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
        return cv2.morphologyEx(whole, cv2.MORPH_OPEN,
                                np.ones((1, max(5, round(length * scale)) | 1), np.uint8))

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
