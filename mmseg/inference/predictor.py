"""What answers for pages, whatever it is made of."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from .views import PageScores


class PageArrays(NamedTuple):
    """Scores in [0, 1] of one page.

    Attributes:
        seg: (K, H, W) float32, of each pixel.
        cls: (C,), of the page; None without a page-type head.
        lines: (H, W) float32, of shrunk text lines; None without a line head.
    """
    seg: np.ndarray
    cls: np.ndarray | None = None
    lines: np.ndarray | None = None

    @classmethod
    def of_batch(cls, scores: PageScores) -> list[PageArrays]:
        """Return the arrays of each page of a batch."""
        seg = scores.seg.float().cpu().numpy()
        none = [None] * len(seg)
        pages = none if scores.cls is None else scores.cls.float().cpu().numpy()
        lines = none if scores.lines is None else scores.lines[:, 0].float().cpu().numpy()
        return list(map(cls, seg, pages, lines))


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
