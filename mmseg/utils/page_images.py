"""Pages of any file as BGR pictures: photographs, scans of every mode, multi-page TIFF, PDF.

- ``find_files(paths, nested=False) -> list of Path``: files, and the pages within folders.
- ``read_pages(source) -> Iterator[PageImage]``: every page of a file, one in memory at a time.
- ``read_image(source) -> np.ndarray``: a picture, of several frames the first.

A source is a path or the file's bytes. :mod:`~mmseg.utils.pictures` decodes it, as it does for
training, so that a network sees the pixels that it was trained on.
"""
from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from .errors import InputError, MissingFileError
from .pdf_pages import MAX_PIXELS as PDF_PIXELS
from .pdf_pages import count_pages, render_pages
from .pictures import MAX_PIXELS, Source, decode_frame, open_picture
from .tiff_frames import HEADS as TIFF_HEADS
from .tiff_frames import FrameFile, find_pages

SUFFIXES = ('.png', '.jpg', '.jpeg', '.tif', '.tiff', '.pdf', '.webp', '.bmp', '.gif', '.jp2',
            '.pbm', '.pgm', '.ppm', '.pnm')


class PageImage(NamedTuple):
    """A page of a file.

    Attributes:
        source: The file, as it was named.
        number: Of the page in that file, from 0.
        total: Pages in that file.
        image: uint8 (H, W, 3) in BGR.
    """
    source: str
    number: int
    total: int
    image: np.ndarray


def natural_key(path: Path) -> list[tuple[int, int | str]]:
    """Sorts ``page2`` before ``page10``."""
    return [(0, int(part)) if part.isdigit() else (1, part.lower())
            for part in re.split(r'([0-9]+)', str(path)) if part]


def find_files(paths: Iterable[str | os.PathLike[str]], nested: bool = False) -> list[Path]:
    """The files among ``paths``, and in place of a folder the pictures and PDFs in it.

    Args:
        paths: Files of any name, and folders, whose files are chosen by :data:`SUFFIXES` and
            sorted as people count.
        nested: Look into the folders' folders too.

    Raises:
        InputError: A path is not there, or a folder holds no page.
    """
    files = []
    for path in map(Path, paths):
        if path.is_dir():
            found = [file for file in (path.rglob('*') if nested else path.iterdir())
                     if file.suffix.lower() in SUFFIXES and file.is_file()
                     and not file.name.startswith('.')]
            if not found:
                raise InputError(f'{path} holds no pictures or PDFs ({", ".join(SUFFIXES)})'
                                 + ('' if nested else '; the folders in it were not looked into'))
            files += sorted(found, key=natural_key)
        elif path.exists():
            files.append(path)
        else:
            raise InputError(f'{path} is neither a file nor a folder')
    return list(dict.fromkeys(files))


def _name_of(source: Source) -> str:
    return 'the picture' if isinstance(source, bytes) else os.fspath(source)


def _check_file(source: Source, name: str) -> None:
    """Raise InputError unless this is a file with contents."""
    if not isinstance(source, bytes) and not Path(source).exists():
        raise MissingFileError(f'image {name} not found')
    if not isinstance(source, bytes) and not Path(source).is_file():
        raise InputError(f'{name} is not a file')
    try:
        if (len(source) if isinstance(source, bytes) else Path(source).stat().st_size) == 0:
            raise InputError(f'{name} is empty (0 bytes)')
        if not isinstance(source, bytes):
            with open(source, 'rb'):
                pass
    except OSError as error:
        raise InputError(f'{name} cannot be read: {error.strerror or error}') from error


def is_pdf(source: Source) -> bool:
    """Whether the file begins as a PDF does; some other bytes may come first."""
    if isinstance(source, bytes):
        return b'%PDF-' in source[:1024]
    with open(source, 'rb') as file:
        return b'%PDF-' in file.read(1024)


def read_image(source: Source, name: str | None = None) -> np.ndarray:
    """The picture, uint8 ``(H, W, 3)`` in BGR; the first frame where there are several.

    Args:
        source: Path, or the bytes of the file.
        name: What to call it in error messages; the path, or 'the picture', where None.

    Raises:
        InputError: The file is not there, empty, damaged, no picture, or too large.
    """
    name = name or _name_of(source)
    _check_file(source, name)
    if is_pdf(source):
        raise InputError(f'{name} is a PDF, a picture was expected: read_pages or mmseg layout '
                         'reads its pages')
    with open_picture(source, name) as image:
        return decode_frame(image, source, name)


def as_image(image: np.ndarray | str | os.PathLike[str]) -> np.ndarray:
    """An array ``(H, W, 3)`` as it is, the picture in a file as :func:`read_image` gives it."""
    return image if isinstance(image, np.ndarray) else read_image(image)


def read_pages(source: Source, name: str | None = None, dpi: float | None = None,
               longer_side: int | None = None,
               max_pixels: int = MAX_PIXELS) -> Iterator[PageImage]:
    """Yield every page of the file, one in memory at a time.

    All frames of a TIFF are pages, but for smaller copies of others; of animations and of cameras'
    multi-picture files it is the first frame.

    Args:
        source: Path, or the bytes of the file.
        name: What to call it, in messages and in the pages; the path where None.
        dpi: Pixels per inch at which a PDF becomes pictures, 150 by default; or
        longer_side: of these, in pixels.
        max_pixels: That a page may have; pages of a PDF are made smaller instead.

    Raises:
        InputError: See :func:`read_image` and :func:`~mmseg.utils.pdf_pages.render_pages`; pages
            before a damaged one have come by then.
    """
    name = name or _name_of(source)
    _check_file(source, name)
    if is_pdf(source):
        count = count_pages(source, name)
        for number, pixels in enumerate(render_pages(
                source, longer_side, dpi, name=name, max_pixels=min(max_pixels, PDF_PIXELS))):
            yield PageImage(name, number, count, pixels)
        return
    if _is_tiff(source):
        yield from _tiff_pages(source, name, max_pixels)
        return
    with open_picture(source, name, max_pixels) as image:
        yield PageImage(name, 0, 1, decode_frame(image, source, name))


class TooManyPages(InputError):
    """A file has more pages than are taken."""


def may_have_pages(source: str | os.PathLike[str]) -> bool:
    """Return whether the file begins as a PDF or a TIFF does; False where it cannot be read."""
    try:
        if not Path(source).is_file():
            return False
        with open(source, 'rb') as file:
            head = file.read(1024)
    except OSError:
        return False
    return b'%PDF-' in head or head[:4] in TIFF_HEADS


def count_frames(source: Source, name: str | None = None) -> int:
    """Return the number of pages that :func:`read_page` can be asked for, at least 1.

    Args:
        source: Path, or the bytes of the file.
        name: What to call it in messages; the path where None.

    Raises:
        InputError: The file is not there, empty, damaged or no picture.
    """
    name = name or _name_of(source)
    _check_file(source, name)
    if is_pdf(source):
        return count_pages(source, name)
    if _is_tiff(source):
        with _opened(source) as file:
            places, damage = find_pages(file)
        return max(1, len(places) + (damage is not None))
    with open_picture(source, name):
        return 1


def read_page(source: Source, number: int = 0, name: str | None = None, dpi: float | None = None,
              max_pixels: int = MAX_PIXELS, max_pages: int | None = None,
              longer_side: int | None = None) -> PageImage:
    """One page of the file; the others are not decoded.

    Args:
        source: Path, or the bytes of the file.
        number: Of the page, from 0.
        name: See :func:`read_pages`, as for those below.
        dpi: Pixels per inch at which a PDF becomes pictures, 150 by default.
        max_pixels: That the page may have; of a PDF it is made smaller instead.
        max_pages: That the file may have.
        longer_side: Of a PDF's page in pixels, in place of ``dpi``.

    Raises:
        TooManyPages: The file has more.
        InputError: There is no such page; see :func:`read_pages`.
    """
    name = name or _name_of(source)
    _check_file(source, name)
    if is_pdf(source):
        count = _checked_count(count_pages(source, name), name, max_pages)
        pixels = next(iter(render_pages(source, longer_side, dpi, [number], name=name,
                                        max_pixels=min(max_pixels, PDF_PIXELS))))
        return PageImage(name, number, count, pixels)
    if _is_tiff(source):
        return next(_tiff_pages(source, name, max_pixels, max_pages, number))
    if number != 0:
        raise InputError(f'{name} has 1 page, not a page {number + 1}')
    with open_picture(source, name, max_pixels) as image:
        return PageImage(name, 0, 1, decode_frame(image, source, name))


def _checked_count(count: int, name: str, most: int | None) -> int:
    if most is not None and count > most:
        raise TooManyPages(f'{name} has more than {most} pages, which is the most that is taken '
                           'at once: send it in parts')
    return count


@contextmanager
def _opened(source: Source) -> Iterator[BinaryIO]:
    with io.BytesIO(source) if isinstance(source, bytes) else open(source, 'rb') as file:
        yield file


def _is_tiff(source: Source) -> bool:
    with _opened(source) as file:
        return file.read(4) in TIFF_HEADS


def _tiff_page(source: Source, place: int, which: str, max_pixels: int) -> np.ndarray:
    """Pixels of the frame of a TIFF whose directory is at ``place``."""
    with _opened(source) as file, open_picture(FrameFile(file, place), which, max_pixels) as image:
        return decode_frame(image, source, which)


def _tiff_pages(source: Source, name: str, max_pixels: int, most: int | None = None,
                wanted: int | None = None) -> Iterator[PageImage]:
    """The pages of a TIFF, or the one that is wanted; see :func:`read_page`."""
    with _opened(source) as file:
        places, damage = find_pages(file, most)
    count = _checked_count(len(places) + (damage is not None), name, most)
    if not count:
        raise InputError(f'{name} cannot be read as a picture: it has no frame')
    if wanted is not None and not 0 <= wanted < count:
        raise InputError(f'{name} has {count} pages, not a page {wanted + 1}')
    for number in range(count) if wanted is None else [wanted]:
        which = name if count == 1 else f'page {number + 1} of {name}'
        if number == len(places):
            raise InputError(f'{which} cannot be read as a picture: {damage}')
        yield PageImage(name, number, count, _tiff_page(source, places[number], which, max_pixels))
