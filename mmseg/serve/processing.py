"""From the bytes of a request to the layouts of its pages."""
from __future__ import annotations

import io
import zipfile
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath, PureWindowsPath
from typing import NamedTuple

import numpy as np

from ..layout import PageLayout, RegionOptions, page_layout
from ..layout.writers import FORMATS, render
from ..utils.errors import InputError
from ..utils.page_images import PageImage, read_pages
from .batching import Answering, Batcher


class TooManyPages(InputError):
    """A file has more pages than the service takes."""


class ReadPage(NamedTuple):
    """A page (H, W, 3), uint8 in BGR, and what was found on it."""
    image: np.ndarray
    layout: PageLayout


def plain_name(name: str | None) -> str:
    """A file's name without folders, of whichever system; ``page`` where there is none."""
    last = PureWindowsPath(PurePosixPath(name or '').name).name
    return ''.join(letter for letter in last if letter.isprintable())[:200] or 'page'


def read_file(content: bytes, name: str, batcher: Batcher, options: RegionOptions, *,
              most_pages: int, most_pixels: int,
              dpi: float | None = None) -> Iterator[ReadPage]:
    """Yield each page of a file with its regions.

    While regions are found on one page, the network may have the next; no more are held.

    Args:
        content: Of a picture, a TIFF file or a PDF.
        name: What to call it.
        batcher: Whose network answers.
        options: How regions are found.
        most_pages: That a file may have.
        most_pixels: That a page may have.
        dpi: Of pages out of a PDF, 150 by default.

    Raises:
        TooManyPages: The file has more pages.
        InputError: It cannot be read.
    """
    predictor = batcher.predictor
    ahead: deque[tuple[PageImage, Answering]] = deque()

    def finish() -> ReadPage:
        page, answering = ahead.popleft()
        with answering as arrays:
            layout = page_layout(arrays, predictor.classes, predictor.palette,
                                 predictor.page_classes, options, source=name, number=page.number,
                                 image=page.image)
        return ReadPage(page.image, layout)

    try:
        for page in read_pages(content, name, dpi=dpi, max_pixels=most_pixels):
            if page.total > most_pages:
                raise TooManyPages(f'{name} has {page.total} pages, but at most {most_pages} are '
                                   'taken at once: send it in parts')
            # Whoever holds scores does not wait for room for more, or all might wait.
            while (answering := batcher.submit(page.image, wait=not ahead)) is None:
                yield finish()
            ahead.append((page, answering))
            if len(ahead) > 1:
                yield finish()
        while ahead:
            yield finish()
    finally:
        for _, answering in ahead:
            answering.drop()


class Answer(NamedTuple):
    """The body of an answer, its media type and the name to save it under."""
    content: bytes
    media_type: str
    name: str


def as_answer(pages: Sequence[ReadPage], form: str, name: str) -> Answer:
    """Return pages in a format; several of one that holds a single page come as a ZIP archive.

    Args:
        pages: At least one.
        form: A key of :data:`~mmseg.layout.writers.FORMATS`.
        name: Of the file they came from.
    """
    kind, stem = FORMATS[form], name.rpartition('.')[0] or name
    layouts, images = [page.layout for page in pages], [page.image for page in pages]
    if kind.many or len(pages) == 1:
        return Answer(render(layouts, form, images), kind.media_type, stem + kind.suffix)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED) as archive:
        for page in pages:
            archive.writestr(f'{stem}_{page.layout.number + 1:04d}{kind.suffix}',
                             render([page.layout], form, [page.image]))
    return Answer(packed.getvalue(), 'application/zip', f'{stem}{kind.suffix}.zip')
