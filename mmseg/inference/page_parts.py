"""Parts of a page: edges that are near each other, as connected components."""
import cv2
import numpy as np

from ..utils.components import connected_parts
from .paper import is_noisy, level_of_share, paper_levels

# Of the parts of a page, the largest are looked at.
_MOST_PARTS = 2000
# Noisy paper is smoothed by this deviation in pixels, which flattens edges; they are what exceeds
# its grain.
_SMOOTHING, _FLATTENED, _GRAIN_SHARE, _GRAIN_TIMES = 1.5, .55, .9, 1.5


def steps(page: np.ndarray) -> np.ndarray:
    """Return the largest difference of grey levels within 3 by 3 pixels, (H, W) uint8.

    Args:
        page: (H, W) uint8, grey.
    """
    return cv2.morphologyEx(page, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))


def page_edges(page: np.ndarray, paper: np.ndarray, contrast: float) -> np.ndarray:
    """Return where neighbours differ by more than the contrast, and more than noisy paper does.

    Args:
        page: (H, W) uint8, grey.
        paper: (H, W) bool, where there is nothing but paper.
        contrast: In (0, 255), in grey levels.

    Returns:
        (H, W) bool.
    """
    if is_noisy(cv2.absdiff(page, paper_levels(page)), paper):
        page = cv2.GaussianBlur(page, (0, 0), _SMOOTHING)
        grain = level_of_share(steps(page), paper, _GRAIN_SHARE)
        contrast = max(_FLATTENED * contrast, _GRAIN_TIMES * grain)
    return steps(page) > contrast


def parts_of(mask: np.ndarray, gap: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers (H, W) of parts, and OpenCV's statistics (N, 5) of each number.

    Args:
        mask: (H, W) uint8, 1 within parts.
        gap: Odd number of pixels; what is nearer is one part.
    """
    # paper around the page, so that what is near its edge is closed in the same way
    wide = cv2.copyMakeBorder(mask, gap, gap, gap, gap, cv2.BORDER_CONSTANT)
    joined = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    return connected_parts(np.ascontiguousarray(joined[gap:-gap, gap:-gap]))


def by_area(statistics: np.ndarray) -> np.ndarray:
    """Return the numbers of the largest parts, largest first, at most 2,000.

    Args:
        statistics: (N, 5), of which the first is everything else.
    """
    return (1 + np.argsort(-statistics[1:, cv2.CC_STAT_AREA], kind='stable'))[:_MOST_PARTS]


def hardly_covered(mask: np.ndarray, cover: np.ndarray, share: float) -> np.ndarray:
    """Return 1 in the connected parts of a mask of which less than a share is covered, else 0.

    Args:
        mask: (H, W) uint8 of 0 and 1.
        cover: (H, W) uint8 of 0 and 1.
        share: In (0, 1].

    Returns:
        (H, W) uint8.
    """
    ids, parts = connected_parts(mask)
    covered = np.bincount(ids.ravel(), weights=cover.ravel(), minlength=len(parts))
    faint = (covered < share * parts[:, cv2.CC_STAT_AREA]).astype(np.uint8)
    faint[0] = 0  # everything else
    return faint[ids]
