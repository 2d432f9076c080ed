"""Tables that are boxes with their rules.

A network finds a table with a ragged outline and takes its upper and lower rules for separators.
A table is the box of what the page shows there, and its rules are part of it.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..utils.components import connected_parts
from .page_parts import by_area, hardly_covered, page_edges, parts_of
from .reference import BACKGROUND, page_scale


@dataclass(frozen=True)
class TableBoxes:
    """How tables become boxes. Lengths are in pixels of a page whose longer side is
    :data:`~mmseg.inference.reference.REFERENCE_SIDE`.

    Attributes:
        label: Index of the class of tables.
        separator: Index of the class of separators.
        gap: Parts nearer than this are one table.
        least_area: Smallest table, in square pixels; smaller ones stay as they are.
        share: Part of its box, in (0, 1], that a table must fill to become the box.
        contrast: Difference of grey levels, in (0, 255), between neighbours that are an edge.
        margin: How far above and below a table its rules are.
        overlap: Part, in (0, 1], of the rule or of the table, whichever is narrower, that is above
            or below the other.
        longest: How many times as wide as the table a rule of it may be.
        coverage: Part, in (0, 1], of a row or column of its box that a table covers; rows and
            columns at the ends that it covers less are spurs.
        shown: Part, in (0, 1], of a connected part of a table that edges must cover; others are
            blank paper.
    """
    label: int
    separator: int
    gap: int = 15
    least_area: int = 1500
    share: float = 0.55
    contrast: int = 25
    margin: int = 20
    overlap: float = 0.6
    longest: float = 1.6
    coverage: float = 0.35
    shown: float = 0.05

    def follow(self, labels: np.ndarray, page: np.ndarray) -> np.ndarray:
        """Return labels whose tables are boxes, over background and separators.

        The box of a table is that of the edges in it without its spurs, and of its rules:
        horizontal separators at its upper and lower ends and within. Rules become table. So does
        the box of a table that fills at least :attr:`share` of it, and what is outside becomes
        background, and so do parts of tables without edges. Text and figures do not change.

        Args:
            labels: (H, W) integers.
            page: (H, W) uint8, grey.
        """
        found = labels.copy()
        tables = (labels == self.label).astype(np.uint8)
        if not tables.any():
            return found
        scale = page_scale(labels.shape)
        edges = page_edges(page, labels == BACKGROUND, self.contrast)
        blank = hardly_covered(tables, edges & (tables == 1), self.shown)
        found[blank == 1] = BACKGROUND
        tables -= blank
        ids, parts = parts_of(tables, max(1, round(self.gap * scale)) | 1)
        rules = _rules(labels == self.separator)
        for number in by_area(parts):
            x, y, width, height, area = parts[number].tolist()
            if area < self.least_area * scale**2:
                break
            inside = (slice(y, y + height), slice(x, x + width))
            table = ids[inside] == number
            box = _box(_without_spurs(table, self.coverage) & edges[inside], x, y)
            if box is None:
                continue
            filled = np.count_nonzero(table[box[1] - y:box[3] - y, box[0] - x:box[2] - x])
            whole = filled >= self.share * (box[2] - box[0]) * (box[3] - box[1])
            box, rules, mine = self._with_rules(box, rules, max(1, round(self.margin * scale)))
            for left, top, right, bottom in mine:
                self._set(found[top:bottom, left:right], self.separator)
            if whole:
                found[inside][table & (found[inside] == self.label)] = BACKGROUND
                self._set(found[box[1]:box[3], box[0]:box[2]], BACKGROUND, self.separator)
        return found

    def _set(self, labels: np.ndarray, *old: int) -> None:
        labels[np.isin(labels, old + (self.label,))] = self.label

    def _with_rules(self, box: tuple[int, int, int, int], rules: np.ndarray, margin: int
                    ) -> tuple[tuple[int, int, int, int], np.ndarray, list[list[int]]]:
        """The box with its rules, the other rules, and its rules."""
        mine: list[list[int]] = []
        while len(rules):
            left, top, right, bottom = box
            lengths = rules[:, 2] - rules[:, 0]
            common = np.minimum(rules[:, 2], right) - np.maximum(rules[:, 0], left)
            near = ((common >= self.overlap * np.minimum(lengths, right - left))
                    & (lengths <= self.longest * (right - left))
                    & (rules[:, 3] >= top - margin) & (rules[:, 1] <= bottom + margin))
            if not near.any():
                break
            mine += rules[near].tolist()
            low, high = rules[near].min(0), rules[near].max(0)
            box = (min(left, int(low[0])), min(top, int(low[1])), max(right, int(high[2])),
                   max(bottom, int(high[3])))
            rules = rules[~near]
        return box, rules, mine


def _without_spurs(table: np.ndarray, coverage: float) -> np.ndarray:
    """The part (H, W) of a table between the rows and columns that it covers well."""
    core = np.zeros_like(table)
    rows, columns = slice(0, table.shape[0]), slice(0, table.shape[1])
    for _ in range(3):  # each time the others tell better
        covered = np.flatnonzero(table[:, columns].mean(axis=1) >= coverage)
        if covered.size:
            rows = slice(covered[0], covered[-1] + 1)
        covered = np.flatnonzero(table[rows].mean(axis=0) >= coverage)
        if covered.size:
            columns = slice(covered[0], covered[-1] + 1)
    core[rows, columns] = table[rows, columns]
    return core


def _box(mask: np.ndarray, left: int, top: int) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of a part of the page at this place; None where it is empty."""
    columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
    if not len(rows):
        return None
    return (left + int(columns[0]), top + int(rows[0]), left + int(columns[-1]) + 1,
            top + int(rows[-1]) + 1)


def _rules(separators: np.ndarray) -> np.ndarray:
    """Left, top, right and bottom (N, 4) of horizontal separators."""
    boxes = connected_parts(separators.astype(np.uint8))[1][1:, :4]
    flat = boxes[boxes[:, 2] >= 3 * boxes[:, 3]]
    return np.hstack([flat[:, :2], flat[:, :2] + flat[:, 2:]])
