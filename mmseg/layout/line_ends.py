"""Text lines made whole: with the letters at their ends, and of one piece."""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import shapely

from .gutters import across_gutters
from .ink import as_grey, ink_threshold, levelled
from .justified import justified_pairs
from .lines import FoundLine, each_on_page, joined, level, which_vertical
from .neighbours import connected, row_pairs, unblocked

# All of these but _FILLED and those of noise and rules are in heights of a line.
# A line is lengthened by so much at most, and over gaps up to this one.
_FARTHEST, _GAP = 2.5, 0.5
# Letters may rise above the outline, or descend below it, by so much.
_RISE = 0.3
# What is higher than a letter, or longer than several, is a rule or a picture; a rule is thin, and
# longer than a hyphen.
_HIGHEST, _LONGEST, _THIN, _HYPHEN = 1.45, 3.0, 0.15, 0.8
# Dots, as between titles and numbers of pages, are so small, and apart by so much.
_DOT, _DOT_GAP = 0.3, 0.8
# White at the ends of a line that is wider is none of it.
_WHITE = 0.5
# Outlines that fill less of their boxes are of curved lines, which are left as they are.
_FILLED = 0.6
# Standard deviation of the grey levels of paper, at most; and as a share of the lines' median.
_NOISE, _FAINT = 10., 0.4
# A line that is lower than this share of the others is a rule, if a row has so much ink.
_LOW, _THROUGH = 0.6, 0.9
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
        thresholds = _thresholds(boxes, page.grey)
        trimmed = _trimmed(shapes, boxes, page.grey, thresholds)
        ends = {place: _ends(page.grey, boxes[place], rooms[place], thresholds[place])
                for place in np.flatnonzero(filled).tolist()}
        places = [place for place, letters in ends.items() if letters]
        trimmed[places] = _hulls(trimmed[places], [ends[place] for place in places])
        changed = np.flatnonzero(trimmed != shapes)
        outlines = each_on_page(shapely.transform(trimmed[changed], page.back), grey.shape)
        for place, outline in zip(changed.tolist(), outlines, strict=True):
            if outline is not None:
                number = numbers[place]
                result[number] = lines[number]._replace(polygon=outline)
    return result


def _thresholds(boxes: np.ndarray, grey: np.ndarray) -> list[tuple[float, bool] | None]:
    """What tells the ink of each line, see :func:`ink_threshold`."""
    return [ink_threshold(grey[max(top, 0):bottom, max(left, 0):right])
            for left, top, right, bottom in np.rint(boxes).astype(int).tolist()]


def _trimmed(shapes: np.ndarray, boxes: np.ndarray, grey: np.ndarray,
             thresholds: Sequence[tuple[float, bool] | None]) -> np.ndarray:
    """The outlines (n,) without wide white at their ends."""
    kept = boxes.copy()
    for number, (left, top, right, bottom) in enumerate(np.rint(boxes).astype(int).tolist()):
        left, top = max(left, 0), max(top, 0)
        threshold = thresholds[number]
        if threshold is None:
            continue
        window = grey[top:bottom, left:right]
        level_of_ink, dark = threshold
        ink = (window.min(axis=0) <= level_of_ink) if dark else (window.max(axis=0) > level_of_ink)
        if not ink.any():
            continue
        first, last = int(ink.argmax()), int(ink[::-1].argmax())
        least = _WHITE * (bottom - top)
        if first > least:
            kept[number, 0] = left + first - 1
        if last > least:
            kept[number, 2] = right - last + 1
    result = shapes.copy()
    shorter = (kept != boxes).any(axis=1)
    parts = shapely.intersection(shapes[shorter], shapely.box(*kept[shorter].T))
    whole = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    result[np.flatnonzero(shorter)[whole]] = parts[whole]
    return result


def _hulls(shapes: np.ndarray, boxes: Sequence[Sequence[Sequence[float]]]) -> np.ndarray:
    """The convex hulls (n,) of outlines and boxes, a box or more for each outline."""
    if not len(shapes):
        return shapes
    own, of_shape = shapely.get_coordinates(shapes, return_index=True)
    of_box = np.repeat(np.arange(len(boxes)), [4 * len(some) for some in boxes])
    corners = np.array([box for some in boxes for box in some])[:, [0, 1, 2, 1, 2, 3, 0, 3]]
    points = np.concatenate([own, corners.reshape(-1, 2)])
    shape = np.concatenate([of_shape, of_box])
    order = np.argsort(shape, kind='stable')
    return shapely.convex_hull(shapely.multipoints(points[order], indices=shape[order]))


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


def _ends(grey: np.ndarray, box: np.ndarray, room: np.ndarray,
          threshold: tuple[float, bool] | None) -> list[tuple[int, int, int, int]]:
    """Boxes (left, top, right, bottom) around the letters at both ends of a line."""
    if threshold is None:
        return []
    left, top, right, bottom = np.rint(box).astype(int).tolist()
    rise = int(np.ceil(_RISE * (bottom - top)))
    upper, lower = max(top - rise, 0), bottom + rise
    line = grey[max(top, 0):bottom, max(left, 0):right]
    level_of_ink, dark = threshold
    usual = (line[(line <= level_of_ink) == dark].mean() + level_of_ink) / 2
    found = []
    for first, last, mirrored in ((right - (bottom - top), int(room[1]), False),
                                  (int(room[0]), left + (bottom - top), True)):
        first, last = max(first, 0), min(last, grey.shape[1])
        window = grey[upper:lower, first:max(last, first)]
        ink = (window <= level_of_ink) == dark
        if not ink.size:
            continue
        full = window <= usual if dark else window >= usual
        end = right - first if not mirrored else last - left
        if mirrored:
            ink, full = ink[:, ::-1], full[:, ::-1]
        letters = _letters(ink, full, end, top - upper, bottom - top)
        if letters is None:
            continue
        x1, y1, x2, y2 = letters
        if mirrored:
            x1, x2 = ink.shape[1] - x2, ink.shape[1] - x1
        found.append((first + x1, upper + y1, first + x2, upper + y2))
    return found


def _letters(ink: np.ndarray, full: np.ndarray, end: int, top: int,
             height: int) -> tuple[int, int, int, int] | None:
    """The box around letters at the right end of a line, None without any.

    Args:
        ink: Whether there is ink at pixels of the end and of what follows it.
        full: Whether it is nearly as dark as that of the line; parts without such a pixel are spots
            of the paper.
        end: Column in which the line ends as yet.
        top: First row of the line.
        height: Of the line.
    """
    number, labels, stats, centres = cv2.connectedComponentsWithStats(
        np.ascontiguousarray(ink).view(np.uint8), connectivity=8)
    is_letter = np.bincount(labels[full], minlength=number) > 0
    is_letter[0] = False  # the paper
    parts = [(*stat, middle) for stat, middle in zip(
        stats[is_letter, :4].tolist(), centres[is_letter, 1].tolist(), strict=True)]
    reached, low, high, first = end, ink.shape[0], 0, ink.shape[1]
    for x, y, width, tall, middle in sorted(parts):
        gap = _DOT_GAP if max(width, tall) <= _DOT * height else _GAP
        if x > reached + gap * height:
            break
        if tall > _HIGHEST * height or (width > _LONGEST * height and tall > height):
            if x >= end - 1:
                break  # a rule or a picture: nothing of the line is beyond
            continue
        if not top <= middle <= top + height or (tall < _THIN * height
                                                 and width > _HYPHEN * height):
            continue
        reached, first = max(reached, x + width), min(first, x)
        low, high = min(low, y), max(high, y + tall)
    return (first, low, reached, high) if high > low else None


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
                       for (left, top), (right, bottom) in zip(low.tolist(), high.tolist())])
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
    mark, line = shapely.STRtree(shapely.box(*around.T)).query(shapely.box(*boxes.T), 'within')
    small = (np.maximum(height, width)[mark] <= _MARK * height[line]) & (kinds[line] == kinds[mark])
    mark, line = mark[small], line[small]
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
    return [joined([lines[number] for number in piece.tolist()])
            for piece in np.split(order, np.flatnonzero(np.diff(group[order])) + 1)]
