"""The decoder of pictures for training, converters, inference and the service.

A picture becomes 8-bit BGR, upright as its orientation tag says and on white paper where it is
transparent. 8-bit JPEG and PNG files are decoded by OpenCV, as in MMSegmentation 0.x; all others
by Pillow, which knows transparency, more modes and the frames of TIFF files. Where both can read
a picture of 8 bits, they give the same numbers.
"""
from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import cv2
import numpy as np
from PIL import Image, TiffImagePlugin, UnidentifiedImageError

from .bit_depth import eight_bits
from .errors import InputError
from .plain_pictures import is_plain, unfiltered_numbers
from .tiff_frames import FrameFile

Source = str | os.PathLike[str] | bytes
# An A2 page at 600 dpi has 139 million. The file's head says it, before memory is taken.
MAX_PIXELS = 178_000_000
# Of Pillow's readers those of pictures; that of EPS, for one, starts another program.
FORMATS = ('JPEG', 'PNG', 'TIFF', 'WEBP', 'BMP', 'DIB', 'GIF', 'JPEG2000', 'PPM', 'TGA', 'PCX',
           'ICO', 'SGI', 'SUN', 'AVIF')
_ORIENTATION = 0x0112
# TIFF 6.0: ImageWidth, ImageLength, Compression
_WIDTH, _HEIGHT, _COMPRESSION, _PHOTOMETRIC = 256, 257, 259, 262
# Of a TIFF, those that OpenCV decodes (none, LZW, Deflate, PackBits); at others it gives zeros.
_OPENCV_COMPRESSIONS = (1, 5, 8, 32773, 32946)
# Pillow's modes of 16 bits and more, which its own conversion would cut off at 255
_DEEP = ('I', 'F', 'I;16', 'I;16B', 'I;16L', 'I;16N')
_ALPHA = ('RGBA', 'LA', 'PA', 'RGBa', 'La')
_PNG_SIGNATURE = b'\x89PNG\r\n\x1a\n'
# Where a PNG says that the page is turned: EXIF in a chunk of its own or in a text, and XMP.
_PNG_TURNS = (b'eXIf', b'Raw profile type', b'com.adobe.xmp')


class UnknownFormatError(InputError):
    """The file is of no format that is read here."""


class Head(NamedTuple):
    """Properties of a picture that are known before it is decoded.

    Attributes:
        stored: (height, width) of the pixels in the file.
        turn: Its orientation by EXIF, 1 to 8; 1 is upright.
        plain: Whether the file is a JPEG or PNG of 8 bits or less, upright and without
            transparency, so that every program gives the same pixels.
        kind: Pillow's name of the format.
        unlike_rgb: Whether its pixels become others as 8-bit RGB: it is transparent, of more than
            8 bits, or of other colours such as CMYK.
    """
    stored: tuple[int, int]
    turn: int
    plain: bool
    kind: str
    unlike_rgb: bool

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the upright picture."""
        return self.stored[::-1] if self.turn >= 5 else self.stored


def too_large(name: str, max_pixels: int = MAX_PIXELS) -> str:
    """The sentence for a picture of too many pixels."""
    return (f'{name} is too large: a page may have at most {max_pixels / 1e6:g} million pixels, '
            'make it smaller')


def check_size(image: Image.Image, name: str, max_pixels: int = MAX_PIXELS) -> None:
    """Raise InputError where the frame has more than ``max_pixels``."""
    if image.width * image.height > max_pixels:
        raise InputError(f'{too_large(name, max_pixels)} ({image.width} x {image.height})')


@cache
def _formats() -> tuple[str, ...]:
    """Those of FORMATS that this Pillow has."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def open_picture(source: Source | FrameFile, name: str,
                 max_pixels: int = MAX_PIXELS) -> Image.Image:
    """The picture with its head read; of several frames the first.

    Raises:
        InputError: It is not a picture, has no pixels, or more than ``max_pixels``.
    """
    try:
        file = io.BytesIO(source) if isinstance(source, bytes) else source
        image = Image.open(cast(BinaryIO, file), formats=_formats())
    except Image.DecompressionBombError as error:
        raise InputError(too_large(name, max_pixels)) from error
    except UnidentifiedImageError as error:
        rare = _rare_tiff(source, name, max_pixels)
        if rare is not None:
            return rare
        raise UnknownFormatError(f'{name} cannot be read as a picture: its format is not known, '
                                 'or its beginning is damaged') from error
    except Exception as error:  # a damaged head raises whatever Pillow's reader stumbles over
        raise InputError(f'{name} cannot be read as a picture: {error}') from error
    check_size(image, name, max_pixels)
    return image


def _rare_tiff(source: Source | FrameFile, name: str, max_pixels: int) -> Image.Image | None:
    """A TIFF whose numbers only OpenCV knows (colours as floats, 64 bits), in 8 bits; else None."""
    if isinstance(source, FrameFile):
        source.seek(0)
        content = source.read()
    else:
        content = source if isinstance(source, bytes) else Path(source).read_bytes()
    if content[:4] not in (b'II*\0', b'MM\0*'):
        return None
    try:
        tags = TiffImagePlugin.ImageFileDirectory_v2(content[:8])
        file = io.BytesIO(content)
        file.seek(tags.next)
        tags.load(file)
        width, height = int(tags[_WIDTH]), int(tags[_HEIGHT])
        if tags.get(_COMPRESSION, 1) not in _OPENCV_COMPRESSIONS:
            return None
    except Exception:  # of damaged tags, whatever Pillow stumbles over
        return None
    if width * height > max_pixels:
        raise InputError(f'{too_large(name, max_pixels)} ({width} x {height})')
    try:
        values = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if values is None:
        return None
    if values.ndim == 3:
        values = cv2.cvtColor(values.astype(np.float32), cv2.COLOR_BGRA2RGBA
                              if values.shape[2] == 4 else cv2.COLOR_BGR2RGB)
    grey = eight_bits(values)
    return Image.fromarray(255 - grey if _is_inverted(tags) and grey.ndim == 2 else grey)


def _is_inverted(tags: Any) -> bool:
    """Whether the numbers of a TIFF grow with the ink (TIFF 6.0, PhotometricInterpretation)."""
    return tags.get(_PHOTOMETRIC) == 0


def orientation(image: Image.Image) -> int:
    """The orientation, 1 to 8, by EXIF, or by XMP where EXIF says none; 1 where both are silent or
    damaged."""
    try:
        turn = image.getexif().get(_ORIENTATION, 1)
        return int(turn) if turn in range(1, 9) else 1
    except Exception:  # of damaged tags, whatever Pillow stumbles over
        return 1


def _upright(pixels: np.ndarray, turn: int) -> np.ndarray:
    """Pixels (H, W, ...) turned and mirrored as EXIF's orientation ``turn`` asks for."""
    if turn >= 5:
        pixels = pixels.swapaxes(0, 1)
    if turn in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if turn in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _deep_bgr(image: Image.Image) -> np.ndarray:
    """A grey picture of 16 bits and more; its transparent value, where it names one, is paper."""
    values = np.asarray(image)
    grey = eight_bits(values)
    if _is_inverted(getattr(image, 'tag_v2', {})):  # which Pillow heeds in 8 bits alone
        grey = 255 - grey
    clear = image.info.get('transparency')
    if isinstance(clear, int):
        grey = np.where(values == clear, np.uint8(255), grey)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


def to_bgr(image: Image.Image, upright: bool = True) -> np.ndarray:
    """Pixels of a Pillow picture as uint8 ``(H, W, 3)`` in BGR on white paper.

    Args:
        image: The picture, at the frame that is wanted.
        upright: Whether it is turned as its orientation tag says.

    Raises:
        OSError, ValueError: It is damaged, or of a mode that Pillow cannot convert.
    """
    # Pillow turns a TIFF as it loads it, and drops the tag
    lost = orientation(image) if image.format == 'TIFF' else 1
    image.load()
    pixels = _flat_bgr(image)
    return _upright(pixels, orientation(image)) if upright else turned_back(pixels, lost)


def _flat_bgr(image: Image.Image) -> np.ndarray:
    """Pixels of any mode as they are loaded, on white paper."""
    if image.mode in _DEEP:
        return _deep_bgr(image)
    clear = image.info.get('transparency')
    if image.mode == 'RGB' and isinstance(clear, tuple) and max(clear) > 255:
        image.info['transparency'] = tuple(value >> 8 for value in clear)
    if image.mode in _ALPHA or clear is not None:
        image = image.convert('RGBA')
        paper = Image.new('RGBA', image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(paper, image)
    return cv2.cvtColor(np.asarray(image.convert('RGB')), cv2.COLOR_RGB2BGR)


def _is_jpeg(image: Image.Image) -> bool:
    return image.format in ('JPEG', 'MPO')


def _is_plain_png(image: Image.Image, content: bytes) -> bool:
    """Whether OpenCV gives all of a PNG: 8 bits or less, without transparency and not turned."""
    depth = content[24] if len(content) > 24 else 0
    return (image.format == 'PNG' and depth <= 8 and image.mode not in _ALPHA
            and 'transparency' not in image.info
            and not any(mark in content for mark in _PNG_TURNS))


def read_head(content: bytes, name: str, max_pixels: int = MAX_PIXELS) -> Head:
    """What the file says about its picture.

    Raises:
        InputError: It is not a picture, or too large.
    """
    with open_picture(content, name, max_pixels) as image:
        if image.format == 'PNG' and any(mark in content for mark in _PNG_TURNS):
            try:
                image.load()  # such chunks may come behind the pixels
            except Exception as error:
                raise InputError(f'{name} cannot be read as a picture: {error}') from error
        turn = orientation(image)
        size = image.height, image.width
        # Pillow gives the size of a TIFF as it is once turned
        stored = size[::-1] if image.format == 'TIFF' and turn >= 5 else size
        plain = turn == 1 and ((_is_jpeg(image) and image.mode in ('L', 'RGB'))
                               or _is_plain_png(image, content))
        unlike_rgb = (image.mode not in ('1', 'L', 'P', 'RGB') or 'transparency' in image.info
                      or (image.format == 'PNG' and content[24] > 8))
        return Head(stored, turn, plain, str(image.format), unlike_rgb)


def _pixels_by_opencv(content: bytes, turn: int = 1) -> np.ndarray | None:
    # Of a JPEG it finds the orientation only where EXIF comes first
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8),
                          cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    return pixels if pixels is None or turn == 1 else _upright(pixels, turn)


def _looks_cut(content: bytes) -> bool:
    """Whether a JPEG does not end as it should; OpenCV fills such pictures up with grey."""
    return b'\xff\xd9' not in content[-64:]


Decoder = Callable[[bytes], np.ndarray | None]


def _by_opencv(image: Image.Image, content: bytes, decoder: Decoder | None,
               upright: bool) -> np.ndarray | None:
    """Pixels of a JPEG or a plain PNG, None for others and where OpenCV cannot.

    Raises what Pillow raises at a file that is cut off, of which OpenCV would give the part that is
    there. A decoder of the caller's is asked for ordinary pictures of other formats too.
    """
    if _is_jpeg(image):
        turn = orientation(image) if upright else 1
        if _looks_cut(content):
            image.draft('L', (1, 1))  # an eighth of the size costs a fraction of the time
            image.load()
        return _pixels_by_opencv(content, turn) if decoder is None else decoder(content)
    if image.format is None:  # decoded already
        return None
    if image.format != 'PNG':
        ordinary = image.mode in ('1', 'L', 'P', 'RGB') and 'transparency' not in image.info
        return decoder(content) if decoder and ordinary and orientation(image) == 1 else None
    if not _is_plain_png(image, content):
        return None
    image.verify()  # the sums of its chunks
    if decoder is not None:
        return decoder(content)
    return _pixels_by_opencv(content)


def decode_frame(image: Image.Image, source: Source, name: str,
                 decoder: Decoder | None = None, upright: bool = True) -> np.ndarray:
    """Pixels of the frame at which ``image``, opened from ``source``, is.

    Args:
        image: Of :func:`open_picture`.
        source: The file it came from, or its bytes.
        name: What to call it in error messages.
        decoder: What decodes pictures of 8 bits without transparency in place of this module.
        upright: Whether it is turned as its orientation tag says.

    Returns:
        uint8 ``(H, W, 3)`` in BGR, on white paper; what ``decoder`` gives where it is
        used.

    Raises:
        InputError: The picture is damaged or cut off.
    """
    try:
        if decoder is not None or image.format in ('JPEG', 'MPO', 'PNG'):
            content = source if isinstance(source, bytes) else Path(source).read_bytes()
            pixels = _by_opencv(image, content, decoder, upright)
            if pixels is not None:
                return pixels
            image = open_picture(content, name)
        return to_bgr(image, upright)
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(too_large(name)) from error
    except Exception as error:  # damaged files raise OSError, SyntaxError, struct.error and more
        raise InputError(f'{name} cannot be read as a picture: {error}') from error


def decode_picture(content: bytes, name: str, decoder: Decoder | None = None,
                   upright: bool = True) -> np.ndarray:
    """The first picture ``(H, W)`` or ``(H, W, C)`` in the bytes of a file; see
    :func:`decode_frame`.

    Raises:
        InputError: It is not a picture, damaged, or too large.
    """
    if is_plain(content):
        with suppress(Exception):  # what is wrong with it is said below
            pixels = _pixels_by_opencv(content) if decoder is None else decoder(content)
            if pixels is not None:
                return pixels
    with open_picture(content, name) as image:
        return decode_frame(image, content, name, decoder, upright)


def stored_values(content: bytes, name: str) -> tuple[np.ndarray, str]:
    """Numbers of the first picture as they are stored, such as the indices of a palette.

    Returns:
        ``(H, W)``, or ``(H, W, C)`` where a pixel has several numbers, and Pillow's name of the
        format.

    Raises:
        InputError: It is not a picture, damaged, or too large.
    """
    numbers = unfiltered_numbers(content)
    if numbers is not None:
        return numbers, 'PNG'
    with open_picture(content, name) as image:
        kind = image.format or ''
        try:
            return np.array(image), kind
        except MemoryError as error:
            raise InputError(too_large(name)) from error
        except Exception as error:  # damaged files raise OSError, SyntaxError, struct.error ...
            raise InputError(f'{name} cannot be read as a picture: {error}') from error


def check_before_decoding(content: bytes, name: str, max_pixels: int = MAX_PIXELS) -> None:
    """For decoders other than those of this module, which believe what a file says of itself.

    A PNG that says a part of it has 2 GB makes OpenCV take twice as much.

    Raises:
        InputError: The head is damaged, the picture too large, or a part of it is said to be
            longer than the file.
    """
    try:
        with open_picture(content, name, max_pixels):
            pass
    except UnknownFormatError:
        return  # a format that only the other decoder knows
    place = len(_PNG_SIGNATURE)
    while content.startswith(_PNG_SIGNATURE) and place + 8 <= len(content):
        length = int.from_bytes(content[place:place + 4], 'big')
        if length > len(content):
            raise InputError(f'{name} cannot be read as a picture: a part of it is said to have '
                             f'{length} bytes, but the file has {len(content)}')
        place += length + 12  # with its length, kind and sum


def turned_back(pixels: np.ndarray, turn: int) -> np.ndarray:
    """Upright pixels ``(H, W, ...)`` as they lie in a file whose orientation is ``turn``."""
    return _upright(pixels, {6: 8, 8: 6}.get(turn, turn))
