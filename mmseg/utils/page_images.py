"""Pages of any file as BGR pictures: photographs, scans of every mode, multi-page TIFF, PDF.

- ``find_files(paths, nested=False) -> list of Path``: files, and the pages within folders.
- ``read_pages(source) -> Iterator[PageImage]``: every page of a file, one in memory at a time.
- ``read_image(source) -> np.ndarray``: a picture, of several frames the first.

A source is a path or the file's bytes. 8-bit grey and RGB JPEG and PNG files are decoded by OpenCV,
as the training pipelines do, so that they give the pixels a network was trained on; all others by
Pillow, since OpenCV loses transparency and most frames.
"""
from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from .errors import InputError
from .pdf_pages import MAX_PIXELS as PDF_PIXELS
from .pdf_pages import count_pages, render_pages

Source = str | os.PathLike[str] | bytes
SUFFIXES = ('.png', '.jpg', '.jpeg', '.tif', '.tiff', '.pdf', '.webp', '.bmp', '.gif', '.jp2',
            '.pbm', '.pgm', '.ppm', '.pnm')
# An A2 page at 600 dpi has 139 million. The file's head says it, before memory is taken.
MAX_PIXELS = 178_000_000
# Pillow's modes of 16 bits and more, which its own conversion would cut off at 255
_DEEP = ('I', 'F', 'I;16', 'I;16B', 'I;16L', 'I;16N')
# TIFF 6.0, NewSubfileType: bit 0 says that a frame is a smaller copy of another
_SUBFILE_TYPE, _SMALLER_COPY = 254, 1


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
    """Refuse what is no file with something in it."""
    if not isinstance(source, bytes) and not Path(source).is_file():
        raise InputError(f'image {name} not found' if not Path(source).exists() else
                         f'{name} is no file')
    try:
        if (len(source) if isinstance(source, bytes) else Path(source).stat().st_size) == 0:
            raise InputError(f'{name} is empty (0 bytes)')
        if not isinstance(source, bytes):
            with open(source, 'rb'):
                pass
    except OSError as error:
        raise InputError(f'{name} cannot be read: {error.strerror or error}') from error


def is_pdf(source: Source) -> bool:
    """Whether the file begins as a PDF does; some bytes of rubbish may stand before."""
    if isinstance(source, bytes):
        return b'%PDF-' in source[:1024]
    with open(source, 'rb') as file:
        return b'%PDF-' in file.read(1024)


def _open(source: Source, name: str, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """The picture with its head read.

    Raises:
        InputError: It is none, has no pixels, or more than ``max_pixels``.
    """
    try:
        image = Image.open(io.BytesIO(source) if isinstance(source, bytes) else source)
    except Image.DecompressionBombError as error:
        raise InputError(_too_large(name, max_pixels)) from error
    except UnidentifiedImageError as error:
        raise InputError(f'{name} cannot be read as a picture: its format is not known, or its '
                         'beginning is damaged') from error
    except Exception as error:  # a damaged head raises whatever Pillow's reader stumbles over
        raise InputError(f'{name} cannot be read as a picture: {error}') from error
    _check_size(image, name, max_pixels)
    return image


def _too_large(name: str, max_pixels: int = MAX_PIXELS) -> str:
    return (f'{name} is too large: a page may have at most {max_pixels / 1e6:g} million pixels, '
            'make it smaller')


def _check_size(image: Image.Image, name: str, max_pixels: int) -> None:
    if image.width * image.height > max_pixels:
        raise InputError(f'{_too_large(name, max_pixels)} ({image.width} x {image.height})')


def _eight_bits(values: np.ndarray) -> np.ndarray:
    """Grey values of more than 8 bits as uint8.

    White is the largest number of 16 bits; in files of 32 bits it is the first of 1 (only where
    numbers have fractions), 255, 65535 and 2**32 - 1 that no value exceeds.
    """
    if values.dtype.itemsize == 2:
        white = 65535.
    else:
        values = np.nan_to_num(values.astype(np.float64), posinf=0, neginf=0)
        whites = (1., 255., 65535., 2.**32 - 1)
        fractions = bool((values % 1).any())
        highest = values.max(initial=0)
        white = next((w for w in whites[0 if fractions or highest == 1 else 1:] if highest <= w),
                     highest)
    return np.rint(np.clip(values / white, 0, 1) * 255).astype(np.uint8)


def to_bgr(image: Image.Image) -> np.ndarray:
    """Pixels of a Pillow picture as uint8 ``(H, W, 3)`` in BGR, upright, on white paper.

    Raises:
        OSError, ValueError: It is damaged, or of a mode that Pillow cannot convert.
    """
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode in _DEEP:
        grey = _eight_bits(np.asarray(image))
        return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    if image.mode in ('RGBA', 'LA', 'PA', 'RGBa', 'La') or 'transparency' in image.info:
        image = image.convert('RGBA')
        paper = Image.new('RGBA', image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(paper, image)
    return cv2.cvtColor(np.asarray(image.convert('RGB')), cv2.COLOR_RGB2BGR)


def _is_ordinary(image: Image.Image) -> bool:
    """Whether OpenCV gives all of the picture: an 8-bit JPEG or PNG without transparency."""
    # 16 bits a channel have Pillow's mode RGB too
    return (image.format in ('JPEG', 'MPO', 'PNG') and image.mode in ('L', 'RGB')
            and 'transparency' not in image.info and ';16' not in str(getattr(image, 'tile', '')))


def _decode_ordinary(image: Image.Image, data: bytes) -> np.ndarray | None:
    """Pixels by OpenCV, None where it cannot; raises what Pillow raises at a file that is cut off,
    of which OpenCV would give the part that is there."""
    if image.format == 'PNG':
        if b'eXIf' in data:  # may say that the page is turned
            return None
        image.verify()  # the sums of its chunks
    else:
        image.draft('L', (1, 1))  # an eighth of the size costs a fraction of the time
        image.load()
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def _decode(image: Image.Image, source: Source, name: str) -> np.ndarray:
    """Pixels of the frame at which ``image`` stands."""
    try:
        if _is_ordinary(image):
            data = source if isinstance(source, bytes) else Path(source).read_bytes()
            pixels = _decode_ordinary(image, data)
            if pixels is not None:
                return pixels
            image = _open(source, name)
        return to_bgr(image)
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(_too_large(name)) from error
    except Exception as error:  # damaged files raise OSError, SyntaxError, struct.error and more
        raise InputError(f'{name} cannot be read as a picture: {error}') from error


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
        raise InputError(f'{name} is a PDF, a picture was expected: read_pages or tools/layout.py '
                         'reads its pages')
    with _open(source, name) as image:
        return _decode(image, source, name)


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
    with _open(source, name, max_pixels) as image:
        if image.format == 'TIFF':
            yield from _tiff_pages(image, source, name, max_pixels)
        else:
            yield PageImage(name, 0, 1, _decode(image, source, name))


class TooManyPages(InputError):
    """A file has more pages than are taken."""


def read_page(source: Source, number: int = 0, name: str | None = None, dpi: float | None = None,
              max_pixels: int = MAX_PIXELS, max_pages: int | None = None) -> PageImage:
    """One page of the file; the others are not decoded.

    Args:
        source: Path, or the bytes of the file.
        number: Of the page, from 0.
        name: See :func:`read_pages`, as for those below.
        dpi: Pixels per inch at which a PDF becomes pictures, 150 by default.
        max_pixels: That the page may have; of a PDF it is made smaller instead.
        max_pages: That the file may have.

    Raises:
        TooManyPages: The file has more.
        InputError: There is no such page; see :func:`read_pages`.
    """
    name = name or _name_of(source)
    _check_file(source, name)
    if is_pdf(source):
        count = _checked_count(count_pages(source, name), name, max_pages)
        pixels = next(iter(render_pages(source, None, dpi, [number], name=name,
                                        max_pixels=min(max_pixels, PDF_PIXELS))))
        return PageImage(name, number, count, pixels)
    with _open(source, name, max_pixels) as image:
        if image.format != 'TIFF':
            frames, damage = [0], None
        else:
            frames, damage = _tiff_frames(image, max_pages)
        count = _checked_count(len(frames) + (damage is not None), name, max_pages)
        which = name if count == 1 else f'page {number + 1} of {name}'
        if damage is not None and number == len(frames):
            raise InputError(f'{which} cannot be read as a picture: {damage}')
        if not 0 <= number < count:
            raise InputError(f'{name} has {count} pages, not a page {number + 1}')
        if image.format == 'TIFF':
            image.seek(frames[number])
            _check_size(image, which, max_pixels)
        return PageImage(name, number, count, _decode(image, source, which))


def _checked_count(count: int, name: str, most: int | None) -> int:
    if most is not None and count > most:
        raise TooManyPages(f'{name} has more than {most} pages, which is the most that is taken '
                           'at once: send it in parts')
    return count


def _tiff_frames(image: Image.Image,
                 most: int | None = None) -> tuple[list[int], Exception | None]:
    """Numbers of the frames that are pages, and why those behind them cannot be reached.

    With ``most`` the search ends as soon as there are more.
    """
    frames: list[int] = []
    frame = 0
    while most is None or len(frames) <= most:
        try:
            image.seek(frame)
        except EOFError:
            return frames, None
        except Exception as error:
            return frames, error
        if not getattr(image, 'tag_v2', {}).get(_SUBFILE_TYPE, 0) & _SMALLER_COPY:
            frames.append(frame)
        frame += 1
        if most is not None and frame > 4 * most + 10:  # pages without end, of smaller copies
            return frames + [frame] * (most + 1 - len(frames)), None
    return frames, None


def _tiff_pages(image: Image.Image, source: Source, name: str,
                max_pixels: int) -> Iterator[PageImage]:
    frames, damage = _tiff_frames(image)
    count = len(frames) + (damage is not None)
    for number, frame in enumerate(frames):
        which = name if count == 1 else f'page {number + 1} of {name}'
        image.seek(frame)
        _check_size(image, which, max_pixels)
        yield PageImage(name, number, count, _decode(image, source, which))
    if damage is not None:
        raise InputError(f'page {count} of {name} cannot be read as a picture: {damage}')
