"""Text that follows its ink.

A network says where text is to within some pixels, which is a fifth of a line ten pixels high, and
joins lines that are set tight. The ink of the page says where each line begins and ends.
"""
from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..utils.components import connected_parts
from .page_parts import hardly_covered
from .paper import is_noisy, paper_levels, paper_noise
from .reference import BACKGROUND, page_scale

# Of the pieces of ink of a page, the largest are looked at.
_MOST_PIECES = 20_000
# On noisy paper, ink differs by this many grey levels at least, and by this many times the noise.
_LEAST_CONTRAST, _NOISE_TIMES = 8, 2
# Noisy paper is smoothed by this deviation, which leaves the middle of an edge where it is.
_SMOOTHING = .7


@dataclass(frozen=True)
class TextInk:
    """How text follows ink. Lengths are in pixels of a page whose longer side is
    :data:`~mmseg.inference.reference.REFERENCE_SIDE`.

    Attributes:
        label: Index of the class of text.
        contrast: Difference of grey levels, in (0, 255), between ink and the paper around it; noisy
            paper has its own.
        word_gap: Widest gap between words of a line; taller lines have wider ones.
        margin: How far above and below the network's text ink belongs to it.
        least_area: Smallest box of a line, in square pixels; smaller ones are specks.
        share: Part, in (0, 1], of a patch of the network's text on noisy paper that lines of ink
            must cover; otherwise the ink is too faint, and the patch stays as it is.
    """
    label: int
    contrast: int = 25
    word_gap: int = 20
    margin: int = 3
    least_area: int = 12
    share: float = 0.7

    def follow(self, labels: np.ndarray, page: np.ndarray) -> np.ndarray:
        """Return labels whose text is the lines of ink within and next to it.

        The ink of a line, with the gaps between its letters and words, becomes a box. The box is
        text as far as the network's text reaches, and :attr:`margin` further; the rest of the
        network's text becomes background. Other classes do not change.

        Noisy paper (scans and photographs) is smoothed, and Otsu's method ("A Threshold Selection
        Method from Gray-Level Histograms", 1979) tells ink from paper in and around the network's
        text.

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
        levels = paper_levels(page)
        depth, blank = cv2.absdiff(page, levels), (labels == BACKGROUND) & (zone == 0)
        noisy, contrast = is_noisy(depth, blank), float(self.contrast)
        if noisy:
            noise = paper_noise(depth, blank)
            depth = cv2.absdiff(cv2.GaussianBlur(page, (0, 0), _SMOOTHING * scale), levels)
            contrast = _noisy_contrast(depth[zone > 0], noise)
        ink = cv2.bitwise_and((depth > contrast).astype(np.uint8), zone)
        lines = cv2.bitwise_and(self._boxes(ink, zone, scale), zone)
        if noisy:
            lines = cv2.bitwise_or(lines, hardly_covered(text, lines, self.share))
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


def _noisy_contrast(depth: np.ndarray, noise: float) -> float:
    """The difference that tells ink from noisy paper.

    Args:
        depth: (N,) uint8, differences from the paper in and around text.
        noise: Of the paper, in grey levels.
    """
    between = cv2.threshold(depth, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[0]
    return max(_LEAST_CONTRAST, _NOISE_TIMES * noise, between)
