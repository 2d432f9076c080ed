"""The paper of a page: its grey level around each pixel, its noise and its skew."""
from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ..utils.components import connected_parts
from .reference import BACKGROUND, page_scale

# The paper is the median around a pixel, on a picture that is this much smaller.
_SHRINK, _WINDOW = 4, 31
# Lines that tell the skew are this long, in pixels of the reference page, and times their height.
_LINE_LENGTH, _LINE_RATIO, _MOST_LINES = 80, 6, 40
# Skews, as rise over run, below which a page is straight, and above which it is not a scan.
_LEAST_SKEW, _MOST_SKEW = .003, .15


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
        Grey levels. Above 1 the page is a scan or a photograph.
    """
    return level_of_share(depth, blank, .75)


def page_skew(labels: np.ndarray) -> float:
    """Return by how much lines of text and separators go down to the right, as rise over run.

    The weighted median over components that are long and low; 0 without any.

    Args:
        labels: (H, W) integers.
    """
    slopes, lengths = [], []
    labels = labels[::2, ::2]  # slopes stay the same
    least = _LINE_LENGTH * page_scale(labels.shape)
    for label in np.setdiff1d(labels, [BACKGROUND]):
        ids, boxes = connected_parts((labels == label).astype(np.uint8))
        wide = (boxes[:, cv2.CC_STAT_WIDTH] >= np.maximum(
            least, _LINE_RATIO * boxes[:, cv2.CC_STAT_HEIGHT]))
        longest = np.argsort(-boxes[:, cv2.CC_STAT_WIDTH] * wide, kind='stable')[:_MOST_LINES]
        for number in longest[wide[longest]]:
            x, y, width, height = boxes[number, :4].tolist()
            rows, columns = np.nonzero(ids[y:y + height, x:x + width] == number)
            slopes.append(np.cov(columns, rows)[0, 1] / np.var(columns, ddof=1))
            lengths.append(width)
    if not slopes:
        return 0.
    order = np.argsort(slopes)
    passed = np.cumsum(np.array(lengths)[order])
    return float(slopes[order[np.searchsorted(passed, passed[-1] / 2)]])


def on_straight_page(follow: Callable[[np.ndarray, np.ndarray], np.ndarray], labels: np.ndarray,
                     page: np.ndarray) -> np.ndarray:
    """Return what ``follow(labels, page)`` makes of a page whose lines are level.

    A skewed page is turned first, and what has changed is turned back.

    Args:
        follow: Takes labels and page, and returns labels of their size.
        labels: (H, W) integers below 32,767.
        page: (H, W) uint8, grey.
    """
    skew = page_skew(labels)
    if not _LEAST_SKEW <= abs(skew) <= _MOST_SKEW:
        return follow(labels, page)
    height, width = labels.shape
    turn, size = _turn(height, width, skew)
    level = cv2.warpAffine(labels.astype(np.int16), turn, size, flags=cv2.INTER_NEAREST)
    found = follow(level, cv2.warpAffine(page, turn, size, borderMode=cv2.BORDER_REPLICATE))
    changed = np.where(found != level, found + 1, 0).astype(np.int16)
    back = cv2.warpAffine(changed, cv2.invertAffineTransform(turn), (width, height),
                          flags=cv2.INTER_NEAREST)
    return np.where(back > 0, (back - 1).astype(labels.dtype), labels)


def _turn(height: int, width: int, skew: float) -> tuple[np.ndarray, tuple[int, int]]:
    """The affine transform that makes lines of this skew level, and (width, height) around it."""
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), np.degrees(np.arctan(skew)), 1)
    cosine, sine = abs(turn[0, 0]), abs(turn[0, 1])
    size = (int(width * cosine + height * sine) + 1, int(height * cosine + width * sine) + 1)
    turn[0, 2] += (size[0] - width) / 2
    turn[1, 2] += (size[1] - height) / 2
    return turn, size
