"""The label map of a page, painted from the objects of its PDF."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .boxes import Box, as_boxes, grown, share_inside, to_pixels
from .drawings import find_figures, find_separators, with_labels
from .ink import Ink
from .objects import PageObjects, read_objects
from .tables import find_tables
from .text import covered, paragraph_gaps, text_lines

if TYPE_CHECKING:
    from pdfplumber.page import Page  # type: ignore[import-untyped]
    from pypdfium2 import PdfPage  # type: ignore[import-untyped]

CLASSES = ('background', 'figure', 'text', 'table', 'validline')
FIGURE, TEXT, TABLE, SEPARATOR = range(1, len(CLASSES))
# Separators are painted at least this thick, as a share of the longer side: 5 pixels of 1120.
_SEPARATOR_THICKNESS = 1 / 224
# A picture over this share of the page is its paper, or a scan.
_WHOLE_PAGE = 0.85
# Paper has fewer edges than this outside of its text, as a share of the pixels; a photo has more.
_EDGES_OF_PAPER = 0.02
# Text that is not painted: rendering modes 3 (invisible) and 7 (clip only) of ISO 32000-1, 9.3.6.
_UNPAINTED = (3, 7)


class SkippedPage(Exception):
    """A page that has no objects to learn from; the message says why."""


def label_page(page: Page, image: np.ndarray, shown: PdfPage | None = None) -> np.ndarray:
    """Classes (H, W) of the pixels of a page, uint8: see ``CLASSES``.

    Painted in this order, later ones over earlier: figures, text, tables, separator lines. A table
    is one region with its text in it, and so is a drawing with its labels; text over a raster
    image stays text. What a reader cannot see (white on white, under another object) is left out.

    Args:
        page: Of pdfplumber.
        image: Its picture (H, W, 3) in BGR, uint8, from PDFium.
        shown: The same page of PDFium, which knows what text is invisible and what lies above
            what; None takes all text for visible.

    Raises:
        SkippedPage: A scan, a page without text, or with a picture behind all of it.
    """
    size = image.shape[:2]
    objects = read_objects(page, size)
    ink = Ink(image)
    lines = text_lines(objects.chars, objects.vertical)
    lines = as_boxes(line for line in lines if ink.any(line))
    objects = replace(objects, paths=[path for path in objects.paths
                                      if not path.rule or ink.edge(path.box, path.rule)])
    _check_page(objects, lines, ink, shown)
    whole = np.prod(size) * _WHOLE_PAGE
    if len(objects.images):
        paper = np.prod(objects.images[:, 2:] - objects.images[:, :2], axis=1) > whole
        objects = replace(objects, images=objects.images[~paper])

    ruled = find_tables(page, objects, lines, ink)
    images, drawings = find_figures(objects, lines, ruled)
    tables = _without_drawn(ruled.tables, images)
    drawings = [with_labels(box, np.vstack([lines, objects.oblique])) for box in drawings]
    images = ink.cut(images)
    drawings = ink.cut(drawings)
    for box in drawings:
        lines = lines[share_inside(lines, box) <= 0.7]
    separators = find_separators(objects, lines, [*tables, *images, *drawings],
                                 ruled.frames)

    label = np.zeros(size, np.uint8)
    _paint(label, images + drawings, FIGURE)
    _paint(label, [*lines, *paragraph_gaps(lines)], TEXT)
    _paint(label, tables, TABLE)
    thinnest = max(3., _SEPARATOR_THICKNESS * objects.side)
    for way, box in separators:
        _paint(label, [_thickened(box, way, thinnest)], SEPARATOR)
    return label


def _check_page(objects: PageObjects, lines: np.ndarray, ink: Ink,
                shown: PdfPage | None) -> None:
    """Raise SkippedPage for a page whose objects do not tell what is on its picture."""
    under = np.zeros(objects.size, bool)
    for box in objects.images:
        under[to_pixels(box, objects.size)] = True
    scan = under.mean() > _WHOLE_PAGE
    if not len(lines):
        raise SkippedPage('a scan: one picture and no text' if scan else
                          'no text in it, only outlines or pictures' if ink.mask.any() else 'empty')
    if shown is not None and not _has_visible_text(shown):
        raise SkippedPage('a scan: its text is invisible, or lies under a picture')
    if scan:
        outside = ink.mask.copy()
        for line in lines:
            outside[to_pixels(grown(line, 2), objects.size)] = False
        if outside.mean() > _EDGES_OF_PAPER:
            raise SkippedPage('a picture fills the page behind its text')


def _has_visible_text(page: PdfPage) -> bool:
    """Whether most text is painted, and not only under a picture that covers half the page."""
    import pypdfium2.raw as pdfium  # type: ignore[import-untyped]
    whole = np.prod(page.get_size())
    painted = unpainted = above = 0
    covering = False
    for item in page.get_objects([pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_IMAGE]):
        if item.type == pdfium.FPDF_PAGEOBJ_TEXT:
            hidden = pdfium.FPDFTextObj_GetTextRenderMode(item) in _UNPAINTED
            unpainted += hidden
            painted += not hidden
            above += not hidden
        elif item.level == 0:
            left, low, right, high = item.get_bounds()
            if (right - left) * (high - low) > whole / 2:
                covering, above = True, 0
    return painted >= unpainted and not (covering and above == 0)


def _without_drawn(tables: list[Box], images: list[Box]) -> list[Box]:
    """Tables, but for rules that frame an image."""
    boxes = as_boxes(images)
    return [table for table in tables if covered(table, boxes) < 0.5]


def _thickened(box: Box, way: str, thickness: float) -> Box:
    """A rule's box, at least ``thickness`` pixels across."""
    x0, y0, x1, y1 = box
    if way == 'h':
        more = max(0., thickness - (y1 - y0)) / 2
        return x0, y0 - more, x1, y1 + more
    more = max(0., thickness - (x1 - x0)) / 2
    return x0 - more, y0, x1 + more, y1


def _paint(label: np.ndarray, boxes: Iterable[Iterable[float]], value: int) -> None:
    for box in boxes:
        label[to_pixels(tuple(box), label.shape)] = value  # type: ignore[arg-type]
