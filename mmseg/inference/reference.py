"""The size of page to which lengths in pixels refer."""
from collections.abc import Sequence

# Longer side of a page, in pixels.
REFERENCE_SIDE = 1120


def page_scale(size: Sequence[int]) -> float:
    """Return how many pixels of a page of ``size`` (height, width) a reference pixel is long."""
    return max(size) / REFERENCE_SIDE
