"""Figures that are boxes of what the page shows.

Figures are set as boxes. A network finds their parts, leaves holes and bays between them, and goes
on over blank paper. The page tells where a figure ends: where there is nothing but paper.
"""
from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .page_parts import by_area, page_edges, parts_of
from .reference import BACKGROUND, page_scale


@dataclass(frozen=True)
class FigureBoxes:
    """How figures become boxes. Lengths are in pixels of a page whose longer side is
    :data:`~mmseg.inference.reference.REFERENCE_SIDE`.

    Attributes:
        label: Index of the class of figures.
        gap: Parts nearer than this are one figure.
        least_area: Smallest figure, in square pixels; smaller ones are specks.
        share: Part, in (0, 1], of what the page shows in one place that the network must have
            found, and part of its box that a figure must fill to become the box.
        contrast: Difference of grey levels, in (0, 255), between neighbours that are an edge.
        margin: How far around the network's figures what the page shows belongs to them.
    """
    label: int
    gap: int = 15
    least_area: int = 800
    share: float = 0.5
    contrast: int = 20
    margin: int = 6

    def follow(self, labels: np.ndarray, page: np.ndarray) -> np.ndarray:
        """Return labels whose figures are boxes of what the page shows, over background only.

        Edges that are nearer than :attr:`gap` are one part; its box is a figure. Figures without
        edges, which are paper or a plain ground, and specks become background. A figure that then
        fills less than :attr:`share` of its box stays as it is. Other classes do not change.

        Args:
            labels: (H, W) integers.
            page: (H, W) uint8, grey.
        """
        figures = (labels == self.label).astype(np.uint8)
        if not figures.any():
            return labels.copy()
        scale = page_scale(labels.shape)
        paper = labels == BACKGROUND
        edges = page_edges(page, paper, self.contrast) & (paper | (figures == 1))
        shown = self._shown(figures, edges, scale)
        found = labels.copy()
        found[(figures == 1) & (shown == 0)] = BACKGROUND
        found[(found == BACKGROUND) & (shown == 1)] = self.label
        self._fill(found, scale)
        return found

    def _shown(self, figures: np.ndarray, edges: np.ndarray, scale: float) -> np.ndarray:
        """1 in the boxes of parts of the page that are figures."""
        reach = 2 * max(1, round(self.margin * scale)) + 1
        edges = edges & (cv2.dilate(figures, np.ones((reach, reach), np.uint8)) > 0)
        ids, parts = parts_of(edges.astype(np.uint8), self._gap(scale))
        # half of a step from grey to grey is on either side of the outline
        near = cv2.dilate(figures, np.ones((3, 3), np.uint8))
        covered = np.bincount(ids.ravel(), weights=near.ravel(), minlength=len(parts))
        shown = np.zeros_like(figures)
        for number in by_area(parts):
            x, y, width, height, area = parts[number].tolist()
            if (width * height >= self.least_area * scale**2
                    and covered[number] >= self.share * area):
                shown[y:y + height, x:x + width] = 1
        return shown

    def _fill(self, found: np.ndarray, scale: float) -> None:
        """Make boxes of figures whose parts are near each other; remove specks."""
        figures = (found == self.label).astype(np.uint8)
        ids, parts = parts_of(figures, self._gap(scale))
        specks = parts[:, cv2.CC_STAT_AREA] < self.least_area * scale**2
        specks[0] = False  # everything else
        found[(figures == 1) & specks[ids]] = BACKGROUND
        for number in by_area(parts):
            x, y, width, height, area = parts[number].tolist()
            if not specks[number] and area >= self.share * width * height:
                box = found[y:y + height, x:x + width]
                box[box == BACKGROUND] = self.label

    def _gap(self, scale: float) -> int:
        return max(1, round(self.gap * scale)) | 1

