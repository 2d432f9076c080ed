"""JPEG and PNG files that every program decodes to the same pixels, told by their bytes alone.

Most pages are such files, and to read their parts here takes a hundredth of the time in which
Pillow reads the head. Of all others, damaged ones too, :mod:`mmseg.utils.pictures` finds out more.
"""
from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

# of the extra "speed"
_ZLIB_NG: Any = import_module('zlib_ng.zlib_ng') if find_spec('zlib_ng') else None

# Beyond it Pillow warns, and what it warns of is not plain.
_MAX_PIXELS = 80_000_000
_JFIF, _COMMENT, _TABLES, _SCAN = 0xe0, 0xfe, 0xdb, 0xda
# Huffman tables and the interval of restarts, which only a decoder looks into
_SKIPPED = (0xc4, 0xdd)
# Baseline, extended and progressive; others are rare, and not every decoder has them.
_FRAMES = (0xc0, 0xc1, 0xc2)
_PNG = b'\x89PNG\r\n\x1a\n'
_HEAD = (13).to_bytes(4, 'big') + b'IHDR'
# Chunks that change neither the pixels nor how they lie
_PLAIN_CHUNKS = {b'IHDR', b'PLTE', b'IDAT', b'IEND', b'pHYs', b'tIME', b'bKGD', b'sBIT', b'sRGB'}
# Bits of a number, by colour type: grey, RGB, palette
_DEPTHS = {0: (1, 2, 4, 8), 2: (8, ), 3: (1, 2, 4, 8)}
# Colour types with one number for each pixel
_SINGLE = (0, 3)


def is_plain(content: bytes) -> bool:
    """Whether the bytes of a file are a whole JPEG or PNG of at most 80 million pixels, in grey or
    RGB of 8 bits or less, upright, without transparency, and without a part that says otherwise.

    False says nothing: such a file may be plain all the same.
    """
    if content.startswith(b'\xff\xd8'):
        return _is_plain_jpeg(content)
    return content.startswith(_PNG) and _is_plain_png(content)


def _is_plain_jpeg(content: bytes) -> bool:
    if b'\xff\xd9' not in content[-64:]:
        return False
    place, frames = 2, 0
    while content[place:place + 1] == b'\xff':
        kind = content[place + 1] if place + 1 < len(content) else 0
        end = place + 2 + int.from_bytes(content[place + 2:place + 4], 'big')
        body = content[place + 4:end]
        if end < place + 4 or end > len(content):
            return False
        if kind == _SCAN:
            return frames == 1
        if kind in _FRAMES:
            frames += 1
            if not _is_plain_frame(body):
                return False
        elif kind == _TABLES:
            if len(body) % 65 or any(body[start] > 3 for start in range(0, len(body), 65)):
                return False
        elif kind == _JFIF:
            if len(body) < 14 or not body.startswith(b'JFIF\0'):
                return False
        elif kind != _COMMENT and kind not in _SKIPPED:
            return False
        place = end
    return False


def _is_plain_frame(body: bytes) -> bool:
    """Whether a frame's head (ITU T.81, B.2.2) tells of 8 bits and one or three colours."""
    if len(body) < 6 or body[0] != 8 or body[5] not in (1, 3) or len(body) != 6 + 3 * body[5]:
        return False
    return 0 < int.from_bytes(body[1:3], 'big') * int.from_bytes(body[3:5], 'big') <= _MAX_PIXELS


def _is_plain_png(content: bytes) -> bool:
    place, kind, has_pixels = len(_PNG), b'', False
    if content[place:place + 8] != _HEAD:
        return False
    width, height = (int.from_bytes(content[start:start + 4], 'big') for start in (16, 20))
    depth, colours = content[24:26] if len(content) > 26 else b'\0\0'
    if not 0 < width * height <= _MAX_PIXELS or depth not in _DEPTHS.get(colours, ()):
        return False
    view = memoryview(content)
    while kind != b'IEND':
        length, kind = int.from_bytes(content[place:place + 4], 'big'), content[place + 4:place + 8]
        end = place + 8 + length
        if end + 4 > len(content) or kind not in _PLAIN_CHUNKS or (kind == b'IHDR') != (place == 8):
            return False
        if zlib.crc32(view[place + 4:end]) != int.from_bytes(content[end:end + 4], 'big'):
            return False
        has_pixels |= kind == b'IDAT'
        place = end + 4
    return has_pixels


def unfiltered_numbers(content: bytes) -> np.ndarray | None:
    """Numbers ``(H, W)`` uint8 of a plain PNG of 8 bits, grey or of a palette, without filters.

    So label maps are written. zlib-ng inflates them in a quarter of the time that zlib takes, which
    Pillow uses. None where zlib-ng is missing and for all other files, also those that are damaged.
    """
    if _ZLIB_NG is None or not content.startswith(_PNG) or not _is_plain_png(content):
        return None
    width, height = (int.from_bytes(content[start:start + 4], 'big') for start in (16, 20))
    depth, colours, *others = content[24:29]
    if depth != 8 or colours not in _SINGLE or any(others):
        return None
    packed = b''.join(body for kind, body in _chunks(content) if kind == b'IDAT')
    size = height * (width + 1)
    with suppress(_ZLIB_NG.error):
        # each row has its filter in front, and rows of a file are often alike in that
        if any(_ZLIB_NG.decompressobj().decompress(packed, 1)):
            return None
        rows = np.frombuffer(_ZLIB_NG.decompressobj().decompress(packed, size), np.uint8)
        if rows.size == size and not rows[::width + 1].any():
            return rows.reshape(height, -1)[:, 1:].copy()
    return None


def _chunks(content: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Kind and body of each chunk of a PNG that is whole."""
    place, view = len(_PNG), memoryview(content)
    while place < len(content):
        length, kind = int.from_bytes(content[place:place + 4], 'big'), content[place + 4:place + 8]
        yield kind, view[place + 8:place + 8 + length]
        if kind == b'IEND':
            return
        place += length + 12  # with its length, kind and sum
