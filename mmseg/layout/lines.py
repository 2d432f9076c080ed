"""The text lines of a page, from a line head or else from the text pixels."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import shapely
from shapely.geometry import Polygon

from ..core.text_lines import MAX_POINTS, LineOptions, find_boundaries, usable_polygon
from .outline import rotated_boxes

# Parts of text pixels of which this share lies in lines that were found add none.
_COVERED = 0.3
# Lines are of a class of text where it has this share of their pixels.
_OF_TEXT = 0.3
# Only lines as long as so many of their heights tell the skew of a page.
_LONG = 4.0
# What rounding leaves of an area, at least.
_ROUNDED = 0.99
# Vertical lines are so many times as high as wide; on pages most of whose lines are vertical,
# short ones are too.
_VERTICAL, _VERTICAL_SHORT = 2.5, 0.8
# A narrow line that is not so many times as high as the level ones is a letter, such as a digit 1.
_LETTERS = 2.0


class FoundLine(NamedTuple):
    """A line, its score, and the class of the pixels that it covers, 0 where it is not text."""
    polygon: Polygon
    score: float
    label: int


def lines_of_head(scores: np.ndarray, pred: np.ndarray, text_labels: Sequence[int],
                  options: LineOptions) -> list[FoundLine]:
    """Return the lines that a line head found.

    Args:
        scores: Of shrunk lines (H, W).
        pred: Label map (H, W).
        text_labels: The classes that are text.
        options: How lines are found in the scores.
    """
    found = find_boundaries(scores, options)
    outlines = _polygons([line.points for line in found])
    there = np.flatnonzero(~shapely.is_missing(outlines)).tolist()
    inside = each_on_page(outlines[there], scores.shape)
    kept = [(outline, found[number].score) for number, outline in zip(there, inside, strict=True)
            if outline is not None]
    labels = _labels_under([outline for outline, _ in kept], pred, text_labels)
    return [FoundLine(outline, score, label)
            for (outline, score), label in zip(kept, labels, strict=True)]


def _polygons(points: Sequence[np.ndarray]) -> np.ndarray:
    """The polygons (n,) with these corners, None where :func:`usable_polygon` finds none."""
    if not points:
        return np.empty(0, object)
    counts = np.array([len(corners) for corners in points])
    polygons = shapely.polygons(shapely.linearrings(
        np.concatenate(points).astype(np.float64), indices=np.repeat(np.arange(len(counts)),
                                                                     counts)))
    valid = shapely.is_valid(polygons) & (shapely.area(polygons) > 0) & (counts <= MAX_POINTS)
    for number in np.flatnonzero(~valid).tolist():
        corners, _ = usable_polygon(points[number])
        polygons[number] = None if corners is None else Polygon(corners)
    return polygons


def on_page(polygon: Polygon, size: Sequence[int]) -> Polygon | None:
    """Return the largest part of an outline that is on a page of ``size`` (height, width)."""
    inside = shapely.intersection(polygon, shapely.box(0, 0, size[1], size[0]))
    parts = [part for part in getattr(inside, 'geoms', [inside])
             if isinstance(part, Polygon) and part.area]
    return max(parts, key=lambda part: part.area, default=None)


def each_on_page(polygons: np.ndarray, size: Sequence[int]) -> list[Polygon | None]:
    """Return what :func:`on_page` gives for each of the outlines (n,)."""
    parts = polygons.tolist()
    bounds = shapely.bounds(polygons)
    off = (bounds[:, :2] < 0).any(axis=1) | (bounds[:, 2:] > (size[1], size[0])).any(axis=1)
    for number in np.flatnonzero(off).tolist():
        parts[number] = on_page(parts[number], size)
    return parts


def _labels_under(polygons: Sequence[Polygon], pred: np.ndarray,
                  text_labels: Sequence[int]) -> list[int]:
    """The class of each line: of text where that has a good share, else that of most pixels."""
    shapes = np.array(polygons, object)
    rings = shapely.get_exterior_ring(shapes)
    ends = np.cumsum(shapely.get_num_coordinates(rings)).tolist()
    windows = shapely.bounds(shapes).reshape(-1, 4).astype(int)
    corners = shapely.get_coordinates(rings) - np.repeat(
        windows[:, :2] + 0.5, shapely.get_num_coordinates(rings), axis=0)
    outlines = np.rint(corners).astype(np.int32)
    counts = np.zeros((len(shapes), int(max(pred.max(), *text_labels)) + 1), int)
    for number, (left, top, right, bottom, start, end) in enumerate(
            zip(*windows.T.tolist(), [0, *ends], ends)):
        window = pred[top:bottom + 1, left:right + 1]
        inside = np.zeros(window.shape, np.uint8)
        cv2.fillPoly(inside, [outlines[start:end]], 1)
        counts[number] = np.bincount(window[inside.view(bool)], minlength=counts.shape[1])
    of_text = counts[:, list(text_labels)]
    best = np.array(text_labels)[of_text.argmax(axis=1)]
    most = counts.argmax(axis=1)
    # where most pixels are background it is text that they missed
    is_text = (of_text.max(axis=1) >= _OF_TEXT * counts.sum(axis=1)) | (most == 0)
    return np.where(is_text, best, most).tolist()


def uncovered(parts: Sequence[Polygon], lines: Sequence[FoundLine]) -> list[int]:
    """Return the numbers of the parts of text pixels in which no line was found."""
    if not len(lines):
        return list(range(len(parts)))
    polygons = np.array([line.polygon for line in lines])
    shapes = np.array(parts, object)
    first, second = shapely.STRtree(polygons).query(shapes, 'intersects')
    common = shapely.area(shapely.intersection(shapes[first], polygons[second]))
    covered = np.zeros(len(parts))
    np.add.at(covered, first, common)
    return np.flatnonzero(covered < _COVERED * shapely.area(shapes)).tolist() if len(parts) else []


def joined(lines: Sequence[FoundLine], groups: np.ndarray) -> list[FoundLine]:
    """Return a line for each group of pieces, which are of one class.

    Args:
        lines: The pieces, those of a group one after the other.
        groups: Numbers of the groups, from 0, of each piece (n,).
    """
    counts = np.bincount(groups)
    firsts = np.cumsum(counts) - counts
    result = [lines[first] for first in firsts.tolist()]
    several = np.flatnonzero(counts > 1)
    if not len(several):
        return result
    pieces = np.flatnonzero(counts[groups] > 1)
    polygons = np.array([lines[piece].polygon for piece in pieces.tolist()], object)
    hulls = shapely.convex_hull(shapely.multipolygons(
        polygons, indices=np.searchsorted(several, groups[pieces])))
    areas = shapely.area(polygons)
    start = 0
    for group, hull in zip(several.tolist(), hulls.tolist(), strict=True):
        first, count = int(firsts[group]), int(counts[group])
        scores = [line.score for line in lines[first:first + count]]
        own = areas[start:start + count]
        result[group] = FoundLine(hull, float((scores * own).sum() / own.sum()), lines[first].label)
        start += count
    return result


def divided(line: FoundLine, turn: np.ndarray, gaps: Sequence[Sequence[float]]) -> list[FoundLine]:
    """Return the parts of a line without ``gaps``.

    Args:
        line: A line.
        turn: (2, 2), which makes it level: ``points @ turn``.
        gaps: First and last x of each in the turned page, from left to right.
    """
    if not len(gaps):
        return [line]
    outline = shapely.transform(line.polygon, lambda points: points @ turn)
    left, top, right, bottom = outline.bounds
    ends = np.concatenate([[left - 1], np.ravel(gaps), [right + 1]]).reshape(-1, 2)
    parts = [shapely.intersection(outline, shapely.box(first, top, last, bottom))
             for first, last in ends.tolist()]
    return [line._replace(polygon=shapely.transform(part, lambda points: points @ turn.T))
            for part in parts if isinstance(part, Polygon) and part.area] or [line]


class Frame(NamedTuple):
    """The page as its lines run: turned so that they are level.

    Attributes:
        boxes: Left, top, right, bottom of each line (n, 4) in the turned page.
        turn: (2, 2), which turns points (n, 2): ``points @ turn``.
    """
    boxes: np.ndarray
    turn: np.ndarray

    def boxes_of(self, polygons: Sequence[Polygon]) -> np.ndarray:
        """Return the boxes (n, 4) of other polygons in the turned page."""
        return _bounds(polygons, self.turn)


def level(polygons: Sequence[Polygon], vertical: bool = False) -> Frame:
    """Return the frame of lines that are all level or, ``vertical``, all run down the page.

    Vertical lines, of which the right one is read first, become level ones from the top down.
    """
    turn = turn_by(skew(polygons, vertical))
    if vertical:  # y is along, and x from the right is down
        turn = turn @ np.array([[0., -1.], [1., 0.]])
    return Frame(_bounds(polygons, turn), turn)


def turn_by(angle: float) -> np.ndarray:
    """Return what makes lines level (2, 2) that run at an angle in radians: ``points @ turn``."""
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin], [sin, cos]])


def _bounds(polygons: Sequence[Polygon], turn: np.ndarray) -> np.ndarray:
    if not len(polygons):
        return np.empty((0, 4))
    shapes = np.array(polygons, object)
    if np.allclose(turn, np.eye(2)):
        return shapely.bounds(shapes)
    return shapely.bounds(shapely.transform(shapes, lambda points: points @ turn))


def skew(polygons: Sequence[Polygon], vertical: bool = False) -> float:
    """Return the median angle of long lines in radians; 0 if there are none."""
    shapes = np.array(polygons, object)
    # The smallest rectangle is at least as large as the line, and its sides are not longer than the
    # diagonal of its box: most words cannot be long, and their rectangles are not needed.
    bounds = shapely.bounds(shapes).reshape(-1, 2, 2)
    diagonal = ((bounds[:, 1] - bounds[:, 0]) ** 2).sum(axis=1)
    return angle_of(rotated_boxes(shapes[diagonal >= _ROUNDED * _LONG * shapely.area(shapes)]),
                    vertical)


def angle_of(boxes: np.ndarray, vertical: bool = False) -> float:
    """Return what :func:`skew` gives, by the smallest rectangles around the lines.

    Args:
        boxes: Their corners (n, 4, 2).
        vertical: Whether the lines run down the page.
    """
    sides = boxes[:, 1:3] - boxes[:, :2]
    lengths = np.hypot(sides[..., 0], sides[..., 1])
    long = lengths.max(axis=1) >= _LONG * lengths.min(axis=1)
    if not long.any():
        return 0.
    sides, lengths = sides[long], lengths[long]
    across, down = sides[np.arange(len(sides)), lengths.argmax(axis=1)].T
    angles = np.arctan2(-across, down) if vertical else np.arctan2(down, across)
    angles = (angles + np.pi / 2) % np.pi - np.pi / 2
    order = np.argsort(angles, kind='stable')
    total = np.cumsum(lengths.max(axis=1)[order])
    middle = float(angles[order][np.searchsorted(total, total[-1] / 2)])
    # what is less is the raggedness of the outlines
    return middle if abs(middle) > np.radians(0.2) else 0.


def which_vertical(polygons: Sequence[Polygon]) -> np.ndarray:
    """Return whether each line runs down the page, (n,) bool."""
    boxes = _bounds(polygons, np.eye(2))
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    tall = height > _VERTICAL * width
    wide = width > _VERTICAL * height
    area = width * height
    if area[tall].sum() > area[wide].sum():
        return height > _VERTICAL_SHORT * width
    if wide.any():
        tall &= height > _LETTERS * np.median(height[wide])
    return tall
