"""The pictures of a corpus on their way into a data set: copied, linked or written anew."""
from __future__ import annotations

import errno
import io
import os
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from mmseg.utils.errors import InputError

SUFFIXES = ('.jpg', '.jpeg', '.png', '.tif', '.tiff', '.bmp', '.webp', '.gif')
_ORIENTATION = 0x0112
_SIDEWAYS = (5, 6, 7, 8)
_QUALITY = 95


def common_suffix(names: Iterable[str]) -> str:
    """The suffix for all pictures of a data set: '.jpg' where most are JPEGs, else '.png'."""
    kinds = Counter(_kind(Path(name).suffix) for name in names)
    return '.jpg' if kinds and kinds.most_common(1)[0][0] == '.jpg' else '.png'


def _kind(suffix: str) -> str:
    return '.jpg' if suffix.lower() in ('.jpg', '.jpeg') else suffix.lower()


class Picture:
    """A picture of a corpus, its pixels not read unless they must be.

    Args:
        source: A file, or the bytes of one.
        stated: (height, width) that its annotation states; None where it states none.
        where: The annotation, for error messages.

    Attributes:
        size: (height, width) at which the page is labelled: of the picture as it is to be seen,
            or, where the annotation states so, as it is stored.

    Raises:
        InputError: It is not there, no picture, or of another size than stated.
    """

    def __init__(self, source: str | bytes, stated: tuple[int, int] | None, where: str) -> None:
        self.source = source
        self.name = source if isinstance(source, str) else f'the picture in {where}'
        with self._open() as picture:
            self.format = picture.format
            turn = picture.getexif().get(_ORIENTATION, 1)
            stored = picture.height, picture.width
        upright = stored[::-1] if turn in _SIDEWAYS else stored
        if stated not in (None, upright, stored):
            raise InputError(f'{where} is for a page of {stated[1]}x{stated[0]} pixels, but '
                             f'{self.name} has {upright[1]}x{upright[0]}')
        self.turned = turn not in (0, 1)
        self.upright = stated in (None, upright)
        self.size = upright if self.upright else stored

    def _open(self) -> Image.Image:
        try:
            return Image.open(io.BytesIO(self.source) if isinstance(self.source, bytes)
                              else self.source)
        except FileNotFoundError as error:
            raise InputError(f'{self.name} is not there') from error
        except (OSError, SyntaxError, Image.DecompressionBombError) as error:
            raise InputError(f'{self.name} is no picture that can be read: {error}') from error

    def write(self, path: str, link: str | None = None) -> None:
        """Put the picture at ``path``, whole or not at all; the suffix says of which kind.

        Args:
            path: Where to.
            link: 'hard' or 'sym' for a link in place of a copy, where nothing must be changed.

        Raises:
            InputError: It cannot be read, or a hard link is not possible.
        """
        beside = f'{path}.part'
        same = _kind(os.path.splitext(path)[1]) == {'JPEG': '.jpg', 'MPO': '.jpg',
                                                     'PNG': '.png'}.get(str(self.format))
        if self.turned or not same:
            self._write_anew(beside, path)
        elif isinstance(self.source, bytes):
            Path(beside).write_bytes(self.source)
        elif link is None:
            shutil.copyfile(self.source, beside)
        else:
            _link(self.source, beside, link)
        os.replace(beside, path)

    def _write_anew(self, beside: str, path: str) -> None:
        try:
            with self._open() as picture:
                if self.upright:
                    picture = ImageOps.exif_transpose(picture)
                picture = to_rgb(picture)
        except (OSError, SyntaxError) as error:
            raise InputError(f'{self.name} is no picture that can be read: {error}') from error
        picture.info.pop('exif', None)
        if path.endswith('.png'):
            picture.save(beside, format='PNG')
        else:
            picture.save(beside, format='JPEG', quality=_QUALITY, subsampling=0)


def to_rgb(picture: Image.Image) -> Image.Image:
    """A picture of any mode as 8-bit RGB, on white where it is transparent."""
    if picture.mode.startswith('I') or picture.mode == 'F':
        values = np.asarray(picture, dtype=np.float64)
        top = 65535 if values.max(initial=0) > 255 else 255
        picture = Image.fromarray((values * (255 / top)).clip(0, 255).astype(np.uint8))
    if picture.mode in ('RGBA', 'LA', 'PA') or 'transparency' in picture.info:
        picture = picture.convert('RGBA')
        white = Image.new('RGBA', picture.size, 'white')
        picture = Image.alpha_composite(white, picture)
    return picture.convert('RGB')


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
