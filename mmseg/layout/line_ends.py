"""Text lines made whole: with the letters at their ends, and of one piece."""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import shapely

from .gutters import across_gutters
from .ink import as_grey, ink_threshold, levelled
from .justified import justified_pairs
from .line_ink import LineInk, letters_at_ends, line_ink
from .lines import FoundLine, each_on_page, joined, level, which_vertical
from .neighbours import connected, row_pairs, unblocked

# All of these but _FILLED and those of noise and rules are in heights of a line.
# A line is lengthened by so much at most.
_FARTHEST = 2.5
# White at the ends of a line that is wider is none of it.
_WHITE = 0.5
# Outlines that fill less of their boxes are of curved lines, which are left as they are.
_FILLED = 0.6
# Standard deviation of the grey levels of paper, at most; and as a share of the lines' median.
_NOISE, _FAINT = 10., 0.4
# A line that is lower than this share of the others, and so many times as long as high, is a rule
# if a row has so much ink.
_LOW, _LONGEST, _THROUGH = 0.6, 3.0, 0.9
# A line within another one of which it is a smaller share is a part of it.
_SMALL = 0.25
# Pieces of a line are at most so far apart; those of a vertical one, where a mark of punctuation
# has the room of a letter, by the second of these. Their upper or lower sides are as uneven.
_WORD_GAP, _MARK_GAP, _UNEVEN = 0.6, 1.2, 0.35
# Marks of punctuation are so small, reach at most so far beyond the end of their line, and so far
# above or below it.
_MARK, _MARK_AT, _MARK_RISE = 0.55, 0.9, 0.15


def complete_lines(lines: Sequence[FoundLine], image: np.ndarray) -> list[FoundLine]:
    """Return the lines with outlines that include the letters at their ends.

    Networks see pages at a fraction of their size, and the first or the last letter of a line is
    often cut. A line is lengthened over ink that continues it, to the next line in its row at
    most; rules and frames end it. Wide white at its ends is left out.

    Args:
        lines: Of a page.
        image: The page, uint8 (H, W, 3) in BGR or (H, W).
    """
    result = list(lines)
    if not result:
        return result
    grey = as_grey(image)
    vertical = which_vertical([line.polygon for line in lines])
    for down in (False, True):
        numbers = np.flatnonzero(vertical == down).tolist()
        polygons = [lines[number].polygon for number in numbers]
        if not polygons:
            continue
        page = levelled(grey, level(polygons, down).turn)
        shapes = shapely.transform(np.array(polygons, object), page.there)
        boxes = shapely.bounds(shapes)
        rooms = _rooms(boxes)
        filled = shapely.area(shapes) >= _FILLED * (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
        whole = np.rint(boxes).clip(0, np.tile(page.grey.shape[::-1], 2)).astype(int)
        ink = line_ink(page.grey, whole)
        trimmed = _trimmed(shapes, whole, ink)
        letters, of = letters_at_ends(page.grey, whole, rooms,
                                      ink._replace(known=ink.known & filled))
        longer, of = np.unique(of, return_inverse=True)
        trimmed[longer] = _hulls(trimmed[longer], letters, of)
        changed = np.flatnonzero(~shapely.equals_exact(trimmed, shapes))
        outlines = each_on_page(shapely.transform(trimmed[changed], page.back), grey.shape)
        for place, outline in zip(changed.tolist(), outlines, strict=True):
            if outline is not None:
                number = numbers[place]
                result[number] = lines[number]._replace(polygon=outline)
    return result


def _trimmed(shapes: np.ndarray, boxes: np.ndarray, ink: LineInk) -> np.ndarray:
    """The outlines (n,) without wide white at their ends; ``boxes`` are in whole pixels."""
    wide = ink.known[:, None] & (ink.white > _WHITE * (boxes[:, 3:] - boxes[:, 1:2]))
    shorter = np.flatnonzero(wide.any(axis=1))
    kept = shapely.bounds(shapes[shorter])
    ends = boxes[shorter][:, [0, 2]] + (ink.white[shorter] - 1) * (1, -1)
    kept[:, [0, 2]] = np.where(wide[shorter], ends, kept[:, [0, 2]])
    parts = shapely.intersection(shapes[shorter], shapely.box(*kept.T))
    whole = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    result = shapes.copy()
    result[shorter[whole]] = parts[whole]
    return result


def _hulls(shapes: np.ndarray, boxes: np.ndarray, of: np.ndarray) -> np.ndarray:
    """The convex hulls (n,) of outlines and boxes (m, 4), each ``of`` an outline."""
    own, of_corner = shapely.get_coordinates(shapes, return_index=True)
    corners = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 2)
    shape = np.concatenate([of_corner, np.repeat(of, 4)])
    order = np.argsort(shape, kind='stable')
    return shapely.convex_hull(shapely.linestrings(np.concatenate([own, corners])[order],
                                                   indices=shape[order]))


def _rooms(boxes: np.ndarray) -> np.ndarray:
    """How far each line may reach to the left and to the right (n, 2): to the next in its row."""
    height = boxes[:, 3] - boxes[:, 1]
    rooms = np.stack([boxes[:, 0] - _FARTHEST * height, boxes[:, 2] + _FARTHEST * height], axis=1)
    around = shapely.box(rooms[:, 0], boxes[:, 1], rooms[:, 1], boxes[:, 3])
    one, two = shapely.STRtree(shapely.box(*boxes.T)).query(around)
    common = np.minimum(boxes[one, 3], boxes[two, 3]) - np.maximum(boxes[one, 1], boxes[two, 1])
    in_row = (one != two) & (common > 0.3 * np.minimum(height[one], height[two]))
    one, two = one[in_row], two[in_row]
    after = boxes[two, 0] + boxes[two, 2] > boxes[one, 0] + boxes[one, 2]
    np.minimum.at(rooms[:, 1], one[after], boxes[two[after], 0])
    np.maximum.at(rooms[:, 0], one[~after], boxes[two[~after], 2])
    return rooms


def with_ink(lines: Sequence[FoundLine], image: np.ndarray) -> list[FoundLine]:
    """Return the lines without those that are nothing but the noise of the paper.

    A line is left out where its grey levels are hardly any different and differ much less than
    those of the page's other lines, and a low one where its ink is a rule.

    Args:
        lines: Of a page.
        image: The page, uint8 (H, W, 3) in BGR or (H, W).
    """
    if not lines:
        return []
    grey = as_grey(image)
    boxes = shapely.bounds(np.array([line.polygon for line in lines], object))
    low, high = np.maximum(np.floor(boxes[:, :2]), 0).astype(int), np.ceil(boxes[:, 2:]).astype(int)
    spread = np.array([cv2.meanStdDev(grey[top:bottom, left:right])[1][0, 0]
                       for left, top, right, bottom in zip(*low.T.tolist(), *high.T.tolist())])
    noise = (spread < _NOISE) & (spread < _FAINT * np.median(spread))
    height, width = boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]
    low_ones = (height < _LOW * np.median(height)) & (width > _LONGEST * height) & ~noise
    for number in np.flatnonzero(low_ones).tolist():
        (left, top), (right, bottom) = low[number], high[number]
        noise[number] = _is_rule(grey[top:bottom, left:right])
    return [line for line, drop in zip(lines, noise.tolist(), strict=True) if not drop]


def _is_rule(window: np.ndarray) -> bool:
    """Whether the ink of a window of the page goes through it from the left to the right."""
    threshold = ink_threshold(window)
    return threshold is not None and bool(
        (((window <= threshold[0]) == threshold[1]).mean(axis=1) >= _THROUGH).any())


def without_nested(lines: Sequence[FoundLine]) -> list[FoundLine]:
    """Return the lines without those that are a small part of another one, as dots and noise are.

    Args:
        lines: Of a page.
    """
    if len(lines) < 2:
        return list(lines)
    polygons = np.array([line.polygon for line in lines], object)
    areas = shapely.area(polygons)
    inner, outer = shapely.STRtree(polygons).query(shapely.centroid(polygons), 'within')
    small = areas[inner] < _SMALL * areas[outer]
    nested = set(inner[small].tolist())
    return [line for number, line in enumerate(lines) if number not in nested]


def _marks(boxes: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Pairs (2, p), the left one first, of a mark of punctuation and the line that it ends."""
    height, width = boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]
    reach = _MARK_AT * height
    around = boxes + np.stack([-reach, -_MARK_RISE * height, reach, _MARK_RISE * height], axis=1)
    mark, line = shapely.STRtree(shapely.box(*around.T)).query(shapely.box(*boxes.T))
    small = (np.maximum(height, width)[mark] <= _MARK * height[line]) & (kinds[line] == kinds[mark])
    mark, line = mark[small], line[small]
    own, reached = boxes[mark], around[line]
    within = ((own[:, :2] >= reached[:, :2]) & (own[:, 2:] <= reached[:, 2:])).all(axis=1)
    mark, line = mark[within], line[within]
    gap = np.maximum(boxes[mark, 0] - boxes[line, 2], boxes[line, 0] - boxes[mark, 2])
    order = np.lexsort((gap, mark))
    nearest = order[np.append(True, np.diff(mark[order]) > 0)[:len(order)]]
    mark, line = mark[nearest], line[nearest]
    first = boxes[mark, 0] + boxes[mark, 2] < boxes[line, 0] + boxes[line, 2]
    return np.stack([np.where(first, mark, line), np.where(first, line, mark)])


def join_pieces(lines: Sequence[FoundLine], boxes: np.ndarray, walls: np.ndarray,
                vertical: bool = False) -> list[FoundLine]:
    """Return the lines, those that follow each other in a row with a word's gap as one.

    In justified lines the gap may be wide (:func:`~mmseg.layout.justified.justified_pairs`).

    Args:
        lines: All level or all vertical.
        boxes: Left, top, right, bottom of each (n, 4), with the page's skew undone.
        walls: Boxes (m, 4) that pieces of a line are never joined across.
        vertical: Whether they are vertical.
    """
    kinds = np.array([line.label for line in lines])
    pairs = row_pairs(boxes, kinds, _MARK_GAP if vertical else _WORD_GAP)
    tree = shapely.STRtree(shapely.box(*walls.reshape(-1, 4).T))
    pairs = unblocked(boxes, pairs[:, ~across_gutters(boxes, pairs)], tree, False)
    one, two = boxes[pairs[0]], boxes[pairs[1]]
    height = np.minimum(one[:, 3] - one[:, 1], two[:, 3] - two[:, 1])
    # superscripts and the first letter of a chapter do not belong to the lines next to them
    level_with = np.abs(one[:, [1, 3]] - two[:, [1, 3]]).min(axis=1) <= _UNEVEN * height
    marks = unblocked(boxes, _marks(boxes, kinds), tree, False)
    group = connected(len(lines), np.concatenate([
        pairs[:, level_with], marks, justified_pairs(boxes, kinds, tree)], axis=1))
    order = np.lexsort((boxes[:, 0], group))
    return joined([lines[number] for number in order.tolist()], group[order])
