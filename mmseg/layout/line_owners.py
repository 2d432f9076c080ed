"""Which region each text line of a page belongs to."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from .lines import FoundLine, level, which_vertical
from .neighbours import connected
from .region import Region
from .region_types import region_type_of
from .rows import row_links

# Lines of text cover more of a table that has no lines than its own do, by this factor.
_FALSE = 3.0


def divide_lines(lines: Sequence[FoundLine], regions: Sequence[Region], text: Sequence[int]
                 ) -> tuple[list[FoundLine], list[list[FoundLine]]]:
    """Return the lines that are text by themselves, and those of each region.

    A line belongs to the region of its class that it overlaps most; without one it is text.
    Networks often find a table in parts, and its other cells are text then: lines of text within
    the box around a table and its own lines belong to the table too, unless they are more than
    these; and rows of which some lines are a table's and others are text are one or the other,
    whichever most of their lines are. A table that text goes through much more than lines of its
    own has none, and these are text.

    Args:
        lines: Of a page.
        regions: Its tables, figures and whatever else is not text.
        text: The classes that are text.
    """
    owner = _overlapped(lines, regions)
    tables = [number for number, region in enumerate(regions)
              if region_type_of(region.name) == 'table']
    is_text = owner < 0
    for number in tables:
        inside = _among(lines, owner == number, is_text, regions[number])
        owner[inside], is_text[inside] = number, False
    for group in _rows(lines, np.isin(owner, tables), is_text):
        is_table = owner[group] >= 0
        if 2 * is_table.sum() < len(group):
            owner[group] = -1
        elif not is_table.all():
            owner[group] = _nearest_owner(lines, group, owner)
    owner[_not_of_tables(lines, owner, regions, tables)] = -1
    alone = [lines[line] if lines[line].label in text or not text
             else lines[line]._replace(label=text[0])
             for line in np.flatnonzero(owner < 0).tolist()]
    return alone, [[lines[line]._replace(label=region.label)
                    for line in np.flatnonzero(owner == number).tolist()]
                   for number, region in enumerate(regions)]


def _overlapped(lines: Sequence[FoundLine], regions: Sequence[Region]) -> np.ndarray:
    """The region of its class that each line overlaps most (n,), -1 where there is none."""
    owner = np.full(len(lines), -1)
    if not len(lines) or not regions:
        return owner
    outlines = np.array([region.polygon for region in regions], object)
    polygons = np.array([line.polygon for line in lines], object)
    labels = np.array([region.label for region in regions])
    line, region = shapely.STRtree(outlines).query(polygons, 'intersects')
    same = labels[region] == np.array([found.label for found in lines])[line]
    line, region = line[same], region[same]
    common = shapely.area(shapely.intersection(polygons[line], outlines[region]))
    order = np.argsort(common, kind='stable')
    owner[line[order]] = region[order]
    return owner


def _among(lines: Sequence[FoundLine], own: np.ndarray, others: np.ndarray,
           table: Region) -> np.ndarray:
    """The other lines within the box around a table and its own lines.

    None where they are more than these, not counting those in one row with a line of the table.
    """
    if not own.any() or not others.any():
        return np.empty(0, int)
    frame = level([lines[line].polygon for line in np.flatnonzero(own).tolist()])
    numbers = np.flatnonzero(others)
    boxes = frame.boxes_of([lines[line].polygon for line in numbers.tolist()])
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    around = np.concatenate([frame.boxes, frame.boxes_of([table.polygon])])
    inside = ((middles > around[:, :2].min(axis=0))
              & (middles < around[:, 2:].max(axis=0))).all(axis=1)
    rows = shapely.STRtree(shapely.box(-1., frame.boxes[:, 1], 1., frame.boxes[:, 3]))
    in_row = np.zeros(len(numbers), bool)
    in_row[rows.query(shapely.points(np.zeros(len(numbers)), middles[:, 1]))[0]] = True
    return numbers[inside] if (inside & ~in_row).sum() <= own.sum() else np.empty(0, int)


def _nearest_owner(lines: Sequence[FoundLine], group: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """The table of each line (n,) of a group of rows; of text that of the nearest line of one."""
    found, is_table = owner[group], owner[group] >= 0
    polygons = np.array([lines[line].polygon for line in group.tolist()], object)
    nearest = shapely.STRtree(polygons[is_table]).nearest(polygons[~is_table])
    found[~is_table] = found[is_table][nearest]
    return found


def _not_of_tables(lines: Sequence[FoundLine], owner: np.ndarray, regions: Sequence[Region],
                   tables: Sequence[int]) -> np.ndarray:
    """Whether each line (n,) is of a table of which text covers much more than its own lines do."""
    if not tables or not len(lines):
        return np.zeros(len(lines), bool)
    outlines = np.array([regions[table].polygon for table in tables], object)
    polygons = np.array([line.polygon for line in lines], object)
    line, table = shapely.STRtree(outlines).query(polygons, 'intersects')
    common = shapely.area(shapely.intersection(polygons[line], outlines[table]))
    own = owner[line] == np.array(tables)[table]
    covered = [np.bincount(table[some], common[some], len(tables))
               for some in (own, owner[line] < 0)]
    return np.isin(owner, np.array(tables)[covered[1] > _FALSE * covered[0]])


def _rows(lines: Sequence[FoundLine], of_tables: np.ndarray, is_text: np.ndarray
          ) -> list[np.ndarray]:
    """Groups of rows, see :func:`row_links`, in which are lines of tables and of text."""
    numbers = np.flatnonzero(of_tables | is_text)
    if not of_tables.any() or not is_text.any():
        return []
    polygons = [lines[line].polygon for line in numbers.tolist()]
    level_ones = ~which_vertical(polygons)
    numbers = numbers[level_ones]
    if not len(numbers):
        return []
    boxes = level([lines[line].polygon for line in numbers.tolist()]).boxes
    links = row_links(boxes, np.zeros(len(numbers)), boxes[:, 3], shapely.STRtree([]))
    group = connected(len(numbers), links)
    order = np.argsort(group, kind='stable')
    groups = np.split(numbers[order], np.flatnonzero(np.diff(group[order])) + 1)
    return [some for some in groups if of_tables[some].any() and is_text[some].any()]
