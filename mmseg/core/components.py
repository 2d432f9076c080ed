"""The connected parts of a label map, as label erosion, region finding and scores use them."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Box(NamedTuple):
    """Pixels of a page; right and bottom lie just outside."""
    left: int
    top: int
    right: int
    bottom: int


class Component(NamedTuple):
    """One part of a label map.

    Attributes:
        label: Its class.
        rows: Of its bounding box.
        cols: Of its bounding box.
        mask: Its pixels (h, w) within the box, uint8 of 0 and 1.
    """
    label: int
    rows: slice
    cols: slice
    mask: np.ndarray


class Components(NamedTuple):
    """The parts of a page, numbered from 1.

    Attributes:
        ids: (H, W) int32, the number of the part that a pixel belongs to; 0 for none.
        labels: (n + 1,) class of each part; that of 0 has no meaning.
        boxes: Of each part, n + 1 long too.
    """
    ids: np.ndarray
    labels: np.ndarray
    boxes: list[Box]

    def mask(self, number: int) -> np.ndarray:
        """The part's pixels (h, w) within its box, uint8 of 0 and 1."""
        left, top, right, bottom = self.boxes[number]
        return (self.ids[top:bottom, left:right] == number).view(np.uint8)
