"""Tables: grids of ruled cells, and rows of columns between rules of one length."""
from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

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
from .ink import Ink
from .objects import PageObjects

if TYPE_CHECKING:
    from pdfplumber.page import Page  # type: ignore[import-untyped]

# Crossings are searched in pure Python; a page with more edges is a drawing.
_MOST_EDGES = 2000
# Pixels, on a page of 1120, by which rules that belong together may miss each other.
_SNAP = 4 / 1120
# The cells of a table that must hold text (forms leave most of theirs empty).
_FILLED_CELLS = 0.3
# Lines of text in a cell, at most: what holds more is a page's frame and columns.
_LINES_IN_CELL = 25
# A cell is no larger than this share of the page; the fields of a slide's frame are.
_LARGEST_CELL = 0.25
# A rectangle over more of the page is its paper, and a frame around more is none: its rules stand
# for themselves.
_PAPER = 0.8
_LARGEST_FRAME = 0.4
# A column between rules is at most this wide, as a share of the table: text in two columns is none.
_COLUMN = 0.42


class Ruled(NamedTuple):
    """Boxes of what rules enclose, in pixels: tables, grids without text, and single frames."""
    tables: list[Box]
    grids: list[Box]
    frames: list[Box]


def find_tables(page: Page, objects: PageObjects, lines: np.ndarray, ink: Ink) -> Ruled:
    """Ruled tables, and what else is between rules.

    Args:
        page: Of pdfplumber, whose table finder is asked.
        objects: What is drawn on it.
        lines: Boxes (N, 4) of its lines of text.
        ink: What can be seen.
    """
    edges = {way: as_boxes(box for box in boxes if ink.edge(box, way))
             for way, boxes in _edges(objects).items()}
    found = _grids(page, edges, objects, lines)
    tables = merge([*found.tables, *_between_rules(edges['h'], objects, lines),
                    *_open_tables(objects, lines)])
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


def _frames(objects: PageObjects) -> list[Box]:
    """Boxes of rules that hang together and run along three or four sides of the box around them.

    They need not be four: some programs draw a piece of each side beside every line of text.
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


def _edges(objects: PageObjects) -> dict[str, np.ndarray]:
    """Rules and sides of rectangles as boxes without thickness, horizontal and vertical."""
    found: dict[str, list[Box]] = {'h': [], 'v': []}
    page = float(np.prod(objects.size))
    for path in objects.paths:
        x0, y0, x1, y1 = path.box
        if (x1 - x0) * (y1 - y0) > _PAPER * page:
            continue
        if path.rule == 'h':
            found['h'].append((x0, (y0 + y1) / 2, x1, (y0 + y1) / 2))
        elif path.rule == 'v':
            found['v'].append(((x0 + x1) / 2, y0, (x0 + x1) / 2, y1))
        elif path.rectangle:
            found['h'] += [(x0, y0, x1, y0), (x0, y1, x1, y1)]
            found['v'] += [(x0, y0, x0, y1), (x1, y0, x1, y1)]
    return {way: as_boxes(sorted(set(boxes))) for way, boxes in found.items()}


def _as_edge(box: Box, way: str) -> dict[str, Any]:
    """An edge as pdfplumber's table finder takes it."""
    x0, top, x1, bottom = box
    return {'object_type': 'explicit_edge', 'orientation': way, 'x0': x0, 'x1': x1, 'top': top,
            'bottom': bottom, 'width': x1 - x0, 'height': bottom - top}


def _grids(page: Page, edges: dict[str, np.ndarray], objects: PageObjects,
           lines: np.ndarray) -> Ruled:
    """Groups of ruled cells: with text in rows and columns, without, and cells that stand alone."""
    found = Ruled([], [], [])
    if min(len(edges['h']), len(edges['v'])) < 2 or max(map(len, edges.values())) > _MOST_EDGES:
        return found
    snap = max(2., _SNAP * objects.side)
    finder = page.debug_tablefinder({
        'vertical_strategy': 'explicit', 'horizontal_strategy': 'explicit',
        'explicit_vertical_lines': [_as_edge(box, 'v') for box in edges['v'].tolist()],
        'explicit_horizontal_lines': [_as_edge(box, 'h') for box in edges['h'].tolist()],
        'snap_tolerance': snap, 'join_tolerance': snap, 'intersection_tolerance': snap,
        'edge_min_length': 2 * snap})
    grouped = set()
    page_area = float(np.prod(objects.size))
    for table in finder.tables:
        cells = as_boxes(table.cells)
        grouped.update(table.cells)
        inside = _lines_in(cells, lines)
        if _is_table(cells, inside) and area(cells).max() < _LARGEST_CELL * page_area:
            found.tables.append(around(cells))
        elif len(cells) >= 4 and (inside > 0).mean() < _FILLED_CELLS:
            found.grids.append(around(cells))
        else:
            found.frames.extend(table.cells)
    found.frames.extend(cell for cell in finder.cells if cell not in grouped)
    small = [cell for cell in found.frames if area(np.asarray(cell)) < _LARGEST_FRAME * page_area]
    return found._replace(frames=small)


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


def _between_rules(rules: np.ndarray, objects: PageObjects, lines: np.ndarray) -> list[Box]:
    """Tables with horizontal rules only: three or more of one length, columns of text between."""
    snap = max(2., _SNAP * objects.side)
    rules = rules[(rules[:, 2] - rules[:, 0]) > 0.1 * objects.side]
    tables = []
    waiting = list(rules[np.lexsort((rules[:, 0], rules[:, 1]))].tolist())
    while waiting:
        first = waiting[0]
        alike = [rule for rule in waiting if abs(rule[0] - first[0]) <= snap
                 and abs(rule[2] - first[2]) <= snap]
        waiting = [rule for rule in waiting if rule not in alike]
        tables += _columns_between(alike, snap, lines)
    return tables


def _columns_between(rules: list[list[float]], snap: float, lines: np.ndarray) -> list[Box]:
    """Boxes of runs of at least two spaces between the rules, each with rows of columns."""
    tables: list[Box] = []
    run: list[list[float]] = []
    rows = 0
    for upper, lower in [*pairwise(rules), (rules[-1], None)]:
        here = 0
        if lower is not None:
            if lower[1] - upper[1] <= snap:
                continue
            here = _rows_of_columns((upper[0], upper[1], upper[2], lower[1]), lines)
        if here:
            run = [*run, upper] if not run else run
            run.append(lower)  # type: ignore[arg-type]
            rows += here
            continue
        if len(run) >= 3 and rows >= 2:
            tables.append(around(as_boxes(run)))
        run, rows = [], 0
    return tables


def _rows_of_columns(space: Box, lines: np.ndarray) -> int:
    """How many rows of at least two narrow columns a space holds; 0 if most rows have but one."""
    inside = lines[share_inside(lines, space) > 0.7]
    if not len(inside) or area(inside).sum() > 0.9 * area(np.asarray(space)):
        return 0
    centres = (inside[:, 1] + inside[:, 3]) / 2
    order = np.argsort(centres, kind='stable')
    height = float(np.median(inside[:, 3] - inside[:, 1]))
    breaks = np.flatnonzero(np.diff(centres[order]) > 0.5 * height) + 1
    rows = np.split(order, breaks)
    many = [row for row in rows if len(row) >= 2]
    widths = np.concatenate([inside[row, 2] - inside[row, 0] for row in many]) if many else [np.inf]
    if len(many) < 0.5 * len(rows) or np.median(widths) > _COLUMN * (space[2] - space[0]):
        return 0
    return len(many)
