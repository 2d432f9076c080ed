"""Text that follows its ink.

A network says where text is to within some pixels, which is a fifth of a line ten pixels high, and
joins lines that are set tight. The ink of the page says where each line begins and ends.
"""
from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..utils.components import connected_parts
from .reference import BACKGROUND, page_scale

# The paper is the median around a pixel, on a picture that is this much smaller.
_PAPER_SHRINK, _PAPER_WINDOW = 4, 31
# Of the pieces of ink of a page, the largest are looked at.
_MOST_PIECES = 20_000


@dataclass(frozen=True)
class TextInk:
    """How text follows ink. Lengths are in pixels of a page whose longer side is
    :data:`~mmseg.inference.reference.REFERENCE_SIDE`.

    Attributes:
        label: Index of the class of text.
        contrast: Difference of grey levels, in (0, 255), between ink and the paper around it.
        word_gap: Widest gap between words of a line; taller lines have wider ones.
        margin: How far above and below the network's text ink belongs to it.
        least_area: Smallest box of a line, in square pixels; smaller ones are specks.
    """
    label: int
    contrast: int = 25
    word_gap: int = 20
    margin: int = 3
    least_area: int = 12

    def follow(self, labels: np.ndarray, page: np.ndarray) -> np.ndarray:
        """Return labels whose text is the lines of ink within and next to it.

        The ink of a line, with the gaps between its letters and words, becomes a box. The box is
        text as far as the network's text reaches, and :attr:`margin` further; the rest of the
        network's text becomes background. Other classes do not change, and nothing changes on
        noisy paper (scans and photographs), whose ink has no sharp bounds.

        Args:
            labels: (H, W) integers.
            page: (H, W) uint8, grey.
        """
        text = (labels == self.label).astype(np.uint8)
        if not text.any():
            return labels.copy()
        scale = page_scale(labels.shape)
        reach = max(1, round(self.margin * scale))
        zone = cv2.dilate(text, np.ones((2 * reach + 1, 2 * reach - 1), np.uint8))
        depth = cv2.absdiff(page, _paper(page))
        if _is_noisy(depth, (labels == BACKGROUND) & (zone == 0)):
            return labels.copy()
        ink = cv2.bitwise_and((depth > self.contrast).astype(np.uint8), zone)
        lines = cv2.bitwise_and(self._boxes(ink, zone, scale), zone)
        found = labels.copy()
        found[text > lines] = BACKGROUND
        found[(labels == BACKGROUND) & (lines > 0)] = self.label
        return found

    def _boxes(self, ink: np.ndarray, zone: np.ndarray, scale: float) -> np.ndarray:
        """1 in the boxes of lines; gaps grow with the height of what they separate."""
        boxes = np.zeros_like(ink)
        for times in (1, 3, 6):
            gap = max(1, round(self.word_gap * times * scale))
            joined = cv2.bitwise_and(zone, cv2.morphologyEx(
                ink, cv2.MORPH_CLOSE, np.ones((1, gap | 1), np.uint8)))
            ids, pieces = connected_parts(joined)
            area = pieces[:, cv2.CC_STAT_WIDTH] * pieces[:, cv2.CC_STAT_HEIGHT]
            area[0] = 0  # everything else
            large = np.flatnonzero(area >= max(1, self.least_area * scale**2))
            if len(large) > _MOST_PIECES:
                large = large[np.argsort(-area[large], kind='stable')[:_MOST_PIECES]]
            for x, y, width, height in pieces[large, :4].tolist():
                boxes[y:y + height, x:x + width] = 1
            tall = pieces[:, cv2.CC_STAT_HEIGHT] > 1.5 * gap
            tall[0] = False
            if not tall.any():
                break
            ink = tall[ids].astype(np.uint8) & ink
        return boxes


def _is_noisy(depth: np.ndarray, paper: np.ndarray) -> bool:
    """Whether a quarter of the pixels of paper are more than a grey level off their surroundings.

    Args:
        depth: (H, W) uint8, by how much each pixel is off.
        paper: (H, W) bool, which pixels are looked at.
    """
    size = np.count_nonzero(paper)
    calm = np.count_nonzero(paper & (depth <= 1))
    place = 0.75 * (size - 1)  # of the percentile among the sorted values
    if not size or place + 1 < calm:
        return False
    return bool(place >= calm or np.percentile(depth[paper], 75) > 1)


def _paper(page: np.ndarray) -> np.ndarray:
    """The grey level of the paper, or of a coloured ground, around each pixel."""
    height, width = page.shape
    small = cv2.resize(page, (max(1, width // _PAPER_SHRINK), max(1, height // _PAPER_SHRINK)),
                       interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.medianBlur(small, _PAPER_WINDOW), (width, height))
