"""Facts on an image file: its size, whether it is complete, its perceptual hash."""
from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from PIL import Image

from mmseg.datasets.pipelines.loading import LoadImageFromFile
from mmseg.utils.errors import InputError
from mmseg.utils.pictures import UnknownFormatError, read_head

# Enough for ink and the perceptual hash; JPEG decodes down to it in a fraction of the time.
_SMALL = 128
_HASH_SIDE = 16
# Grey levels and share of the pixels from which a page has content: a page number is too little.
_INK_CONTRAST, _INK_SHARE = 32, 0.005


class Unreadable(Exception):
    """A file that cannot be decoded; the text says why."""


@dataclass
class ImageFacts:
    """Facts on an image.

    Attributes:
        size: Width and height in pixels, as training sees them.
        turned: Whether loading turns the picture by its EXIF orientation.
        grey: The picture, small, uint8 (h, w).
        digest: 64 bits of the file's content.
    """
    size: tuple[int, int]
    turned: bool
    grey: np.ndarray
    digest: int

    @cached_property
    def has_content(self) -> bool:
        """Whether there is more on the page than a page number."""
        levels = np.bincount(self.grey.ravel(), minlength=256)
        paper = int(np.searchsorted(levels.cumsum(), self.grey.size / 2))
        like_paper = levels[max(paper - _INK_CONTRAST, 0):paper + _INK_CONTRAST + 1].sum()
        return bool(like_paper < (1 - _INK_SHARE) * self.grey.size)


def read_image(content: bytes, loader: Any) -> ImageFacts:
    """Return the facts on an image, which is decoded completely to find cut-off files.

    Args:
        content: The file.
        loader: The LoadImageFromFile that would read it.

    Raises:
        Unreadable: No image, or not a whole one.
    """
    digest = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), 'little')
    flag = getattr(loader, 'color_type', 'color')
    backend = getattr(loader, 'imdecode_backend', 'cv2')
    try:
        head = read_head(content, 'it')
    except UnknownFormatError as error:
        try:
            return _read_otherwise(content, loader, False, digest)
        except Unreadable:
            raise Unreadable('no image in a known format') from error
    except InputError as error:
        raise Unreadable(why(error)) from error
    turned = head.turn >= 5 and flag in ('color', 'grayscale') and backend in ('cv2', 'pillow')
    if backend == 'tifffile' or not (head.plain or head.kind in ('JPEG', 'MPO')):
        return _read_otherwise(content, loader, turned, digest)
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.draft('L', (_SMALL, _SMALL))
            grey = _small(np.asarray(image.convert('L')))
    # decoders fail in their own ways, from OSError to SyntaxError and struct.error
    except Exception as error:
        raise Unreadable(str(error)) from error
    height, width = head.size if turned else head.stored
    return ImageFacts((width, height), turned, grey, digest)


def why(error: InputError) -> str:
    """The fault of a picture, as a sentence on 'it'."""
    return str(error).removeprefix('it cannot be read as a picture: ')


def _read_otherwise(content: bytes, loader: Any, turned: bool, digest: int) -> ImageFacts:
    """The same for other kinds, decoded as training does."""
    if not isinstance(loader, LoadImageFromFile):
        loader = LoadImageFromFile()
    try:
        image = loader.decode(content, 'it')
    except InputError as error:
        raise Unreadable(why(error)) from error
    grey = image if image.ndim == 2 else image[..., :3].mean(axis=2)
    scale = 255 / max(float(grey.max(initial=0)), 255)
    return ImageFacts((image.shape[1], image.shape[0]), turned,
                      _small((grey * scale).astype(np.uint8)), digest)


def _small(grey: np.ndarray) -> np.ndarray:
    """The picture scaled down so far that its shorter side is at least ``_SMALL``."""
    factor = min(grey.shape) // _SMALL
    if factor < 2:
        return grey
    return cv2.resize(grey, (grey.shape[1] // factor, grey.shape[0] // factor),
                      interpolation=cv2.INTER_AREA)


def perceptual_hash(grey: np.ndarray) -> np.ndarray:
    """256 bits as (4,) uint64 that stay much the same when a picture is saved or scaled again."""
    import imagehash
    bits = imagehash.phash(Image.fromarray(grey), hash_size=_HASH_SIDE).hash
    return np.packbits(bits.ravel()).view(np.uint64)


def hashes_at_hand() -> bool:
    """Whether ImageHash, of the extra 'data', is installed."""
    try:
        import imagehash  # noqa: F401
    except ImportError:
        return False
    return True
