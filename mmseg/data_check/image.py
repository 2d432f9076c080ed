"""What an image file says about itself: its size, whether it is whole, how it looks."""
from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import mmcv
import numpy as np
from PIL import Image

# Enough for ink and the perceptual hash; JPEG decodes down to it in a fraction of the time.
_SMALL = 128
_HASH_SIDE = 16
_ORIENTATION = 0x0112
# Grey levels and share of the pixels from which a page has content: a page number is no content.
_INK_CONTRAST, _INK_SHARE = 32, 0.005


class Unreadable(Exception):
    """A file that cannot be decoded; the text says why."""


@dataclass
class ImageFacts:
    """What is known of an image.

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
    def has_ink(self) -> bool:
        """Whether there is more on the page than a page number."""
        levels = np.bincount(self.grey.ravel(), minlength=256)
        paper = int(np.searchsorted(levels.cumsum(), self.grey.size / 2))
        like_paper = levels[max(paper - _INK_CONTRAST, 0):paper + _INK_CONTRAST + 1].sum()
        return bool(like_paper < (1 - _INK_SHARE) * self.grey.size)


def read_image(content: bytes, loader: Any) -> ImageFacts:
    """What an image is, decoded whole, so that a cut-off file is found.

    Args:
        content: The file.
        loader: The LoadImageFromFile that would read it.

    Raises:
        Unreadable: No image, or not a whole one.
    """
    digest = int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), 'little')
    backend = getattr(loader, 'imdecode_backend', 'cv2')
    flag = getattr(loader, 'color_type', 'color')
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.format not in ('JPEG', 'PNG') or backend == 'tifffile':
                return _read_otherwise(content, flag, backend, digest)
            size = image.size
            turned = (flag in ('color', 'grayscale') and backend in ('cv2', 'pillow')
                      and image.getexif().get(_ORIENTATION, 1) >= 5)
            image.draft('L', (_SMALL, _SMALL))
            grey = _small(np.asarray(image.convert('L')))
    except Unreadable:
        raise
    # decoders fail in their own ways, from OSError to SyntaxError and struct.error
    except Exception as error:
        raise Unreadable(str(error).replace('<_io.BytesIO object', 'image file <')
                         if not isinstance(error, Image.UnidentifiedImageError)
                         else 'no image in a known format') from error
    return ImageFacts(size[::-1] if turned else size, turned, grey, digest)


def _read_otherwise(content: bytes, flag: str, backend: str, digest: int) -> ImageFacts:
    """The same for rarer formats, decoded as training does."""
    try:
        image = mmcv.imfrombytes(content, flag=flag, backend=backend)
    except Exception as error:
        raise Unreadable(str(error)) from error
    if image is None:
        raise Unreadable(f'{backend} knows no such format')
    grey = image if image.ndim == 2 else image[..., :3].mean(axis=2)
    scale = 255 / max(float(grey.max(initial=0)), 255)
    return ImageFacts((image.shape[1], image.shape[0]), False,
                      _small((grey * scale).astype(np.uint8)), digest)


def _small(grey: np.ndarray) -> np.ndarray:
    """The picture scaled down so far that its shorter side is at least ``_SMALL``."""
    factor = min(grey.shape) // _SMALL
    if factor < 2:
        return grey
    return cv2.resize(grey, (grey.shape[1] // factor, grey.shape[0] // factor),
                      interpolation=cv2.INTER_AREA)


def perceptual_hash(grey: np.ndarray) -> np.ndarray:
    """256 bits as (4,) uint64 that stay much the same when a picture is saved or scaled anew."""
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
