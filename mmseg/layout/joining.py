"""Pieces of one figure or table become one part of a label map."""
from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from ..utils.runs import LabelParts, label_parts


def join_pieces(pred: np.ndarray, gaps: Mapping[int, float], into: np.ndarray,
                least: float = 0., parts: LabelParts | None = None) -> np.ndarray:
    """Return the label map with the pieces of each class joined across narrow gaps.

    A morphological closing by a square of the gap's width, and the holes in its result. A joined
    part takes only pixels of the labels ``into``, so that one class never takes another's parts.

    Args:
        pred: Label map (H, W), integer.
        gaps: Class → widest gap between pieces of one part, in pixels.
        into: The labels that a gap or hole may have, for example background and text; none of
            those of ``gaps``.
        least: Smallest area of a piece in pixels. Smaller ones are specks, which join nothing: the
            letters of a caption between two tables would make one of both.
        parts: Those of ``pred``, where they are known.
    """
    joined, parts = pred, parts or label_parts(pred)
    for label, gap in gaps.items():
        # no class takes another's pieces, which are those of ``pred`` throughout
        own = parts.labels == label
        large = own & (parts.boxes[:, cv2.CC_STAT_AREA] >= least)
        if gap < 1 or not large.any():
            continue
        pieces = ((pred == label) if large.sum() == own.sum()
                  else parts.painted(np.append(False, large))).view(np.uint8)
        x, y, width, height = cv2.boundingRect(pieces)
        around = np.s_[y:y + height, x:x + width]
        reach = round(gap)  # the border of the page does not count as a piece
        window = cv2.copyMakeBorder(pieces[around], *(reach,) * 4, cv2.BORDER_CONSTANT, value=0)
        square = np.ones((reach + 1,) * 2, np.uint8)
        closed = cv2.erode(cv2.dilate(window, square, anchor=(0, 0)), square,
                           anchor=(reach, reach))
        outer, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        cv2.drawContours(closed, outer, -1, 1, thickness=cv2.FILLED)
        taken = closed[reach:-reach, reach:-reach] > pieces[around]
        if taken.any():
            joined = joined.copy()
            found = joined[around]
            labels = found[taken]
            labels[np.isin(labels, into)] = label
            found[taken] = labels
    return joined
