"""Dots that lead from a title to its page number, as in tables of contents."""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import shapely
from shapely.geometry import Polygon

from ..utils.components import part_boxes
from .ink import Levelled, as_grey, levelled
from .lines import FoundLine, level, on_page
from .region import Region
from .region_types import region_type_of

# Levels of grey by which dots are darker than the paper around them.
_DARKER = 40
# In heights of a line: largest dot, widest gap between two, and how far they are off their line.
_DOT, _GAP, _LEVEL = 0.34, 1.8, 0.15
# Dots of a leader, at least, and how much their distances differ, as a share of the usual one.
_DOTS, _UNEVEN = 5, 0.35
# In heights of a line: how far titles are from the dots, and numbers from the dots or the title;
# longest number, and widest gap within one.
_NEAR, _FAR, _NUMBER, _WORD_GAP = 1.8, 3.0, 6.0, 0.7
# Share of a region or of a piece of a line that is on dots, or of a table's rows that have some.
_ON_DOTS, _ROWS = 0.5, 0.5
# Small parts of ink that are looked at; a page with more is noise.
_MOST = 50_000


class Leaders:
    """The leaders of a page.

    Args:
        lines: Of the page.
        image: The page, uint8 (H, W, 3) in BGR or (H, W).
    """

    def __init__(self, lines: Sequence[FoundLine], image: np.ndarray) -> None:
        self.boxes = np.empty((0, 4))  # left, top, right, bottom of each in the levelled page
        if not lines:
            return
        frame = level([line.polygon for line in lines])
        # boxes around curved lines are higher than the lines
        areas = shapely.area(np.array([line.polygon for line in lines], object))
        self.height = float(np.median(areas / (frame.boxes[:, 2] - frame.boxes[:, 0])))
        self.page: Levelled = levelled(as_grey(image), frame.turn)
        self.size = image.shape[:2]
        size = max(2 * int(self.height) + 1, 5)
        paper = cv2.blur(self.page.grey, (size, size))
        self.ink = cv2.threshold(cv2.subtract(paper, self.page.grey), _DARKER, 1,
                                 cv2.THRESH_BINARY)[1]
        self.boxes = _dotted(self.ink, self.height)

    def joined(self, lines: Sequence[FoundLine]) -> list[FoundLine]:
        """Return the lines, each title with the numbers before and after it and the dots as one.

        Numbers of pages need not have been found as lines: the ink tells.
        """
        if not len(self.boxes):
            return list(lines)
        boxes = self._boxes([line.polygon for line in lines])
        gone = np.zeros(len(lines), bool)
        added: list[FoundLine] = []
        for dots in self.boxes.tolist():
            some = self._row(boxes, ~gone, *dots)
            if not len(some):
                continue
            row = np.concatenate([boxes[some], [dots]])
            left, top = row[:, :2].min(axis=0).tolist()
            right, bottom = row[:, 2:].max(axis=0).tolist()
            right = max(right, self._number(dots[2], top, bottom))
            outline = on_page(shapely.transform(shapely.box(left, top, right, bottom),
                                                self.page.back), self.size)
            if outline is not None:
                first = lines[int(some[np.argmin(boxes[some, 0])])]
                added.append(first._replace(polygon=outline))
                gone[some] = True
        return [line for line, drop in zip(lines, gone, strict=True) if not drop] + added

    def _row(self, boxes: np.ndarray, there: np.ndarray, left: float, top: float, right: float,
             bottom: float) -> np.ndarray:
        """The numbers of the lines of a row with dots that are there; none without a title."""
        height, middle = self.height, (top + bottom) / 2
        begins, ends = boxes[:, 0], boxes[:, 2]
        row = there & (boxes[:, 1] <= middle) & (boxes[:, 3] >= middle) & (
            boxes[:, 3] - boxes[:, 1] <= 2 * height)
        short = row & (ends - begins <= _NUMBER * height)
        within = row & (begins > left - height) & (ends < right + height)
        title = (row & (begins < left - height) & (ends > left - _NEAR * height)
                 & (ends < right + _NUMBER * height))
        if not title.any():
            return np.empty(0, int)
        start = begins[title].min()
        after = short & (begins > left) & (begins < right + _FAR * height)
        before = short & (ends < start + height / 2) & (ends > start - _FAR * height)
        return np.flatnonzero(within | title | after | before)

    def _number(self, start: float, top: float, bottom: float) -> float:
        """Where the ink of a number ends that follows dots; ``start`` without one."""
        first, height = int(np.ceil(start)) + 1, self.height
        rows = slice(max(round(top), 0), max(round(bottom), 0))
        ink = self.ink[rows, first:first + int((_FAR + _NUMBER) * height)].any(axis=0)
        places = np.flatnonzero(ink)
        if not len(places) or places[0] > _FAR * height:
            return start
        wide = np.flatnonzero(np.diff(places) > _WORD_GAP * height)
        last = int(places[wide[0]] if len(wide) else places[-1])
        return first + last + 1. if last - places[0] <= _NUMBER * height else start

    def without_dotted(self, regions: Sequence[Region], lines: Sequence[FoundLine]) -> list[Region]:
        """Return the regions without separators that are dots and tables that are rows of dots.

        Args:
            regions: Of the page.
            lines: As :meth:`joined` gives them.
        """
        if not len(self.boxes):
            return list(regions)
        rows = shapely.union_all(shapely.buffer(shapely.box(*self.boxes.T), 0.4 * self.height))
        polygons = [line.polygon for line in lines]
        found, dotted = self._shapes(polygons), self.within(polygons)
        kept = []
        for region, shape in zip(regions, self._shapes([region.polygon for region in regions]),
                                 strict=True):
            kind = region_type_of(region.name)
            if kind == 'separator':
                drop = shapely.area(shapely.intersection(shape, rows)) >= _ON_DOTS * shape.area
            else:
                inside = shapely.intersects(shapely.buffer(shape, -self.height / 2), found)
                drop = kind == 'table' and dotted[inside].sum() > _ROWS * inside.sum()
            kept += [] if drop else [region]
        return kept

    def within(self, polygons: Sequence[Polygon]) -> np.ndarray:
        """Return whether a leader is within each outline, (n,) bool."""
        found = np.zeros(len(polygons), bool)
        if len(self.boxes) and len(polygons):
            middles = shapely.points((self.boxes[:, :2] + self.boxes[:, 2:]) / 2)
            found[shapely.STRtree(self._shapes(polygons)).query(middles, 'within')[1]] = True
        return found

    def _shapes(self, polygons: Sequence[Polygon]) -> np.ndarray:
        return shapely.transform(np.array(polygons, object), self.page.there)

    def _boxes(self, polygons: Sequence[Polygon]) -> np.ndarray:
        return shapely.bounds(self._shapes(polygons)).reshape(-1, 4)


def _dotted(ink: np.ndarray, height: float) -> np.ndarray:
    """Boxes (n, 4) of rows of dots in the ink (H, W) uint8 of a page with lines so high."""
    stats = part_boxes(ink)[1:]
    small = stats[stats[:, 2:4].max(axis=1) <= max(_DOT * height, 2), :4].astype(float)
    if not _DOTS <= len(small) <= _MOST:
        return np.empty((0, 4))
    middles = small[:, :2] + small[:, 2:] / 2
    # the next dot to the right on the same line
    reach = np.concatenate([middles + (0.1, -_LEVEL * height),
                            middles + (_GAP * height, _LEVEL * height)], axis=1)
    one, two = shapely.STRtree(shapely.points(middles)).query(shapely.box(*reach.T))
    far = middles[two, 0] - middles[one, 0]
    order = np.lexsort((far, one))
    order = order[np.append(True, np.diff(one[order]) > 0)[:len(order)]]
    after = dict(zip(one[order].tolist(), two[order].tolist()))
    boxes = []
    for first in (set(range(len(small))) - set(after.values())):
        chain = [first]
        while chain[-1] in after:
            chain.append(after[chain[-1]])
        boxes += _regular(small[chain], middles[chain, 0])
    return np.unique(np.array(boxes).reshape(-1, 4), axis=0)


def _regular(dots: np.ndarray, places: np.ndarray) -> list[list[float]]:
    """The box around dots (n, 4) that follow each other evenly; none otherwise."""
    if len(dots) < _DOTS:
        return []
    steps = np.diff(places)
    usual = float(np.median(steps))
    even = np.abs(steps - usual) <= _UNEVEN * usual
    parts = np.split(np.arange(len(dots)), np.flatnonzero(~even) + 1)
    return [[*dots[part, :2].min(axis=0).tolist(),
             *(dots[part, :2] + dots[part, 2:]).max(axis=0).tolist()]
            for part in parts if len(part) >= _DOTS]
