"""Figures that are boxes.

Figures are set as boxes. A network finds their parts and leaves holes and bays between them.
"""
from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..utils.components import connected_parts
from .reference import BACKGROUND, page_scale

# Of the parts of a page, the largest are looked at.
_MOST_PARTS = 2000


@dataclass(frozen=True)
class FigureBoxes:
    """How figures become boxes. Lengths are in pixels of a page whose longer side is
    :data:`~mmseg.inference.reference.REFERENCE_SIDE`.

    Attributes:
        label: Index of the class of figures.
        gap: Parts nearer than this are one figure.
        least_area: Smallest figure, in square pixels; smaller ones are specks.
        share: Part of its box, in (0, 1], that a figure must fill to become the box.
    """
    label: int
    gap: int = 15
    least_area: int = 800
    share: float = 0.5

    def follow(self, labels: np.ndarray, page: np.ndarray) -> np.ndarray:
        """Return labels whose figures fill their boxes, over background only.

        Specks become background. A figure that fills less than :attr:`share` of its box stays as
        it is. Other classes do not change.

        Args:
            labels: (H, W) integers.
            page: (H, W) uint8, grey; not looked at.
        """
        found = labels.copy()
        figures = (labels == self.label).astype(np.uint8)
        if not figures.any():
            return found
        scale = page_scale(labels.shape)
        gap = max(1, round(self.gap * scale)) | 1
        # paper around the page, so that what is near its edge is closed in the same way
        wide = cv2.copyMakeBorder(figures, gap, gap, gap, gap, cv2.BORDER_CONSTANT)
        joined = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
        joined = np.ascontiguousarray(joined[gap:-gap, gap:-gap])
        ids, parts = connected_parts(joined)
        specks = parts[:, cv2.CC_STAT_AREA] < self.least_area * scale**2
        specks[0] = False  # everything else
        if specks.any():
            found[(figures == 1) & specks[ids]] = BACKGROUND
        order = 1 + np.argsort(-parts[1:, cv2.CC_STAT_AREA], kind='stable')
        for number in order[:_MOST_PARTS]:
            x, y, width, height, area = parts[number].tolist()
            if not specks[number] and area >= self.share * width * height:
                box = found[y:y + height, x:x + width]
                box[box == BACKGROUND] = self.label
        return found
