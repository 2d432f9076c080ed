"""What is drawn on a page of a PDF, in pixels of its picture."""
from __future__ import annotations

import re
from collections.abc import Iterator
from ctypes import addressof
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from .boxes import Box, as_boxes
from .pdfium import (
    Item,
    Letters,
    bounds,
    font_name,
    image_size,
    outlines,
    painted,
    raw,
    to_pixels_matrix,
    walk,
)

if TYPE_CHECKING:
    from pypdfium2 import PdfPage  # type: ignore[import-untyped]

# A rule is at most this thick, as a share of the page's longer side (1.6 mm on A4).
RULE_THICKNESS = 0.0055
# Fonts of LaTeX's picture environment: their letters are pieces of lines and circles.
_DRAWING_FONTS = re.compile(r'(^|\+)L(INE|CIRCLE)W?\d', re.IGNORECASE)


@dataclass(frozen=True)
class Path:
    """A painted path: a line, rectangle or curve.

    Attributes:
        box: Around its points, in pixels, cut to what its clip path shows.
        rectangle: It fills its box: a rectangle, also one with round corners.
        filled: It is filled, not only outlined.
        rule: 'h' or 'v' for a thin straight stroke along the page, else None.
        thickness: Of a rule, in pixels.
        mark: Its marked-content id, -1 for none.
        gap: The largest between its dashes, in pixels.
    """

    box: Box
    rectangle: bool
    filled: bool
    rule: str | None
    thickness: float
    mark: int = -1
    gap: float = 0.


@dataclass(frozen=True)
class PageObjects:
    """The objects of a page.

    Attributes:
        size: (height, width) of the picture in pixels.
        letters: Those of text, drawn or not.
        images: Boxes (M, 4) of raster images, cut to the page and to their clip paths.
        paths: Lines, rectangles and curves.
        items: The objects of PDFium, by what they are to a reader: 'text', 'image' or 'path'.
        marks: Marked-content ids of the text objects by their address, and of the images by
            their place.
    """

    size: tuple[int, int]
    letters: Letters
    images: np.ndarray
    paths: list[Path]
    items: dict[str, list[Item]] = field(default_factory=dict)
    marks: dict[str, list[int]] = field(default_factory=dict)

    @property
    def side(self) -> int:
        """The longer side of the page in pixels: what sizes are measured by."""
        return max(self.size)


def read_objects(page: PdfPage, size: tuple[int, int]) -> PageObjects:
    """The objects of a page that lie within its picture.

    Args:
        page: Of PDFium.
        size: (height, width) of the picture that PDFium made of it.

    Raises:
        TooManyObjects: There are too many to look at.
    """
    pdfium = raw()
    matrix = to_pixels_matrix(page, size)
    items: dict[str, list[Item]] = {'text': [], 'image': [], 'path': []}
    images: list[Box] = []
    marks: dict[str, list[int]] = {'image': []}
    paths: list[Path] = []
    for item in walk(page, matrix):
        if item.kind == pdfium.FPDF_PAGEOBJ_TEXT:
            if _DRAWING_FONTS.search(font_name(item)):
                items['path'].append(item)
                paths += [Path(box, False, True, None, 1.) for box in _seen(bounds(item), size)]
            else:
                items['text'].append(item)
        elif item.kind == pdfium.FPDF_PAGEOBJ_IMAGE and not _is_fill(item, size):
            items['image'].append(item)
            for box in _seen(bounds(item), size):
                images.append(box)
                marks['image'].append(item.mark)
        else:
            items['path'].append(item)
            paths += _paths_of(item, size)
    letters = Letters(page, matrix)
    own = np.array([addressof(item.handle.contents) for item in items['text']], dtype=np.uint64)
    letters.keep(np.isin(letters.owners, own))
    letters.add([items['text'][index] for index in np.flatnonzero(~np.isin(own, letters.owners))])
    return PageObjects(size, letters, as_boxes(images), paths, items, marks)


def _seen(box: Box, size: tuple[int, int]) -> Iterator[Box]:
    """A box cut to the page, if anything of it is there."""
    height, width = size
    if np.isfinite(box).all():
        x0, y0, x1, y1 = max(box[0], 0.), max(box[1], 0.), min(box[2], width), min(box[3], height)
        if x0 <= x1 and y0 <= y1:
            yield x0, y0, x1, y1


def thickest_rule(size: tuple[int, int]) -> float:
    """How thick a rule may be, in pixels."""
    return max(2., RULE_THICKNESS * max(size))


def _is_fill(item: Item, size: tuple[int, int]) -> bool:
    """Whether an image is a rule or a coloured box: some programs draw them so."""
    if image_size(item) == (1, 1):
        return True
    x0, y0, x1, y1 = bounds(item)
    return min(x1 - x0, y1 - y0) <= thickest_rule(size)


def _paths_of(item: Item, size: tuple[int, int]) -> Iterator[Path]:
    """The parts of a path, or the box of a shading or of an image that is one colour."""
    pdfium = raw()
    if item.kind != pdfium.FPDF_PAGEOBJ_PATH:
        for box in _seen(bounds(item), size):
            yield _filled(box, size, item.mark)
        return
    fill, stroke, width, dash, gap = painted(item)
    if not (fill or stroke):
        return
    thickest = thickest_rule(size)
    for points in outlines(item):
        if not np.isfinite(points).all():
            continue
        low, high = points.min(axis=0), points.max(axis=0)
        span = high - low
        inside = (max(low[0], item.clip[0]), max(low[1], item.clip[1]),
                  min(high[0], item.clip[2]), min(high[1], item.clip[3]))
        thickness = max(span.min() if fill else 0., width if stroke else 0.)
        thin = (span.min() < 0.5 or span.min() <= (thickest if fill else 1.)) and (
            thickness <= thickest * 1.5 and span.max() > thickest)
        straight = span.max() > 3 * max(span.min(), thickness, 1.)
        dots = gap and width > max(dash / 1.5, thickest / 2)  # squares in a row
        rule = ('h' if span[0] > span[1] else 'v') if thin and straight and not dots else None
        for box in _seen(inside, size):
            yield Path(box, _fills_its_box(points, span), fill, rule,
                       float(np.clip(thickness, 1., thickest)), item.mark, gap)


def _filled(box: Box, size: tuple[int, int], mark: int) -> Path:
    """A box as a filled rectangle, or as a rule."""
    across, down = box[2] - box[0], box[3] - box[1]
    thin = min(across, down) <= thickest_rule(size) and max(across, down) > 3 * min(across, down)
    return Path(box, True, True, ('h' if across > down else 'v') if thin else None,
                float(np.clip(min(across, down), 1., thickest_rule(size))), mark)


def _fills_its_box(points: np.ndarray, span: np.ndarray) -> bool:
    """Whether the polygon covers at least nine tenths of the box around it."""
    x, y = points.T
    twice = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
    return len(points) >= 4 and twice / 2 >= 0.9 * span.prod() > 0
