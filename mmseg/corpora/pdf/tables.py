"""Tables: grids of ruled cells, and rows of columns between rules of one length."""
from __future__ import annotations

from typing import NamedTuple

import cv2
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
    within,
)
from .edges import VisibleEdges
from .objects import PageObjects, thickest_rule
from .text import TextLines

# Pixels, on a page of 1120, by which rules that belong together may miss each other.
_SNAP = 4 / 1120
# The cells of a table that must hold text (forms leave most of theirs empty).
_FILLED_CELLS = 0.3
# Lines of text in a cell, at most: what holds more is a page's frame and columns.
_LINES_IN_CELL = 25
# A cell is no larger than this share of the page; the fields of a slide's frame are.
_LARGEST_CELL = 0.25
# A rectangle over more of the page is its paper. A frame around more is not a table: its rules
# count on their own.
_PAPER = 0.8
_LARGEST_FRAME = 0.4
# Text in two columns of more than this share of the width, with many lines between two rules, is
# no table.
_COLUMN = 0.42
# Columns of a table without vertical rules are parted by a gap of so many heights of its letters,
# which at most this share of its rows crosses, and words cover no more than this of it.
_GUTTER = 1.0
_ROWS_ACROSS = 0.1
_DENSE = 0.75
# Its rows have no larger gaps, in heights of a letter.
_EMPTY_ROWS = 4
# Without a rule in it, it has so many rows, and typically so many words in a cell.
_ROWS = 3
_WORDS_IN_CELL = 2
# A curve that crosses more than this share of a grid makes it a plot.
_PLOTTED = 0.3


class Ruled(NamedTuple):
    """Boxes of what rules enclose, in pixels: tables, grids without text, and single frames."""
    tables: list[Box]
    grids: list[Box]
    frames: list[Box]


def find_tables(objects: PageObjects, text: TextLines, visible: VisibleEdges) -> Ruled:
    """Ruled tables, and what else is between rules.

    Args:
        objects: What is drawn on the page.
        text: Its lines of text.
        visible: What can be seen.
    """
    lines = text.boxes
    thickest = thickest_rule(objects.size)
    edges = {way: as_boxes(box for box, gap in boxes if visible.edge(box, way, thickest, gap))
             for way, boxes in _edges(objects).items()}
    found = _grids(edges, objects, lines)
    guesses = [*_between_rules(edges['h'], objects, text), *_open_tables(objects, lines)]
    inside = within(as_boxes(guesses), found.grids, 0.5)
    tables = merge([*found.tables, *(_with_plain_rows(box, objects, text.words)
                                     for box, flag in zip(guesses, inside) if not flag)])
    frames = found.frames + _frames(objects)
    return Ruled([_with_rules(table, objects) for table in tables], found.grids, frames)


def _with_rules(table: Box, objects: PageObjects) -> Box:
    """A table as far as its rules reach: the outer columns are often open to the side."""
    rules = as_boxes(path.box for path in objects.paths if path.rule)
    if not len(rules):
        return table
    inside = share_inside(rules + [-0.5, -0.5, 0.5, 0.5], grown(table, 2.))
    return around(np.vstack([as_boxes([table]), rules[inside > 0.4]]))


def _open_tables(objects: PageObjects, lines: np.ndarray) -> list[Box]:
    """Tables whose cells are open at the sides: rules between rows, and one between columns."""
    rules = [path for path in objects.paths if path.rule]
    boxes = as_boxes(path.box for path in rules)
    flat = np.array([path.rule == 'h' for path in rules], bool)
    tables = []
    for group in groups(boxes, max(2., _SNAP * objects.side)) if len(boxes) else []:
        box = around(boxes[group])
        width, height = box[2] - box[0], box[3] - box[1]
        across = boxes[group[flat[group]]]
        levels = np.unique(across[across[:, 2] - across[:, 0] > 0.4 * width][:, 1].round())
        down = boxes[group[~flat[group]]]
        middle = (down[:, 0] > box[0] + 0.1 * width) & (down[:, 0] < box[2] - 0.1 * width)
        inside = lines[within(lines, [box])]
        if (len(levels) >= 3 and (down[middle, 3] - down[middle, 1]).sum() > 0.7 * height
                and len(inside) >= len(levels) - 1 and width * height < (
                    _LARGEST_FRAME * np.prod(objects.size))
                and np.median(inside[:, 2] - inside[:, 0]) < 0.7 * width):
            tables.append(box)
    return tables


def _with_plain_rows(table: Box, objects: PageObjects, words: np.ndarray) -> Box:
    """A table with the rows before its first stripe and after its last one, as high as those
    between its stripes."""
    stripes = as_boxes(path.box for path in objects.paths
                       if path.rectangle and path.filled and not path.rule)
    near = max(2., _SNAP * objects.side)
    alike = (np.abs(stripes[:, [0, 2]] - [table[0], table[2]]) <= near).all(axis=1)
    stripes = stripes[alike & (share_inside(stripes, table) > 0.9)]
    stripes = stripes[np.argsort(stripes[:, 1])]
    if len(stripes) < 2:
        return table
    gap = float(np.median(stripes[1:, 1] - stripes[:-1, 3]))
    if not 0.5 < gap / max(float(np.median(stripes[:, 3] - stripes[:, 1])), 1.) < 2:
        return table
    own = words[share_inside(words, table) > 0.7]
    left, top, right, bottom = table
    for row in ((left, top - gap, right, top), (left, bottom, right, bottom + gap)):
        if _keeps_to_columns(words[share_inside(words, row) > 0.7], own):
            table = around(as_boxes([table, row]))
    return table


def _keeps_to_columns(row: np.ndarray, table: np.ndarray) -> bool:
    """Whether words of a row are in two columns of a table at least, and none is in several.

    Args:
        row: Boxes (N, 4) of its words.
        table: Boxes (M, 4) of the table's words.
    """
    if len(row) < 2 or not len(table):
        return False
    gutter = _GUTTER * float(np.median(table[:, 3] - table[:, 1]))
    reach, ends = -np.inf, []
    for left, right in sorted(table[:, [0, 2]].tolist()):
        if left - reach >= gutter:
            ends.append([left, right])
        reach = max(reach, right)
        ends[-1][1] = reach
    starts = np.array([left for left, _ in ends])
    first = np.searchsorted(starts, row[:, 0] + gutter, side='right') - 1
    last = np.searchsorted(starts, row[:, 2] - gutter, side='right') - 1
    return len(np.unique(first)) >= 2 and bool((last <= np.maximum(first, 0)).all())


def _frames(objects: PageObjects) -> list[Box]:
    """Boxes of rules that hang together and run along three or four sides of the box around them.

    They need not be four: some programs draw a piece of each side for every line of text.
    """
    rules = [path for path in objects.paths if path.rule]
    boxes = as_boxes(path.box for path in rules)
    near = 1.25 * _SNAP * objects.side
    frames = []
    for group in groups(boxes, near) if len(boxes) else []:
        box = around(boxes[group])
        size = np.array([box[2] - box[0], box[3] - box[1]])
        if len(group) < 3 or size.min() < 2 * near or size.prod() > (
                _LARGEST_FRAME * np.prod(objects.size)):
            continue
        sides = [(way, axis, box[place]) for way, axis, place in
                 (('h', 1, 1), ('h', 1, 3), ('v', 0, 0), ('v', 0, 2))]
        reach = [sum(boxes[index, 3 - axis] - boxes[index, 1 - axis] for index in group
                     if rules[index].rule == way and abs(boxes[index, axis] - at) < near)
                 / size[1 - axis] for way, axis, at in sides]
        if sum(part > 0.8 for part in reach) >= 3:
            frames.append(box)
    return frames


def _edges(objects: PageObjects) -> dict[str, list[tuple[Box, float]]]:
    """Rules and sides of rectangles as boxes without thickness, horizontal and vertical, each with
    the largest gap between its dashes."""
    found: dict[str, set[tuple[Box, float]]] = {'h': set(), 'v': set()}
    page = float(np.prod(objects.size))
    for path in objects.paths:
        x0, y0, x1, y1 = path.box
        if (x1 - x0) * (y1 - y0) > _PAPER * page:
            continue
        sides: dict[str, list[Box]] = {'h': [], 'v': []}
        if path.rule == 'h':
            sides['h'] = [(x0, (y0 + y1) / 2, x1, (y0 + y1) / 2)]
        elif path.rule == 'v':
            sides['v'] = [((x0 + x1) / 2, y0, (x0 + x1) / 2, y1)]
        elif path.rectangle:
            sides['h'] = [(x0, y0, x1, y0), (x0, y1, x1, y1)]
            sides['v'] = [(x0, y0, x0, y1), (x1, y0, x1, y1)]
        for way, boxes in sides.items():
            found[way].update((box, path.gap) for box in boxes)
    return {way: sorted(boxes) for way, boxes in found.items()}


def _grids(edges: dict[str, np.ndarray], objects: PageObjects, lines: np.ndarray) -> Ruled:
    """Groups of ruled cells: with text in rows and columns, without, and single cells."""
    found = Ruled([], [], [])
    if min(len(edges['h']), len(edges['v'])) < 2:
        return found
    page_area = float(np.prod(objects.size))
    drawn = as_boxes(path.box for path in objects.paths
                     if not path.rule and not path.rectangle)
    for cells in _cells(edges, objects.size, max(2, round(_SNAP * objects.side))):
        whole = around(cells)
        inside = _lines_in(cells, lines)
        crossing = drawn[within(drawn, [whole])]
        plotted = len(crossing) and (crossing[:, 2:] - crossing[:, :2]).max() > (
            _PLOTTED * (whole[2] - whole[0]))
        if (_is_table(cells, inside) and not plotted
                and area(cells).max() < _LARGEST_CELL * page_area):
            found.tables.append(whole)
        elif len(cells) >= 4 and ((inside > 0).mean() < _FILLED_CELLS or plotted):
            found.grids.append(whole)
        else:
            found.frames.extend(cell for cell in map(tuple, cells.tolist()))
    small = [cell for cell in found.frames if area(np.asarray(cell)) < _LARGEST_FRAME * page_area]
    return found._replace(frames=small)


def _cells(edges: dict[str, np.ndarray], size: tuple[int, int], snap: int) -> list[np.ndarray]:
    """Boxes of the rectangles that edges enclose, grouped by the edges that hang together."""
    drawn = np.zeros((size[0] + 2 * snap, size[1] + 2 * snap), np.uint8)
    half = snap // 2
    for boxes in edges.values():
        for x0, y0, x1, y1 in np.round(boxes).astype(int) + snap:
            drawn[y0 - half:y1 + half + 1, x0 - half:x1 + half + 1] = 1
    _, nets = cv2.connectedComponents(drawn)
    count, _, stats, _ = cv2.connectedComponentsWithStats(1 - drawn, connectivity=4)
    groups_of: dict[int, list[Box]] = {}
    for left, top, width, height, pixels in stats[1:count].tolist():
        if (left == 0 or min(width, height) < 2 or pixels < 0.95 * width * height):
            continue  # the page around, a gap, or a frame around something
        net = int(nets[top + height // 2, left - 1])
        # back to where the edges were drawn
        groups_of.setdefault(net, []).append((
            float(left - half - 1 - snap), float(top - half - 1 - snap),
            float(left + width + half - snap), float(top + height + half - snap)))
    return [as_boxes(cells) for cells in groups_of.values()]


def _lines_in(cells: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """How many lines of text (N,) have their middle in each cell."""
    centres = (lines[:, :2] + lines[:, 2:]) / 2
    return np.array([((centres > cell[:2]) & (centres < cell[2:])).all(axis=1).sum()
                     for cell in cells])


def _is_table(cells: np.ndarray, inside: np.ndarray) -> bool:
    """Whether cells form rows and columns with text, unlike a plot's grid or a page's frame."""
    filled = inside > 0
    return bool(len(cells) >= 4 and filled.mean() >= _FILLED_CELLS
                and inside.max() <= _LINES_IN_CELL
                and len(np.unique(cells[filled, 0])) >= 2
                and len(np.unique(cells[filled, 1])) >= 2)


def _between_rules(rules: np.ndarray, objects: PageObjects, lines: TextLines) -> list[Box]:
    """Tables with horizontal rules or stripes only: edges of one length, columns of text between.
    """
    snap = max(2., _SNAP * objects.side)
    rules = rules[(rules[:, 2] - rules[:, 0]) > 0.08 * objects.side]
    tables = []
    waiting = list(rules[np.lexsort((rules[:, 0], rules[:, 1]))].tolist())
    while waiting:
        first = waiting[0]
        alike = [rule for rule in waiting if abs(rule[0] - first[0]) <= snap
                 and abs(rule[2] - first[2]) <= snap]
        waiting = [rule for rule in waiting if rule not in alike]
        tables += _columns_between(alike, snap, lines)
    return tables


def _columns_between(rules: list[list[float]], snap: float, lines: TextLines) -> list[Box]:
    """Boxes of the longest runs of edges with nothing but rows of columns between them."""
    levels = [rules[0]]
    for rule in rules[1:]:
        if rule[1] - levels[-1][1] > snap:
            levels.append(rule)
    tables: list[Box] = []
    first = 0
    while first < len(levels) - 1:
        for last in range(len(levels) - 1, first, -1):
            box = (min(rule[0] for rule in levels[first:last + 1]), levels[first][1],
                   max(rule[2] for rule in levels[first:last + 1]), levels[last][1])
            between = [rule[1] for rule in levels[first + 1:last]]
            if _in_gutters(box, lines, between):
                tables.append(box)
                first = last
                break
        first += 1
    return tables


def _in_gutters(box: Box, lines: TextLines, between: list[float]) -> bool:
    """Whether the text in a box is in rows and columns, separated by gaps that run through."""
    words = lines.words[share_inside(lines.words, box) > 0.7]
    if len(words) < 4:
        return False
    centres = (words[:, 1] + words[:, 3]) / 2
    height = float(np.median(words[:, 3] - words[:, 1]))
    order = np.argsort(centres, kind='stable')
    rows = np.split(order, np.flatnonzero(np.diff(centres[order]) > 0.6 * height) + 1)
    if len(rows) < 2 or len(rows) < len(between) * 0.7:
        return False
    tops = [words[row, 1].min() for row in rows] + [box[3]]
    if np.diff([box[1], *tops]).max() > _EMPTY_ROWS * height:
        return False
    width = int(np.ceil(box[2] - box[0])) + 1
    covered = np.zeros((len(rows), width), bool)
    for number, row in enumerate(rows):
        for left, right in (words[row][:, [0, 2]] - box[0]).tolist():
            covered[number, max(0, int(left)):int(np.ceil(right))] = True
    free = covered.mean(axis=0) <= _ROWS_ACROSS
    gutters, edges = [], np.flatnonzero(np.diff(np.concatenate([[0], free, [0]])))
    for left, right in edges.reshape(-1, 2).tolist():
        if right - left >= _GUTTER * height and left > 0 and right < width:
            gutters.append((left + right) / 2)
    if not gutters:
        return False
    columns = np.split(np.arange(width), np.round(gutters).astype(int))
    filled = np.array([[covered[number, column].any() for column in columns]
                       for number in range(len(rows))])
    widest = max(float(covered[:, column].any(axis=0).sum()) for column in columns)
    many = filled.sum(axis=1) >= 2
    prose = len(columns) == 2 and widest > _COLUMN * width and len(rows) > 3 * (len(between) + 1)
    share = area(words).sum() / max(float(area(np.asarray(box))), 1.)
    often = (filled.mean(axis=0) >= _FILLED_CELLS).sum() >= 2
    alike = (often and many.sum() >= 2 and many.mean() >= 0.5 and not prose and share < _DENSE)
    return bool(alike and (between or _short_cells(words, rows, gutters, box[0])))


def _short_cells(words: np.ndarray, rows: list[np.ndarray], gutters: list[float],
                 left: float) -> bool:
    """Whether columns without a rule between their rows are those of a table, with a word or some
    in each cell, unlike columns of a text and items of a list.

    Args:
        words: Boxes (N, 4).
        rows: The words of each, by their numbers.
        gutters: Between columns, from ``left`` on.
        left: Of all.
    """
    columns = np.digitize((words[:, 0] + words[:, 2]) / 2 - left, gutters)
    counts = np.array([np.bincount(columns[row], minlength=len(gutters) + 1) for row in rows])
    typical = [np.median(cells[cells > 0]) for cells in counts.T if cells.any()]
    full = (counts > 0).mean(axis=1) > 0.5
    return bool(len(rows) >= _ROWS and full.mean() > 0.7 and max(typical) <= _WORDS_IN_CELL)
