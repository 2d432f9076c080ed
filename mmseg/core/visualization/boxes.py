"""Boxes painted over their page."""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from mmseg.utils.errors import InputError

from .compose import compose_legend
from .paint import distinct_palette

# A line is this share of the page's width, and at least two pixels.
_LINE = 1 / 400


def paint_boxes(image: np.ndarray, boxes: Sequence[np.ndarray], class_names: Sequence[str] = (),
                palette: Sequence[Sequence[int]] | None = None, score_thr: float = 0.3,
                opacity: float = 0.5) -> np.ndarray:
    """A copy of the page with its boxes in the colours of their classes, and a legend below.

    Args:
        image: uint8 ``(H, W, 3)`` in BGR.
        boxes: For each class an array ``(n, 5)`` of x1, y1, x2, y2 in pixels and a score.
        class_names: Name of each class; numbers where empty.
        palette: RGB colour of each class; distinct ones where None.
        score_thr: Boxes with a lower score are left out.
        opacity: Share of the colour within boxes, in (0, 1]; half of it is used, so that boxes
            that overlap can be told apart.

    Raises:
        InputError: An opacity outside (0, 1].
    """
    if not 0 < opacity <= 1:
        raise InputError(f'opacity must be in (0, 1], got {opacity}')
    colours = palette or distinct_palette(len(boxes))
    names = list(class_names) or [str(number) for number in range(len(boxes))]
    filled, outlined, seen = image.copy(), [], []
    for number, of_class in enumerate(boxes):
        kept = of_class[of_class[:, 4] >= score_thr]
        colour = tuple(int(part) for part in colours[number][::-1])
        seen += [number] * bool(len(kept))
        for left, top, right, bottom in np.rint(kept[:, :4]).astype(int).tolist():
            cv2.rectangle(filled, (left, top), (right, bottom), colour, cv2.FILLED)
            outlined.append(((left, top), (right, bottom), colour))
    painted = cv2.addWeighted(image, 1 - opacity / 2, filled, opacity / 2, 0)
    width = max(2, round(image.shape[1] * _LINE))
    for corner, opposite, colour in outlined:
        cv2.rectangle(painted, corner, opposite, colour, width)
    return compose_legend(painted, [names[number] for number in seen],
                          [colours[number] for number in seen])
