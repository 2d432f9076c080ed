"""Figures from raster images and drawn paths, and separators from rules."""
from __future__ import annotations

import numpy as np

from .boxes import (
    Box,
    area,
    around,
    as_boxes,
    groups,
    grown,
    merge,
    share_inside,
    touching,
    within,
)
from .objects import PageObjects, Path
from .tables import Ruled
from .text import covered

# All lengths are shares of the page's longer side.
_SMALLEST_IMAGE = 0.02
_SMALLEST_DRAWING = 0.022
# Parts of one drawing are this near to each other; a rule or a box joins one that it touches.
_NEAR = 0.02
_TOUCH = 0.004
# A box with text is a node of a diagram up to this share of the page's width.
_WIDEST_NODE = 0.4
# A rectangle over more than this share of the page's width or height is a part of its design.
_BAND = 0.9
# Pictures that together cover more than this share of the page are its paper.
_WHOLE_PAGE = 0.85
# The words at a drawing's edge are this near to it, sideways and below, in heights of a line; a
# caption is farther.
_LABEL_GAPS = (1., 0.75)
# The words in a plot, such as its legend, cover less of its frame than this.
_PLOT_TEXT = 0.1
_SHORTEST_SEPARATOR = 0.06
# So many dashes, each drawn by itself, are a line.
_DASHES = 6
# More text than this, as a share of its box, makes a drawing a coloured box around a text.
_PROSE = 0.3


def find_figures(objects: PageObjects, lines: np.ndarray, ruled: Ruled) -> tuple[
        list[Box], list[Box]]:
    """Boxes of raster images, and of drawings.

    Args:
        objects: What is drawn on the page.
        lines: Boxes (N, 4) of the lines of text.
        ruled: What rules enclose; what lies in tables belongs to them.
    """
    smallest = _SMALLEST_IMAGE * objects.side
    merged = merge(objects.images, 1.)
    images = [box for box, taken in zip(merged, within(as_boxes(merged), ruled.tables))
              if min(box[2] - box[0], box[3] - box[1]) >= smallest
              and not taken and covered(box, lines) < _PROSE
              and area(np.asarray(box)) < _WHOLE_PAGE * np.prod(objects.size)]
    return images, find_drawings(objects, lines, ruled)


def find_drawings(objects: PageObjects, lines: np.ndarray, ruled: Ruled) -> list[Box]:
    """Boxes of drawings: paths near each other, with the rules and boxes that touch them.

    Args:
        objects: What the page holds.
        lines: Boxes of the text lines, ``(n, 4)``: left, top, right, bottom in pixels.
        ruled: The page's tables and grids.
    """
    page = float(np.prod(objects.size))
    boxes = as_boxes(path.box for path in objects.paths)
    free = ~within(boxes, ruled.tables) & (area(boxes) < 0.8 * page)
    paths = [path for path, flag in zip(objects.paths, free) if flag]
    grounds = _grounds(paths, objects, lines)
    seeds = as_boxes([*(path.box for path in paths if not path.rule and path not in grounds),
                      *ruled.grids, *_crossings(paths, ruled, _TOUCH * objects.side)])
    if not len(seeds):
        return []
    # A bar or box as wide as the page's text is the ground of a heading or paragraph; but a frame
    # with few words may be a plot's.
    joining = [path.box for path in paths if path.rule or (path in grounds and (
        path.box[2] - path.box[0] < _WIDEST_NODE * objects.size[1]
        or (not path.filled and grounds[path] < _PLOT_TEXT)))]
    touch = _TOUCH * objects.side
    found = [around(seeds[group]) for group in groups(seeds, _NEAR * objects.side)]
    grown_ones = _absorb(found, as_boxes(joining), touch)
    bad = [box for box in grown_ones if _is_prose(box, lines, page)]
    # where a drawing grew to hold running text, it stays as it was
    kept = [box for box in found if within(as_boxes([box]), bad)[0]
            and not _is_prose(box, lines, page)]
    smallest = _SMALLEST_DRAWING * objects.side
    return [box for box in merge([*(box for box in grown_ones if box not in bad), *kept])
            if min(box[2] - box[0], box[3] - box[1]) >= smallest]


def _grounds(paths: list[Path], objects: PageObjects, lines: np.ndarray) -> dict[Path, float]:
    """Rectangles that something lies on, and how much of each text covers: those that hold text,
    pieces of such a ground (some programs paint one for each line), and bands across the page."""
    grounds = {path: covered(path.box, lines) for path in paths if _holds_text(path, lines)}
    known = as_boxes(path.box for path in grounds)
    height, width = objects.size
    touch = _TOUCH * objects.side
    for path in paths:
        if path in grounds or not path.rectangle or not path.filled or path.rule:
            continue
        x0, y0, x1, y1 = path.box
        off = np.abs(known - path.box)
        aligned = (off[:, [0, 2]].max(axis=1) < touch) | (off[:, [1, 3]].max(axis=1) < touch)
        if (aligned & touching(path.box, known, touch)).any() or (
                x1 - x0 > _BAND * width or y1 - y0 > _BAND * height):
            grounds[path] = 0.
            known = np.vstack([known, path.box])
    return grounds


def _crossings(paths: list[Path], ruled: Ruled, touch: float) -> list[Box]:
    """Boxes of at least three rules that meet at angles, such as an axis with its ticks."""
    rules = [path for path in paths if path.rule]
    boxes = as_boxes(path.box for path in rules)
    free = ~within(boxes, [grown(frame, touch + 1) for frame in ruled.frames], 0.9)
    rules, boxes = [path for path, flag in zip(rules, free) if flag], boxes[free]
    across = np.array([path.rule == 'h' for path in rules], bool)
    return [around(boxes[group]) for group in groups(boxes, touch)
            if len(group) >= 3 and 0 < across[group].sum() < len(group)]


def _holds_text(path: Path, lines: np.ndarray) -> bool:
    """Whether a path is the ground of a text: a coloured box, a frame, a button."""
    if not path.rectangle:
        return False
    inside = lines[share_inside(lines, path.box) > 0.7]
    return len(inside) > 0


def _absorb(found: list[Box], others: np.ndarray, touch: float) -> list[Box]:
    """Let each box grow by the others that touch it, and merge, until nothing changes.

    What is much longer than the drawing so far does not belong to it: a separator that ends there.
    """
    free = np.ones(len(others), bool)
    boxes = merge(found, touch)
    while True:
        before = boxes
        grown = []
        for box in boxes:
            near = others[free & touching(box, others, touch)] if len(others) else others
            spans = near[:, 2:] - near[:, :2]
            limit = 3 * max(box[2] - box[0], box[3] - box[1])
            near = near[(spans <= limit).all(axis=1)]
            grown.append(around(np.vstack([as_boxes([box]), near])))
        boxes = merge(grown, touch)
        for box in boxes:
            free &= ~(share_inside(_thick(others), box) > 0.99)
        if boxes == before:
            return boxes


def _thick(boxes: np.ndarray) -> np.ndarray:
    """Boxes that have an area, also where they were lines."""
    return boxes + np.array([-0.01, -0.01, 0.01, 0.01])


def _is_prose(box: Box, lines: np.ndarray, page: float) -> bool:
    """Whether what looks like a drawing is an ornament around running text."""
    inside = lines[share_inside(lines, box) > 0.7]
    wide = (inside[:, 2] - inside[:, 0]) > 0.5 * (box[2] - box[0])
    return bool(covered(box, lines) > _PROSE or wide.sum() >= 4
                or (area(np.asarray(box)) > 0.7 * page and len(inside) > 10))


def with_labels(drawing: Box, lines: np.ndarray) -> Box:
    """A drawing with the short ones of the lines ``(n, 4)`` at its edge, such as those of an
    axis."""
    for _ in range(2):  # numbers at the ticks, then the axis' name
        width, height = drawing[2] - drawing[0], drawing[3] - drawing[1]
        spans = lines[:, 2:] - lines[:, :2]
        size = spans.min(axis=1)
        aside, below = _LABEL_GAPS[0] * size, _LABEL_GAPS[1] * size
        near = ((lines[:, 0] < drawing[2] + aside) & (lines[:, 2] > drawing[0] - aside)
                & (lines[:, 1] < drawing[3] + below) & (lines[:, 3] > drawing[1] - below))
        short = (spans <= [0.4 * width, 0.4 * height]).all(axis=1)
        if not (near & short).any():
            break
        drawing = around(np.vstack([as_boxes([drawing]), lines[near & short]]))
    return drawing


def find_separators(objects: PageObjects, lines: np.ndarray, regions: list[Box],
                    frames: list[Box]) -> list[tuple[str, Box]]:
    """Separator lines: 'h' or 'v', and the box of each.

    A long thin rule is one, unless it lies in a table or figure, is a side of a frame, has ticks or
    an arrow's head, or belongs to a text: under or through a line, under a fraction, to write on.

    Args:
        objects: What is drawn on the page.
        lines: Boxes (N, 4) of the lines of text.
        regions: Boxes of tables and figures.
        frames: Boxes of frames.
    """
    margin = 2 + _TOUCH * objects.side
    taken = [grown(region, margin) for region in regions]
    for frame in frames:
        x0, y0, x1, y1 = frame
        taken += [grown(side, margin) for side in ((x0, y0, x1, y0), (x0, y1, x1, y1),
                                                    (x0, y0, x0, y1), (x1, y0, x1, y1))]
    no_frames = Ruled([], [], [])
    smallest = _SMALLEST_DRAWING * objects.side
    taken += [grown(box, margin) for box in _crossings(objects.paths, no_frames, margin)
              if min(box[2] - box[0], box[3] - box[1]) < smallest]
    heads = as_boxes(path.box for path in objects.paths if not path.rule
                     and max(path.box[2] - path.box[0], path.box[3] - path.box[1]) < smallest)
    found = []
    for way in 'hv':
        rules = [_drawn(path) for path in objects.paths if path.rule == way]
        joined = [box for box in _joined(rules, way, gap=_TOUCH * objects.side)
                  if max(box[2] - box[0], box[3] - box[1]) >= _SHORTEST_SEPARATOR * objects.side]
        found += [(way, box) for box, inside in zip(joined, within(as_boxes(joined), taken))
                  if not inside and not _is_arrow(box, heads, margin)
                  and not _belongs_to_text(*_lying(box, lines, way))]
    return found


def _drawn(path: Path) -> Box:
    """The box of a rule with its thickness."""
    x0, y0, x1, y1 = path.box
    half = path.thickness / 2
    if path.rule == 'h':
        return x0, (y0 + y1) / 2 - half, x1, (y0 + y1) / 2 + half
    return (x0 + x1) / 2 - half, y0, (x0 + x1) / 2 + half, y1


def _joined(rules: list[Box], way: str, gap: float) -> list[Box]:
    """Rules that continue each other as one: pieces, and dashes of about one length whose gaps are
    no longer than they are."""
    if not rules:
        return []
    boxes = as_boxes(rules)
    along = np.array([1, 0, 1, 0] if way == 'h' else [0, 1, 0, 1]) * [-1, -1, 1, 1]
    lengths = boxes[:, 2 if way == 'h' else 3] - boxes[:, 0 if way == 'h' else 1]
    near = groups(boxes + along * gap / 2, 0)
    reach = np.minimum(lengths, 4 * gap)[:, None] / 2
    dashed = [group for group in groups(boxes + along * reach, 0)
              if len(group) >= _DASHES and lengths[group].max() < 2 * np.median(lengths[group])]
    taken = {int(number) for group in dashed for number in group}
    return sorted(around(boxes[group]) for group in [
        *dashed, *(group for group in near if not taken.intersection(map(int, group)))])


def _is_arrow(rule: Box, heads: np.ndarray, touch: float) -> bool:
    """Whether a small shape sits at one of a rule's ends."""
    x0, y0, x1, y1 = rule
    return any(touching(end, heads, touch).any() for end in ((x0, y0, x0, y0), (x1, y1, x1, y1)))


def _lying(rule: Box, lines: np.ndarray, way: str) -> tuple[Box, np.ndarray]:
    """A rule and the text that runs along it, turned to run from left to right."""
    spans = lines[:, 2:] - lines[:, :2]
    if way == 'h':
        return rule, lines[spans[:, 0] > 0.3 * spans[:, 1]]
    x0, y0, x1, y1 = rule
    return (y0, x0, y1, x1), lines[spans[:, 1] > 3 * spans[:, 0]][:, [1, 0, 3, 2]]


def _belongs_to_text(rule: Box, lines: np.ndarray) -> bool:
    """Whether a horizontal rule underlines or strikes out text, is a fraction's, or a blank's."""
    if not len(lines):
        return False
    heights = lines[:, 3] - lines[:, 1]
    y = (rule[1] + rule[3]) / 2
    length = rule[2] - rule[0]
    common = np.maximum(np.minimum(lines[:, 2], rule[2]) - np.maximum(lines[:, 0], rule[0]), 0)
    at = (y > lines[:, 1] + 0.3 * heights) & (y < lines[:, 3] + 0.2 * heights)
    if common[at].sum() > 0.7 * length:
        return True
    apart = np.maximum(lines[:, 0] - rule[2], rule[0] - lines[:, 2]) / heights
    in_line = (y > lines[:, 1]) & (y < lines[:, 3] + 0.2 * heights) & (apart > -0.3) & (apart < 1.2)
    if in_line.any():
        return True  # a blank to be filled in, after or before its question
    above = (y - lines[:, 3] < 0.4 * heights) & (y > (lines[:, 1] + lines[:, 3]) / 2)
    below = (lines[:, 1] - y < 0.4 * heights) & (y < (lines[:, 1] + lines[:, 3]) / 2)
    short = (lines[:, 2] - lines[:, 0]) < 1.2 * length
    return bool((above & short & (common > 0)).any() and (below & short & (common > 0)).any()
                and length < 0.3 * (lines[:, 2].max() - lines[:, 0].min()))
