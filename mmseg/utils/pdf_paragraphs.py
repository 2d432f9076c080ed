"""Paragraphs of the pages of tagged PDFs, as the programs of their authors wrote them."""
from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .pdf_pages import load_page, open_pdf
from .pdf_structure import Element, read_elements

if TYPE_CHECKING:
    from pypdfium2 import PdfPage  # type: ignore[import-untyped]

# Standard types of structure elements (ISO 32000-1, 14.8.4): what is a paragraph wherever it is,
# what is one unless it is within another, and whose text is not the page's own.
_ALWAYS = {'LI', 'Caption', 'Note', 'FENote'}
_OUTSIDE = {'P', 'H', *(f'H{level}' for level in range(1, 7)), 'Title', 'TOC', 'Index', 'Code'}
_OTHERS = {'Table', 'Figure', 'Form'}
# A paragraph goes on in the next column where its text moves up by so many heights.
_UP = 2.


class TaggedPage(NamedTuple):
    """Text of a page by its structure tree. Boxes are left, top, right, bottom in parts of the
    page's width and height, from its upper left corner.

    Attributes:
        paragraphs: (n, 4), in reading order: paragraphs, headings, items of lists, captions, and
            tables of contents as a whole. One over several columns is one in each.
        others: (m, 4), pieces of text in tables and figures, or without a tag, as running headers.
    """
    paragraphs: np.ndarray
    others: np.ndarray


def read_tagged(source: str | os.PathLike[str] | bytes) -> Iterator[TaggedPage]:
    """Yield the paragraphs of each page of a PDF; pages without structure have none.

    Raises:
        InputError: See :func:`~mmseg.utils.pdf_pages.open_pdf`.
    """
    with open_pdf(source) as document:
        for number in range(len(document)):
            page = load_page(document, number)
            yield _boxes(page, _marks(page))


def _boxes(page: PdfPage, pieces: list[set[int]]) -> TaggedPage:
    """Boxes around the text whose marked-content ids are in one of the sets, and of other text."""
    piece_of = {mark: number for number, marks in enumerate(pieces) for mark in marks}
    parts: list[list[np.ndarray]] = [[] for _ in pieces]
    others: list[np.ndarray] = []
    for mark, box in _texts(page):
        if mark not in piece_of:
            others.append(box)
            continue
        own = parts[piece_of[mark]]
        if own and not _in_next_column(box, own[-1]):
            own[-1] = np.append(np.minimum(own[-1][:2], box[:2]),
                                np.maximum(own[-1][2:], box[2:]))
        else:
            own.append(box)
    found = [box for own in parts for box in own]
    return TaggedPage(np.array(found).reshape(-1, 4), np.array(others).reshape(-1, 4))


def _in_next_column(box: np.ndarray, before: np.ndarray) -> bool:
    """Whether text is to the right of what is before it, and much higher than where that ends."""
    return bool(box[0] >= before[2] and before[3] - box[3] > _UP * (box[3] - box[1]))


def _texts(page: PdfPage) -> Iterator[tuple[int, np.ndarray]]:
    """The marked-content id, -1 for none, and the box of each piece of text that is not white."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    fine = 1_000_000  # since PDFium gives whole numbers
    place = pypdfium2.PdfPosConv(page, (0, 0, fine, fine, 0))
    text = page.get_textpage()
    for item in page.get_objects([pdfium.FPDF_PAGEOBJ_TEXT], textpage=text):
        try:
            if not item.extract().strip():
                continue
            left, low, right, high = item.get_bounds()
        except pypdfium2.PdfiumError:  # without letters
            continue
        corners = np.array([place.to_bitmap(left, low), place.to_bitmap(right, high)]) / fine
        box = np.concatenate([corners.min(axis=0), corners.max(axis=0)])
        # the ids of text in forms are the forms' own
        yield pdfium.FPDFPageObj_GetMarkedContentID(item) if item.level == 0 else -1, box


def _marks(page: PdfPage) -> list[set[int]]:
    """The marked-content ids of each paragraph, in reading order."""
    found: list[set[int]] = []
    started: set[int] = set()  # items of lists whose first paragraph was met

    def visit(element: Element, piece: set[int] | None, item: int | None) -> None:
        """Look into an element within a paragraph, or within item number ``item`` of a list."""
        kind = element.kind
        if kind in _OTHERS:
            piece, item = set(), None
        elif kind == 'P' and item is not None and item not in started:
            started.add(item)  # it is in a line with the item's bullet or number
        elif kind in _ALWAYS or (kind in _OUTSIDE and (piece is None or item is not None)):
            piece, item = set(), len(found) if kind == 'LI' else None
            found.append(piece)
        if piece is not None:
            piece.update(element.marks)
        for child in element.children:
            visit(child, piece, item)

    for element in read_elements(page):
        visit(element, None, None)
    return found
