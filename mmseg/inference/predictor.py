"""What answers for pages, whatever it is made of."""
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np


class PageArrays(NamedTuple):
    """Scores in [0, 1] of one page: ``seg`` (K, H, W) float32 per pixel, ``cls`` (C,) or None."""
    seg: np.ndarray
    cls: np.ndarray | None


class Predictor(Protocol):
    """A checkpoint, a TorchScript file or an ONNX file, ready to answer.

    Attributes:
        classes: Names of the pixel classes, by index.
        palette: RGB of each.
        page_classes: Names of the page types; empty without a cls head.
    """

    classes: tuple[str, ...]
    palette: tuple[tuple[int, int, int], ...]
    page_classes: tuple[str, ...]

    def predict(self, images: Sequence[np.ndarray]) -> list[PageArrays]:
        """Return the scores of each page at its own size.

        Args:
            images: Pages (H, W, 3) uint8 in BGR, of any sizes.
        """
