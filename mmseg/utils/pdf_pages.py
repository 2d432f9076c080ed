"""Pages of PDF files as pictures, through PDFium (pypdfium2).

- ``open_pdf(source)``: context of a ``pypdfium2.PdfDocument`` that is readable and has pages.
- ``count_pages(source) -> int``
- ``render_pages(source, longer_side=…|dpi=…, numbers=None) -> Iterator[np.ndarray]``: BGR pages.
- ``render_page(page, longer_side=…|dpi=…) -> np.ndarray``: one page of an open document.

A source is a path or the file's bytes. pypdfium2 is imported when it is needed first.
"""
from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from .errors import InputError

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage  # type: ignore[import-untyped]

Source = str | os.PathLike[str] | bytes
POINTS_PER_INCH = 72
DEFAULT_DPI = 150.
MAX_PIXELS = 64_000_000
# PDFium knows nothing of threads: one call at a time in the whole process.
_pdfium = threading.RLock()
# FPDF_GetLastError() of fpdfview.h, as PdfiumError.err_code
_REASONS = {3: 'is not a PDF, or a broken one', 4: 'is encrypted: save it without its password',
            5: 'is encrypted in a way that PDFium does not know'}


def _library() -> ModuleType:
    try:
        import pypdfium2
    except ImportError as error:
        raise InputError("reading PDFs needs pypdfium2: install the extra 'pdf' "
                         "(pip install 'mmseg-layout[pdf]')") from error
    return pypdfium2


def _name_of(source: Source) -> str:
    return 'the PDF' if isinstance(source, bytes) else os.fspath(source)


@contextmanager
def open_pdf(source: Source, name: str | None = None) -> Iterator[PdfDocument]:
    """An open document with at least one page, closed at the end of the context.

    Args:
        source: Path, or the bytes of the file.
        name: What to call it in error messages; the path, or 'the PDF', where None.

    Raises:
        InputError: The file is not there, empty, broken, encrypted with a password, or without
            pages; or pypdfium2 is not installed.
    """
    pdfium = _library()
    name = name or _name_of(source)
    data = source if isinstance(source, bytes) else Path(source)
    if isinstance(data, Path) and not data.is_file():
        raise InputError(f'{name} is not a file')
    if (data.stat().st_size if isinstance(data, Path) else len(data)) == 0:
        raise InputError(f'{name} is empty (0 bytes)')
    with _pdfium:
        try:
            document = pdfium.PdfDocument(data)
        except pdfium.PdfiumError as error:
            raise InputError(f"{name} {_REASONS.get(error.err_code, 'cannot be read')}") from error
    try:
        with _pdfium:
            if len(document) == 0:
                raise InputError(f'{name} is a PDF without pages')
            document.init_forms()  # the contents of form fields are on the page
        yield document
    finally:
        with _pdfium:
            document.close()


def count_pages(source: Source, name: str | None = None) -> int:
    """Number of pages, at least 1; for arguments and errors see :func:`open_pdf`."""
    with open_pdf(source, name) as document:
        return len(document)


def load_page(document: PdfDocument, number: int, name: str = 'the PDF') -> PdfPage:
    """Page ``number`` (from 0) of an open document.

    Raises:
        InputError: There is no such page, or it is broken.
    """
    pdfium = _library()
    with _pdfium:
        if not 0 <= number < len(document):
            raise InputError(f'{name} has pages 0 to {len(document) - 1}, not {number}')
        try:
            return document[number]
        except pdfium.PdfiumError as error:
            raise InputError(f'page {number + 1} of {name} is broken') from error


def render_page(page: PdfPage,
                longer_side: int | None = None,
                dpi: float | None = None,
                max_pixels: int = MAX_PIXELS,
                annotations: bool = True) -> np.ndarray:
    """Picture of a page, uint8 ``(H, W, 3)`` in BGR on white, turned as the page says.

    Args:
        page: Of an open document.
        longer_side: In pixels; or
        dpi: pixels per inch; 150 where neither is given.
        max_pixels: A page that would have more is rendered smaller: a poster at a high resolution
            would fill the memory.
        annotations: Show comments, stamps, link frames and the contents of form fields, too.

    Raises:
        InputError: Both sizes are given, or one that is not above 0; the page has no area.
    """
    if longer_side is not None and dpi is not None:
        raise InputError('give the longer side of a page or its dpi, not both')
    if (longer_side if longer_side is not None else dpi or DEFAULT_DPI) <= 0:
        raise InputError('the size of a page must be above 0, got '
                         f'longer_side={longer_side}, dpi={dpi}')
    with _pdfium:
        width, height = page.get_size()
        if not (width > 0 and height > 0):  # its crop box lies outside of its media box
            raise InputError('the page shows nothing: its box has no area')
        # a little less than asked for, since PDFium rounds up what rounding errors leave over
        scale = ((longer_side - 1e-3) / max(width, height) if longer_side is not None else
                 (dpi or DEFAULT_DPI) / POINTS_PER_INCH)
        scale = min(scale, (max_pixels / (width * height)) ** 0.5)
        bitmap = page.render(scale=scale, may_draw_forms=annotations,
                             draw_annots=annotations)
        try:
            return bitmap.to_numpy()[..., :3].copy()
        finally:
            bitmap.close()


def render_pages(source: Source,
                 longer_side: int | None = None,
                 dpi: float | None = None,
                 numbers: Iterable[int] | None = None,
                 max_pixels: int = MAX_PIXELS,
                 name: str | None = None) -> Iterator[np.ndarray]:
    """Yield pages as pictures ``(H, W, 3)``, uint8 BGR, one in memory at a time.

    Args:
        source: Path, or the bytes of the file.
        longer_side: See :func:`render_page`.
        dpi: See :func:`render_page`.
        numbers: Of the pages, from 0; all where None.
        max_pixels: See :func:`render_page`.
        name: See :func:`open_pdf`.

    Raises:
        InputError: See :func:`open_pdf`, :func:`load_page` and :func:`render_page`.
    """
    with open_pdf(source, name) as document:
        for number in range(len(document)) if numbers is None else numbers:
            page = load_page(document, number, name or _name_of(source))
            try:
                yield render_page(page, longer_side, dpi, max_pixels)
            finally:
                with _pdfium:
                    page.close()
