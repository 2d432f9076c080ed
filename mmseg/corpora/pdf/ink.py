"""What can be seen on a page's picture: objects may be white on white, clipped or covered."""
from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from .boxes import Box, to_pixels

# Neighbouring pixels that differ by more grey levels than this are ink; of a long straight edge
# less can be seen, such as that of a pale ground.
_CONTRAST = 10
_EDGE_CONTRAST = 3
# Part of an edge that can be seen, at least: text hides or breaks some of it.
_SEEN = 0.7


class Ink:
    """Where a picture's pixels differ from their neighbours.

    Args:
        image: Page (H, W, 3), uint8.

    Attributes:
        mask: Where (H, W) a pixel differs from the one to the left or above: bool.
    """

    def __init__(self, image: np.ndarray) -> None:
        grey = image.astype(np.int16)
        down, across = (np.zeros(image.shape[:2], np.int16) for _ in range(2))
        down[1:] = np.abs(np.diff(grey, axis=0)).max(axis=2)
        across[:, 1:] = np.abs(np.diff(grey, axis=1)).max(axis=2)
        self.mask = np.maximum(down, across) > _CONTRAST
        self._edges = {'h': down > _EDGE_CONTRAST, 'v': across > _EDGE_CONTRAST}
        self._size: tuple[int, int] = (image.shape[0], image.shape[1])

    def any(self, box: Sequence[float]) -> bool:
        """Whether there is anything to see in a box."""
        return bool(self.mask[to_pixels(box, self._size)].any())

    def edge(self, box: Sequence[float], way: str) -> bool:
        """Whether a horizontal or vertical edge or rule at ``box`` can be seen."""
        x0, y0, x1, y1 = box
        wider = (x0, y0 - 1.5, x1, y1 + 2.5) if way == 'h' else (x0 - 1.5, y0, x1 + 2.5, y1)
        here = self._edges[way][to_pixels(wider, self._size)]
        return bool(here.size and here.any(axis=0 if way == 'h' else 1).mean() > _SEEN)

    def cut(self, boxes: Iterable[Box]) -> list[Box]:
        """Boxes without their empty margins; those with nothing in them left out."""
        found = []
        for box in boxes:
            rows, columns = to_pixels(box, self._size)
            left, top, width, height = cv2.boundingRect(self.mask[rows, columns].astype(np.uint8))
            if width and height:
                x0, y0 = columns.start + left, rows.start + top
                found.append((float(x0), float(y0), float(x0 + width), float(y0 + height)))
        return found
