"""From the file of a request to the layouts of its pages."""
from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import PurePosixPath, PureWindowsPath
from typing import NamedTuple

import cv2
import numpy as np

from ..layout import PageLayout, RegionOptions, page_layout
from ..layout.vertical import ReadPicture, as_read
from ..layout.writers import FORMATS, render
from ..utils.errors import InputError
from ..utils.page_images import PageImage, TooManyPages, read_page
from .batching import Answering, Batcher
from .clients import Client
from .readers import Readers
from .turns import Turns


class TooLargeAnswer(InputError):
    """What would be answered has more bytes than the service sends."""


class ReadPage(NamedTuple):
    """A page (H, W, 3), uint8 in BGR, and what was found on it."""
    image: np.ndarray
    layout: PageLayout


class PageLimits(NamedTuple):
    """How many pages a file may have, and how many pixels each of them."""
    pages: int
    pixels: int


def plain_name(name: str | None) -> str:
    """A file's name without folders, of whichever system; ``page`` where there is none."""
    last = PureWindowsPath(PurePosixPath(name or '').name).name
    return ''.join(letter for letter in last if letter.isprintable())[:200] or 'page'


def read_file(path: str, name: str, readers: Readers, batcher: Batcher, turns: Turns,
              options: RegionOptions, limits: PageLimits, client: Client,
              dpi: float | None = None) -> Iterator[ReadPage]:
    """Yield each page of a file with its regions.

    While regions are found on one page, the network may have the next; no more are held.

    Args:
        path: Of a picture, a TIFF file or a PDF.
        name: What to call it.
        readers: Whose processes read it.
        batcher: Whose network answers.
        turns: In which regions are found.
        options: How regions are found.
        limits: Of its pages.
        client: For whom; nothing more is done once it has left.
        dpi: Of pages from a PDF, 150 by default.

    Raises:
        TooManyPages: The file has more pages.
        InputError: It cannot be read, or a page has too many regions.
        Left: The client has gone.
    """
    predictor = batcher.predictor
    ahead: deque[tuple[PageImage, ReadPicture, Answering]] = deque()

    def finish() -> ReadPage:
        page, picture, answering = ahead.popleft()
        with answering as arrays, turns.turn(client):
            layout = page_layout(picture.back(arrays), predictor.classes, predictor.palette,
                                 predictor.page_classes, options, source=name, number=page.number,
                                 image=page.image)
        return ReadPage(page.image, layout)

    with open(path, 'rb') as file:
        key = hashlib.file_digest(file, 'sha256').digest()
    number, total = 0, 1
    try:
        while number < total:
            page = readers.call(read_page, path, number, name, dpi, limits.pixels, limits.pages,
                                what=name, client=client, key=key)
            number, total = number + 1, page.total
            picture = as_read(page.image, options, predictor.classes)
            # Whoever holds scores does not wait for room for more, or all might wait.
            while (answering := batcher.submit(picture.image, not ahead, client)) is None:
                yield finish()
            ahead.append((page, picture, answering))
            if len(ahead) > 1:
                yield finish()
        while ahead:
            yield finish()
    finally:
        for _, _, answering in ahead:
            answering.drop()


class Answer(NamedTuple):
    """The body of an answer, its media type and the name to save it under."""
    content: bytes
    media_type: str
    name: str


class _Bytes:
    """Counts the bytes of an answer as it grows."""

    def __init__(self, name: str, most: int) -> None:
        self.name, self.left, self.most = name, most, most

    def add(self, content: bytes) -> bytes:
        self.left -= len(content)
        if self.left < 0:
            raise TooLargeAnswer(f'what is found in {self.name} would take more than the '
                                 f'{self.most / 1e6:g} MB that are sent: send it in parts')
        return content


def as_answer(pages: Iterable[ReadPage], form: str, name: str, max_bytes: int,
              turn: Callable[[], AbstractContextManager[None]] = nullcontext) -> Answer:
    """Return pages in a format; several of one that holds a single page come as a ZIP archive.

    Args:
        pages: At least one; none is kept longer than it is needed.
        form: A key of :data:`~mmseg.layout.writers.FORMATS`.
        name: Of the file they came from.
        max_bytes: Of the answer.
        turn: Makes a context in which it is written, once the pages are there.

    Raises:
        TooLargeAnswer: It would have more.
    """
    kind, stem, size = FORMATS[form], name.rpartition('.')[0] or name, _Bytes(name, max_bytes)
    if kind.many:
        layouts = [page.layout for page in pages]
        with turn():
            content = render(layouts, form)
        return Answer(size.add(content), kind.media_type, stem + kind.suffix)
    files = [(page.layout.number, size.add(render([page.layout], form, [page.image])))
             for page in pages]
    if len(files) == 1:
        return Answer(files[0][1], kind.media_type, stem + kind.suffix)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED) as archive:
        for number, content in files:
            archive.writestr(f'{stem}_{number + 1:04d}{kind.suffix}', content)
    return Answer(packed.getvalue(), 'application/zip', f'{stem}{kind.suffix}.zip')


def as_view(pages: Iterable[ReadPage], name: str, max_bytes: int,
            turn: Callable[[], AbstractContextManager[None]] = nullcontext) -> Answer:
    """The same for the web page: as JSON, with the pages as pictures that browsers show."""
    size, layouts, pictures = _Bytes(name, max_bytes), [], []
    for page in pages:
        layouts.append(page.layout)
        pictures.append(_data_uri(page.image))
        size.add(pictures[-1].encode())
    with turn():
        found = json.loads(size.add(render(layouts, 'json')))
    return Answer(json.dumps({**found, 'pictures': pictures}).encode(), 'application/json',
                  name + '.json')


def _data_uri(image: np.ndarray) -> str:
    """The page as a JPEG inside an address."""
    _, jpeg = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return 'data:image/jpeg;base64,' + base64.b64encode(jpeg.tobytes()).decode()


__all__ = ['Answer', 'PageLimits', 'ReadPage', 'TooLargeAnswer', 'TooManyPages', 'as_answer',
           'as_view', 'plain_name', 'read_file']
