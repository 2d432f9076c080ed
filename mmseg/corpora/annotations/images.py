"""The pictures of a corpus on their way into a data set: copied, linked or encoded again."""
from __future__ import annotations

import errno
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import cv2
from PIL import Image

from mmseg.utils.atomic_write import atomic_path
from mmseg.utils.errors import InputError
from mmseg.utils.page_images import is_pdf, read_pages
from mmseg.utils.pdf_pages import count_pages, render_pages
from mmseg.utils.pictures import decode_picture, read_head

SUFFIXES = ('.jpg', '.jpeg', '.png', '.tif', '.tiff', '.bmp', '.webp', '.gif')
_QUALITY = 95
# what the report counts
TURNED = 'pictures turned as their orientation tag says'
FLATTENED = 'pictures put on white paper or brought to 8-bit colours'


def common_suffix(names: Iterable[str]) -> str:
    """The suffix for all pictures of a data set: '.jpg' where most are JPEGs, else '.png'."""
    kinds = Counter(_kind(Path(name).suffix) for name in names)
    return '.jpg' if kinds and kinds.most_common(1)[0][0] == '.jpg' else '.png'


def _kind(suffix: str) -> str:
    return '.jpg' if suffix.lower() in ('.jpg', '.jpeg') else suffix.lower()


class Picture:
    """A picture of a corpus, its pixels not decoded unless they must be.

    Args:
        source: A file, or the bytes of one.
        stated: (height, width) that its annotation states; None where it states none.
        where: The annotation, for error messages.

    Attributes:
        size: (height, width) at which the page is labelled: of the picture as it is to be seen,
            or, where the annotation states so, as it is stored.
        change: What :meth:`write` does to its pixels, :data:`TURNED` or :data:`FLATTENED`; None
            where they stay as they are.

    Raises:
        InputError: It is not there, no picture, or of another size than stated.
    """

    def __init__(self, source: str | bytes, stated: tuple[int, int] | None, where: str) -> None:
        self.source = source
        self.name = source if isinstance(source, str) else f'the picture in {where}'
        self.content = source if isinstance(source, bytes) else self._read(source)
        head = read_head(self.content, self.name)
        if stated not in (None, head.size, head.stored):
            raise InputError(f'{where} is for a page of {stated[1]}x{stated[0]} pixels, but '
                             f'{self.name} has {head.size[1]}x{head.size[0]}')
        self.upright = stated in (None, head.size)
        self.size = head.size if self.upright else head.stored
        self.plain = head.plain
        self.suffix = {'JPEG': '.jpg', 'MPO': '.jpg', 'PNG': '.png'}.get(head.kind)
        self.change = None
        if head.turn != 1 and self.upright:
            self.change = TURNED
        elif head.unlike_rgb:
            self.change = FLATTENED

    def _read(self, source: str) -> bytes:
        try:
            return Path(source).read_bytes()
        except FileNotFoundError as error:
            raise InputError(f'{self.name} is not there') from error
        except (OSError, ValueError) as error:  # no file has a name with a zero byte
            why = getattr(error, 'strerror', None) or error
            raise InputError(f'{self.name} cannot be read: {why}') from error

    def write(self, path: str, link: str | None = None) -> None:
        """Put the picture at ``path``, atomically; the suffix says of which kind.

        Args:
            path: Where to.
            link: 'hard' or 'sym' for a link in place of a copy, where nothing must be changed.

        Raises:
            InputError: It cannot be read, or a hard link is not possible.
        """
        with atomic_path(path) as partial:
            if not self.plain or _kind(os.path.splitext(path)[1]) != self.suffix:
                self._encode(partial, path)
            elif isinstance(self.source, bytes) or link is None:
                partial.write_bytes(self.content)
            else:
                _link(self.source, str(partial), link)

    def _encode(self, partial: Path, path: str) -> None:
        pixels = decode_picture(self.content, self.name, upright=self.upright)
        picture = Image.fromarray(pixels[..., ::-1])
        if path.endswith('.png'):
            picture.save(partial, format='PNG')
        else:
            picture.save(partial, format='JPEG', quality=_QUALITY, subsampling=0)


def _link(source: str, path: str, kind: str) -> None:
    Path(path).unlink(missing_ok=True)
    if kind == 'sym':
        try:
            os.symlink(os.path.abspath(source), path)
        except (OSError, NotImplementedError) as error:
            raise InputError(f'{path} cannot be a symbolic link here ({error}): use --link hard, '
                             'or leave --link out') from error
        return
    try:
        os.link(os.path.realpath(source), path)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK):
            raise
        raise InputError(f'{source} cannot be hard-linked to {path} ({error.strerror}), as when '
                         'they are on different disks; use --link sym, or leave it out to copy'
                         ) from error


def page_of_file(file: str, number: int, size: tuple[int, int] | None) -> bytes:
    """A page of a PDF or TIFF as the bytes of a PNG.

    Args:
        file: The PDF or TIFF.
        number: Of the page, from 1.
        size: (height, width) that a page of a PDF has as a picture; None at the usual resolution.

    Raises:
        InputError: The file cannot be read, or has no such page.
    """
    if not Path(file).is_file():
        raise InputError(f'{file} is not there')
    if is_pdf(file):
        total = count_pages(file)
        pages = render_pages(file, max(size) if size else None,
                             numbers=[number - 1] if number <= total else [])
        found = next(iter(pages), None)
    else:
        found = next((page.image for page in read_pages(file) if page.number == number - 1), None)
    if found is None:
        raise InputError(f'{file} has no page {number}')
    return cv2.imencode('.png', found)[1].tobytes()
