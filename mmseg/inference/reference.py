"""What refinements of labels share: the background, and the page to which lengths refer."""
from collections.abc import Sequence

# Index of the class of everything that is not a region.
BACKGROUND = 0
# Longer side of a page, in pixels.
REFERENCE_SIDE = 1120


def page_scale(size: Sequence[int]) -> float:
    """Return how many pixels of a page of ``size`` (height, width) a reference pixel is long."""
    return max(size) / REFERENCE_SIDE
