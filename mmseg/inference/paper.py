"""The paper of a page: its grey level around each pixel, and its noise."""
from __future__ import annotations

import cv2
import numpy as np

# The paper is the median around a pixel, on a picture that is this much smaller.
_SHRINK, _WINDOW = 4, 31
# Paper is noisy above this noise, so far from everything else that edges do not count.
_QUIET, _EDGE = 1, 3


def paper_levels(page: np.ndarray) -> np.ndarray:
    """Return the grey level (H, W) of the paper, or of a coloured ground, around each pixel.

    Args:
        page: (H, W) uint8, grey.
    """
    height, width = page.shape
    small = cv2.resize(page, (max(1, width // _SHRINK), max(1, height // _SHRINK)),
                       interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.medianBlur(small, _WINDOW), (width, height))


def level_of_share(levels: np.ndarray, mask: np.ndarray, share: float) -> int:
    """Return the least level that at least a share of the pixels of a mask do not exceed.

    Args:
        levels: (H, W) uint8.
        mask: (H, W) bool.
        share: In (0, 1].

    Returns:
        0 to 255; 0 for an empty mask.
    """
    counts = cv2.calcHist([levels], [0], mask.astype(np.uint8), [256], [0, 256]).ravel().cumsum()
    return int(np.searchsorted(counts, share * counts[-1])) if counts[-1] else 0


def paper_noise(depth: np.ndarray, blank: np.ndarray) -> int:
    """Return by how many grey levels three quarters of the blank paper differ at most from the
    paper around them.

    Args:
        depth: (H, W) uint8, the difference of the page and :func:`paper_levels`.
        blank: (H, W) bool, where there is nothing but paper.

    Returns:
        Grey levels.
    """
    return level_of_share(depth, blank, .75)


def is_noisy(depth: np.ndarray, blank: np.ndarray) -> bool:
    """Return whether the page is a scan or a photograph, by its blank paper.

    Args:
        depth: (H, W) uint8, the difference of the page and :func:`paper_levels`.
        blank: (H, W) bool, where the labels are background.
    """
    far = cv2.erode(blank.astype(np.uint8), np.ones((2 * _EDGE + 1,) * 2, np.uint8))
    part = np.ascontiguousarray(depth[::2, ::2])  # a quarter of the pixels tells as much
    return paper_noise(part, far[::2, ::2]) > _QUIET
