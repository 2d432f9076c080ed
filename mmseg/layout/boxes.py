"""The boxes of a detector as regions."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from ..inference.predictor import PageBoxes
from .ink import split_lines
from .lines import FoundLine, level
from .region import Region
from .text_blocks import lines_within

# Boxes that overlap by more than this share of what they cover together are one region, of the
# class with the highest score.
_SAME = 0.7


def box_regions(page: PageBoxes, kept: Sequence[int], classes: Sequence[str],
                text_labels: Sequence[int], line_labels: Sequence[int],
                image: np.ndarray | None = None, right_to_left: bool = False) -> list[Region]:
    """Return a region for each box, best score first; those of text have the lines in them.

    Args:
        page: The boxes.
        kept: Which of them to take.
        classes: Names of the classes, background first.
        text_labels: Those of text.
        line_labels: Those of separator lines, which have a centreline and a thickness.
        image: The page, uint8 (H, W, 3) in BGR, whose ink tells text lines apart; without one a
            box of text is one line.
        right_to_left: Whether text is read from the right.
    """
    height, width = page.size
    order = sorted(kept, key=lambda number: -page.scores[number])
    regions: list[Region] = []
    for number in order:
        left, top, right, bottom = page.boxes[number].astype(float).clip(
            0, [width, height, width, height]).tolist()
        polygon = shapely.box(left, top, right, bottom, ccw=False)
        if not polygon.area or any(_overlap(polygon, region.polygon) > _SAME
                                   for region in regions):
            continue
        label, score = int(page.labels[number]), float(page.scores[number])
        lines = () if label not in text_labels else lines_within(
            [FoundLine(line, score, label) for line in _lines(polygon, image)], image,
            right_to_left)
        middle, thickness = _middle(left, top, right, bottom) if label in line_labels \
            else (None, None)
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        regions.append(Region(label, classes[label], polygon, score, corners, middle, thickness,
                              lines))
    return regions


def _overlap(one: shapely.Polygon, other: shapely.Polygon) -> float:
    common = one.intersection(other).area
    return common / (one.area + other.area - common)


def _lines(polygon: shapely.Polygon, image: np.ndarray | None) -> list[shapely.Polygon]:
    return [polygon] if image is None else split_lines([polygon], image, level([polygon]).turn)[0]


def _middle(left: float, top: float, right: float, bottom: float) -> tuple[np.ndarray, float]:
    """The line along the middle of a box, and its thickness."""
    if right - left >= bottom - top:
        row = (top + bottom) / 2
        return np.array([[left, row], [right, row]]), bottom - top
    column = (left + right) / 2
    return np.array([[column, top], [column, bottom]]), right - left
