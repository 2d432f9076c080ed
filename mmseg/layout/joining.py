"""Pieces of one figure or table become one part of a label map."""
from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import shapely

from ..utils.runs import LabelParts, label_parts
from .neighbours import connected

# Pieces of which it is looked up which are near each other; more are joined in one window.
_MOST = 1000


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
        for window in _windows(parts.boxes[large], round(gap)):
            taken = _taken(pieces[window], round(gap))
            if taken.any():
                joined = joined.copy() if joined is pred else joined
                found = joined[window]
                labels = found[taken]
                labels[np.isin(labels, into)] = label
                found[taken] = labels
    return joined


def _windows(boxes: np.ndarray, reach: int) -> list[tuple[slice, slice]]:
    """Windows around pieces that are near each other; a rectangle by itself has nothing to join.

    Args:
        boxes: Left, top, width, height and area of the pieces (n, 5), n >= 1.
        reach: Widest gap in pixels.
    """
    left, top, width, height, area = boxes.T
    right, bottom = left + width, top + height
    group = np.zeros(len(boxes), int)
    if len(boxes) <= _MOST:
        around = shapely.box(left, top, right + reach + 1, bottom + reach + 1)
        group = connected(len(boxes), shapely.STRtree(around).query(around))
    order = np.argsort(group, kind='stable')
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    left, top = (np.minimum.reduceat(side[order], starts) for side in (left, top))
    right, bottom = (np.maximum.reduceat(side[order], starts) for side in (right, bottom))
    ragged = np.add.reduceat(area[order], starts) < (right - left) * (bottom - top)
    return [np.s_[first:last, begin:end] for first, last, begin, end in zip(
        *(side[ragged].tolist() for side in (top, bottom, left, right)))]


def _taken(pieces: np.ndarray, reach: int) -> np.ndarray:
    """What pieces (h, w) uint8 take when they are joined, and holes in the result, bool."""
    # the border of the page does not count as a piece
    window = cv2.copyMakeBorder(pieces, *(reach,) * 4, cv2.BORDER_CONSTANT, value=0)
    square = np.ones((reach + 1,) * 2, np.uint8)
    closed = cv2.erode(cv2.dilate(window, square, anchor=(0, 0)), square, anchor=(reach, reach))
    outer, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(closed, outer, -1, 1, thickness=cv2.FILLED)
    taken: np.ndarray = closed[reach:-reach, reach:-reach] > pieces
    return taken
