"""The label map of a page, painted from what of its PDF's objects can be seen."""
from __future__ import annotations

from collections.abc import Iterable
from ctypes import addressof
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from mmseg.utils.pdf_pages import render_page

from .boxes import Box, area, around, as_boxes, share_inside, to_pixels, within
from .drawings import find_figures, find_separators, with_labels
from .edges import VisibleEdges
from .objects import PageObjects, read_objects
from .pdfium import ARTIFACT, TooManyObjects
from .structure import Structure, read_structure
from .tables import Ruled, find_tables
from .text import TextLines, paragraph_gaps, read_lines

if TYPE_CHECKING:
    from pypdfium2 import PdfPage  # type: ignore[import-untyped]

CLASSES = ('background', 'figure', 'text', 'table', 'validline')
FIGURE, TEXT, TABLE, SEPARATOR = range(1, len(CLASSES))
# Separators are painted at least this thick, as a share of the longer side: 5 pixels of 1120.
_SEPARATOR_THICKNESS = 1 / 224
# A picture over this share of the page is its paper, or a scan.
_WHOLE_PAGE = 0.85
# Paper has fewer edges than this outside of its text, as a share of the pixels; a photo has more.
_EDGES_OF_PAPER = 0.02
# More of the text's ink than this outside of the labels, and the labels are in doubt.
_UNKNOWN_TEXT = 0.05
# The same for edges of other things, as a share of all edges of the page; frames, rules and
# coloured boxes have edges that need no label.
_UNKNOWN_DRAWING = 0.1


class SkippedPage(Exception):
    """A page that has no objects to learn from, or labels in doubt; the message says why."""


@dataclass(frozen=True)
class PageLabel:
    """A page as data to learn from.

    Attributes:
        image: The page (H, W, 3) in BGR, uint8.
        label: Classes (H, W) of its pixels, uint8: see ``CLASSES``.
        lines: All its lines of text, also those in tables and figures.
    """

    image: np.ndarray
    label: np.ndarray
    lines: TextLines


def label_page(page: PdfPage, longer_side: int | None = None, dpi: float | None = None,
               paragraphs: bool = False) -> PageLabel:
    """Picture, label map and lines of text of a page.

    The map is painted in this order, later ones over earlier: figures, text, tables, separator
    lines. A table is one region with its text in it, and so is a drawing with its labels; text over
    a raster image stays text. A line of text is the box around its ink; at least one pixel row of
    background is left between lines above each other. What a reader cannot see (white on white,
    clipped, masked, in a layer that is off, under another object) is left out. Where the PDF is
    tagged, its author's structure says what is a table and what is a figure, and drawings and
    pictures that it calls artifacts are background.

    Args:
        page: Of PDFium.
        longer_side: Of the picture in pixels; or
        dpi: its pixels per inch.
        paragraphs: Fill the gaps between the lines of a paragraph.

    Raises:
        SkippedPage: A scan, a page without text or with a picture behind all of it, or one whose
            labels are in doubt.
    """
    image = render_page(page, longer_side, dpi, annotations=False)
    try:
        objects = read_objects(page, (image.shape[0], image.shape[1]))
    except TooManyObjects as error:
        raise SkippedPage(str(error)) from error
    visible = VisibleEdges(objects, lambda: render_page(page, longer_side, dpi, annotations=False))
    text = read_lines(objects.letters, visible.text)
    objects = _visible(objects, visible)
    _check_page(objects, text, visible)
    label = _paint_page(objects, text, visible, read_structure(page), paragraphs)
    return PageLabel(image, label, text)


def _visible(objects: PageObjects, visible: VisibleEdges) -> PageObjects:
    """The rules and images of which something is seen, images without empty margins."""
    boxes, marks = [], []
    for box, mark in zip(objects.images.tolist(), objects.marks.get('image', [])):
        for seen in visible.cut([tuple(box)], visible.images):
            boxes.append(seen)
            marks.append(mark)
    return replace(objects, images=as_boxes(boxes), marks={'image': marks},
                   paths=[path for path in objects.paths
                          if not path.rule or visible.edge(path.box, path.rule, path.thickness,
                                                           path.gap)])


def _paint_page(objects: PageObjects, text: TextLines, visible: VisibleEdges, structure: Structure,
                paragraphs: bool) -> np.ndarray:
    """The label map of a page that can be learnt from.

    Raises:
        SkippedPage: Too much text is outside of what is labelled.
    """
    size, lines = objects.size, text.boxes
    whole = np.prod(size) * _WHOLE_PAGE
    small = area(objects.images) <= whole
    objects = replace(objects, images=objects.images[small],
                      marks={'image': [mark for mark, kept in zip(objects.marks['image'], small)
                                       if kept]})
    ruled = find_tables(objects, text, visible)
    if structure.tagged:
        ruled = _as_tagged(ruled, structure, objects)
    images, drawings = find_figures(_without_artifacts(objects), lines, ruled)
    tables = _without_drawn(ruled.tables, images)
    tables, drawings = _with_ornaments(tables, drawings)
    drawings = [with_labels(box, np.vstack([lines, text.oblique])) for box in drawings]
    drawings = visible.cut(drawings + _tagged_figures(structure, objects, whole),
                           visible.steps | visible.text, reach=1.)
    for box in drawings:
        lines = lines[share_inside(lines, box) <= 0.7]
    separators = find_separators(objects, lines, [*tables, *images, *drawings], ruled.frames)

    label = np.zeros(size, np.uint8)
    _paint(label, images + drawings, FIGURE)
    _paint(label, [*lines, *(paragraph_gaps(lines) if paragraphs else [])], TEXT)
    _paint(label, tables, TABLE)
    if visible.text.any() and (label[visible.text] == 0).mean() > _UNKNOWN_TEXT:
        raise SkippedPage('in doubt: text of which the place is not known')
    if _unexplained(label, objects, visible) > _UNKNOWN_DRAWING:
        raise SkippedPage('in doubt: drawings or pictures of which the kind is not known')
    thinnest = max(3., _SEPARATOR_THICKNESS * objects.side)
    for way, box in separators:
        _paint(label, [_thickened(box, way, thinnest)], SEPARATOR)
    return label


def _unexplained(label: np.ndarray, objects: PageObjects, visible: VisibleEdges) -> float:
    """Share of the page's edges that neither a label nor a rule or rectangle explains."""
    known = np.array(label > 0, np.uint8)
    _paint(known, [box for box, mark in zip(objects.images.tolist(), objects.marks['image'])
                   if mark == ARTIFACT], 1)
    _paint(known, [path.box for path in objects.paths if path.mark == ARTIFACT], 1)
    known = np.asarray(cv2.dilate(known, np.ones((7, 7), np.uint8)), np.uint8)
    for path in objects.paths:
        if path.rule or path.rectangle:
            x0, y0, x1, y1 = (round(value) for value in path.box)
            cv2.rectangle(known, (x0, y0), (x1, y1), 1, thickness=round(path.thickness) + 5)
    edges = visible.steps | visible.text
    return float((edges & (known == 0)).sum() / max(1, edges.sum()))


def _without_artifacts(objects: PageObjects) -> PageObjects:
    """The objects of a page that may be parts of figures."""
    content = [mark != ARTIFACT for mark in objects.marks['image']]
    return replace(objects, images=objects.images[np.array(content, bool)],
                   paths=[path for path in objects.paths if path.rule or path.mark != ARTIFACT])


def _tagged_figures(structure: Structure, objects: PageObjects, largest: float) -> list[Box]:
    """Figures as the structure tree has them, up to an area in pixels."""
    found = []
    for ids in structure.figures:
        boxes = np.vstack([_letters_of(ids, objects),
                           as_boxes(path.box for path in objects.paths if path.mark in ids),
                           objects.images[np.isin(objects.marks['image'], list(ids))]])
        if len(boxes) and area(np.asarray(around(boxes))) <= largest:
            found.append(around(boxes))
    return found


def _letters_of(ids: set[int], objects: PageObjects) -> np.ndarray:
    """Boxes (N, 4) of the letters with these marked-content ids."""
    marks = {addressof(item.handle.contents): item.mark for item in objects.items.get('text', [])}
    owners = np.array([marks.get(int(owner), -1) for owner in objects.letters.owners], int)
    boxes = objects.letters.boxes[np.isin(owners, list(ids))]
    return boxes[area(boxes) > 0]


def _as_tagged(ruled: Ruled, structure: Structure, objects: PageObjects) -> Ruled:
    """Tables as the structure tree has them, with the rules around them."""
    tables = []
    for ids in structure.tables:
        boxes = np.vstack([_letters_of(ids, objects),
                           as_boxes(path.box for path in objects.paths if path.mark in ids)])
        if not len(boxes):
            continue
        table = around(boxes)
        for guess in ruled.tables:  # its rules are often no part of the structure
            if share_inside(as_boxes([table]), guess)[0] > 0.7:
                table = around(as_boxes([table, guess]))
        tables.append(table)
    missed = [guess for guess in ruled.tables if not within(as_boxes([guess]), tables, 0.5)[0]]
    return ruled._replace(tables=tables, frames=[*ruled.frames, *missed])


def _check_page(objects: PageObjects, text: TextLines, visible: VisibleEdges) -> None:
    """Raise SkippedPage for a page whose objects do not tell what is on its picture."""
    under = np.zeros(objects.size, bool)
    for box in objects.images:
        under[to_pixels(box, objects.size)] = True
    scan = under.mean() > _WHOLE_PAGE
    if not len(text.boxes):
        if len(objects.letters) and scan:
            raise SkippedPage('a scan: its text is invisible, or lies under a picture')
        raise SkippedPage('a scan: one picture and no text' if scan else
                          'no text in it, only outlines or pictures' if visible.anything
                          else 'empty')
    if text.unknown > _UNKNOWN_TEXT:
        raise SkippedPage('in doubt: text of which the place is not known')
    if scan and visible.steps.mean() > _EDGES_OF_PAPER:
        raise SkippedPage('a picture fills the page behind its text')


def _without_drawn(tables: list[Box], images: list[Box]) -> list[Box]:
    """Tables, but for rules that frame an image."""
    boxes = as_boxes(images)
    return [table for table in tables
            if area(np.asarray(table)) * 0.5 > sum(_shared(table, box) for box in boxes)]


def _with_ornaments(tables: list[Box], drawings: list[Box]) -> tuple[list[Box], list[Box]]:
    """Tables with the drawings that are mostly theirs, such as coloured cells around them, and
    the other drawings."""
    others = []
    for drawing in drawings:
        shared = [_shared(drawing, np.asarray(table)) for table in tables]
        if tables and max(shared) > 0.5 * area(np.asarray(drawing)):
            best = int(np.argmax(shared))
            tables = [around(as_boxes([table, drawing])) if index == best else table
                      for index, table in enumerate(tables)]
        else:
            others.append(drawing)
    return tables, others


def _shared(one: Box, other: np.ndarray) -> float:
    """Area that two boxes share."""
    return float(area(np.array([*np.maximum(one[:2], other[:2]),
                                *np.minimum(one[2:], other[2:])])))


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
