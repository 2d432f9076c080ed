"""What can be seen of a page's objects: they may be white on white, clipped, masked or covered."""
from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import cv2
import numpy as np

from .boxes import Box, grown, to_pixels
from .objects import PageObjects
from .pdfium import Item, raw

# A pixel that changes by more grey levels than this, when objects are left out, shows them.
_TEXT_CONTRAST = 28
_CONTRAST = 6
# Of a long straight edge less can be seen, such as that of a pale ground.
_EDGE_CONTRAST = 3
# Part of an edge that can be seen, at least: something hides or breaks some of it.
_SEEN = 0.7
# What is drawn differs from its neighbours by more than this somewhere.
_STEP = 10


class VisibleEdges:
    """The pixels of a page that show its text, its images and the rest.

    The page is rendered again without its text, and without its images: what changes is what a
    reader sees of them, whatever clip paths, layers, masks and other objects do.

    Args:
        objects: Of the page.
        render: Makes its picture (H, W, 3), uint8, of the objects that are switched on.

    Attributes:
        image: The picture with everything.
        text: Where (H, W) letters are seen: bool.
        images: Where (H, W) images are seen: bool.
        steps: Where (H, W) the picture without text differs from its neighbours: bool.
    """

    def __init__(self, objects: PageObjects, render: Callable[[], np.ndarray]) -> None:
        self.image = render()
        self._size: tuple[int, int] = (self.image.shape[0], self.image.shape[1])
        _switch(objects.items.get('text', []), False)
        bare = render() if objects.items.get('text') else self.image
        self.text = _differ(self.image, bare) > _TEXT_CONTRAST
        if objects.items.get('image'):
            _switch(objects.items['image'], False)
            self.images = _differ(bare, render()) > _CONTRAST
            _switch(objects.items['image'], True)
        else:
            self.images = np.zeros(self._size, bool)
        _switch(objects.items.get('text', []), True)
        down, across = (np.zeros(self._size, np.uint8) for _ in range(2))
        down[1:] = _differ(bare[1:], bare[:-1])
        across[:, 1:] = _differ(bare[:, 1:], bare[:, :-1])
        self.steps = np.maximum(down, across) > _STEP
        self._edges = {'h': down > _EDGE_CONTRAST, 'v': across > _EDGE_CONTRAST}

    @property
    def anything(self) -> bool:
        """Whether there is anything to see on the page."""
        return bool(self.text.any() or self.steps.any())

    def edge(self, box: Sequence[float], way: str, thickness: float = 0., gap: float = 0.) -> bool:
        """Whether a horizontal or vertical edge at ``box``, or a rule around it that is so thick
        and has gaps between its dashes, can be seen."""
        x0, y0, x1, y1 = box
        low, high = 1.5 + thickness / 2, 2.5 + thickness / 2
        wider = (x0, y0 - low, x1, y1 + high) if way == 'h' else (x0 - low, y0, x1 + high, y1)
        here = self._edges[way][to_pixels(wider, self._size)]
        seen = np.asarray(here.any(axis=0 if way == 'h' else 1), np.uint8)
        if gap and seen.size:
            reach = np.ones(1 + 2 * math.ceil(gap / 2), np.uint8)
            seen = np.asarray(cv2.dilate(seen, reach), np.uint8)
        return bool(seen.size and seen.mean() > _SEEN)

    def cut(self, boxes: Iterable[Box], mask: np.ndarray, reach: float = 0.) -> list[Box]:
        """Boxes without margins that the mask (H, W) leaves empty; those with nothing in them
        are left out.

        Args:
            boxes: To cut.
            mask: What is seen.
            reach: Look so many pixels around a box, too: the steps at its sides are there.
        """
        found = []
        for box in boxes:
            rows, columns = to_pixels(grown(box, reach), self._size)
            left, top, width, height = cv2.boundingRect(mask[rows, columns].astype(np.uint8))
            if width and height:
                x0, y0 = columns.start + left, rows.start + top
                if not reach:
                    box = -np.inf, -np.inf, np.inf, np.inf
                found.append((max(float(x0), box[0]), max(float(y0), box[1]),
                              min(float(x0 + width), box[2]), min(float(y0 + height), box[3])))
        return found


def _differ(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Largest difference (H, W) of two pictures' channels, uint8."""
    return cv2.absdiff(one, other).max(axis=2)


def _switch(items: Iterable[Item], shown: bool) -> None:
    """Let PDFium paint objects or leave them out."""
    for item in items:
        raw().FPDFPageObj_SetIsActive(item.handle, int(shown))
