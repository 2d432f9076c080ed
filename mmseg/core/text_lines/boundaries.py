"""Outlines of text lines from a map of scores."""
from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import cv2
import numpy as np

from ...utils.errors import InputError, nearest
from .polygons import offset_polygon

_KINDS = ('quad', 'poly')
# Parts of a pixel in which lines grow back exactly.
_FINE = 16
Number = TypeVar('Number', float, np.ndarray)


class TextLine(NamedTuple):
    """Corners (n, 2) of a line in pixels, and its score in [0, 1]."""
    points: np.ndarray
    score: float


@dataclass(frozen=True)
class LineOptions:
    """Options of finding lines in a probability map (Liao et al., AAAI 2020, section 3.5).

    Attributes:
        text_repr_type: ``'quad'`` for rectangles at any angle, ``'poly'`` for polygons.
        mask_thr: Score from which a pixel belongs to a shrunk line.
        min_text_score: Smallest mean score of a line.
        min_text_width: Smallest side of a rectangle in pixels of the map.
        unclip_ratio: Lines grow by area times this over perimeter.
        epsilon_ratio: How far a simplified outline may run from the exact one, to its length.
        max_candidates: No more outlines than this are looked at.
        shrink_ratio: r of the training's targets: lines grow by what that took off, exactly for
            rectangles, instead of by ``unclip_ratio``. None leaves it at that.

    Raises:
        InputError: A value out of range.
    """

    text_repr_type: str = 'poly'
    mask_thr: float = 0.3
    min_text_score: float = 0.3
    min_text_width: float = 5
    unclip_ratio: float = 1.5
    epsilon_ratio: float = 0.01
    max_candidates: int = 3000
    shrink_ratio: float | None = None

    def __post_init__(self) -> None:
        if self.text_repr_type not in _KINDS:
            raise InputError(f'text_repr_type is one of {", ".join(_KINDS)}, got '
                             f'{self.text_repr_type!r}{nearest(str(self.text_repr_type), _KINDS)}')
        if not 0 < self.mask_thr < 1:
            raise InputError(f'mask_thr is a score between 0 and 1, got {self.mask_thr!r}')
        if self.shrink_ratio is not None and not 0 < self.shrink_ratio < 1:
            raise InputError(f'shrink_ratio lies between 0 and 1, got {self.shrink_ratio!r}')
        for name in ('min_text_score', 'min_text_width', 'unclip_ratio', 'epsilon_ratio',
                     'max_candidates'):
            if not getattr(self, name) >= 0:
                raise InputError(f'{name} is a number, 0 or more, got {getattr(self, name)!r}')


def find_boundaries(scores: np.ndarray, options: LineOptions = LineOptions()) -> list[TextLine]:
    """Return the text lines of a page.

    Args:
        scores: Probability map (H, W) in [0, 1].
        options: How they are found.
    """
    mask = (scores > options.mask_thr).view(np.uint8)
    contours = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)[0]
    found = []
    for contour in contours[:options.max_candidates + 1]:
        slack = options.epsilon_ratio * cv2.arcLength(contour, True)
        points = cv2.approxPolyDP(contour, slack, True)[:, 0]
        if len(points) < 4:
            continue
        score = _mean_score(scores, points)
        if score < options.min_text_score:
            continue
        grown = _grown(points, options)
        if grown is None:
            continue
        if options.text_repr_type == 'quad':
            rectangle = cv2.minAreaRect(grown)
            if min(rectangle[1]) < options.min_text_width:
                continue
            grown = cv2.boxPoints(rectangle)
        if len(grown) >= 4:
            found.append(TextLine(grown, score))
    return found


def _grown(points: np.ndarray, options: LineOptions) -> np.ndarray | None:
    """The outline of a shrunk line grown back, (n, 2); None where it falls into parts."""
    area, length = cv2.contourArea(points), cv2.arcLength(points, True)
    if options.shrink_ratio is None:
        parts = offset_polygon(points, area * options.unclip_ratio / length)
        return parts[0].astype(np.int32) if len(parts) == 1 else None
    # Contours run through the centres of pixels, half a pixel inside the edges.
    grow = vatti_growth(area + length / 2 + 1, length + 4, options.shrink_ratio) + 0.5
    parts = offset_polygon(points + 0.5, grow, _FINE)
    return parts[0].astype(np.float32) if len(parts) == 1 else None


def vatti_growth(area: Number, length: Number, ratio: float) -> Number:
    """Return the distance by which polygons shrunk by a ratio grow back; exact for rectangles.

    A rectangle that grows by d has the area ``A + L d + 4 d^2`` and the perimeter ``L + 8 d``. The
    offset ``d = A0 (1 - r^2) / L0`` of PSENet (CVPR 2019, section 3.3) and DB (AAAI 2020), in which
    A0 and L0 are those of the unshrunk part, thus follows from a quadratic equation.

    Args:
        area: A of the shrunk polygon, or of several.
        length: L of it.
        ratio: r.
    """
    lost = 1 - ratio ** 2
    square, linear, constant = 8 - 4 * lost, length * (1 - lost), area * lost
    return (np.sqrt(linear ** 2 + 4 * square * constant) - linear) / (2 * square)


def _mean_score(scores: np.ndarray, points: np.ndarray) -> float:
    """The mean score inside an outline."""
    left, top, width, height = cv2.boundingRect(points)
    inside = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inside, [points - (left, top)], 1)
    return cv2.mean(scores[top:top + height, left:left + width], inside)[0]
