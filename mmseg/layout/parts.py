"""The parts of a label map as regions and lines, computed for all parts of a page together."""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np
import shapely
from shapely.geometry import Polygon

from ..core.components import Components
from .lines import FoundLine
from .outline import centreline, outlines, rotated_boxes
from .region import Region

if TYPE_CHECKING:
    from .region_options import RegionOptions


def part_regions(found: Components, pred: np.ndarray, best: np.ndarray, classes: Sequence[str],
                 options: RegionOptions, text: Sequence[int] = ()
                 ) -> tuple[list[Region], list[FoundLine]]:
    """Return a region for each part but those of text, and a line for each of these.

    Both are in the order of the parts.

    Args:
        found: The parts of the page.
        pred: Label map (H, W).
        best: Score (H, W) of that label at each pixel.
        classes: Names of the labels.
        options: How outlines are drawn, and which classes are lines.
        text: The labels that are text.
    """
    numbers = range(1, len(found.labels))
    if not numbers:
        return [], []
    height, width = found.ids.shape
    masks = [found.mask(number) for number in numbers]
    corners = np.array([found.boxes[number][:2] for number in numbers])
    polygons = _within(outlines(
        masks, corners, tolerance=options.tolerance,
        min_hole=options.min_hole * options.unit((height, width)) ** 2), width, height)
    labels, confidence = found.labels[1:].tolist(), _confidence(found, masks, pred, best)
    is_text = np.isin(found.labels[1:], text)
    others = np.flatnonzero(~is_text)
    regions = []
    for index, box in zip(others.tolist(), rotated_boxes(polygons[others]), strict=True):
        label, polygon, line, thickness = labels[index], polygons[index], None, None
        if classes[label] in options.lines:
            line, thickness = centreline(masks[index], found.boxes[index + 1][:2], polygon, box)
        regions.append(Region(label=label, name=classes[label], polygon=polygon,
                              confidence=confidence[index], rotated_box=box,
                              centreline=line, thickness=thickness))
    return regions, [FoundLine(polygons[index], confidence[index], labels[index])
                     for index in np.flatnonzero(is_text).tolist()]


def _confidence(found: Components, masks: Sequence[np.ndarray], pred: np.ndarray,
                best: np.ndarray) -> list[float]:
    """The mean score of each part's class over its pixels (n,)."""
    # What a part has grown by, or has taken of other classes, the network did not say.
    seen = {label: (pred == label).view(np.uint8) for label in np.unique(found.labels[1:]).tolist()}
    means = []
    for mask, label, (left, top, right, bottom) in zip(masks, found.labels[1:].tolist(),
                                                       found.boxes[1:], strict=True):
        window = np.s_[top:bottom, left:right]
        means.append(cv2.mean(best[window], cv2.bitwise_and(mask, seen[label][window]))[0])
    return means


def _within(polygons: np.ndarray, width: int, height: int) -> np.ndarray:
    """The polygons' parts on the page; of each the largest, where corners fall off."""
    bounds = shapely.bounds(polygons)
    off = ((bounds[:, :2] < 0).any(axis=1) | (bounds[:, 2] > width) | (bounds[:, 3] > height))
    for number in np.flatnonzero(off).tolist():
        inside = shapely.intersection(polygons[number], shapely.box(0, 0, width, height))
        parts = [part for part in getattr(inside, 'geoms', [inside]) if isinstance(part, Polygon)]
        polygons[number] = max(parts, key=lambda part: part.area)
    return polygons
