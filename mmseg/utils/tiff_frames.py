"""Frames of TIFF files, found by the directories alone and opened one by one.

- ``find_pages(file, most=None)``: where the frames are that are pages.
- ``FrameFile(file, place)``: the file as if it began with one of them.

Pillow reads all frames before the one that it is asked for, so that opening each frame of a file
takes time by the square of their number. Sources: TIFF 6.0, section 2; BigTIFF in libtiff's
documents.
"""
from __future__ import annotations

import struct
from typing import BinaryIO, NamedTuple

# TIFF 6.0, NewSubfileType: bit 0 says that a frame is a smaller copy of another
_SUBFILE_TYPE, _SMALLER_COPY = 254, 1
_SHORT = 3
# Tags are sorted and this one has the lowest number in use, so it is among the first.
_TAGS_READ = 64


class _Numbers(NamedTuple):
    """How a file writes the number of tags of a frame, a tag, and a place in the file."""
    order: str
    length: str
    tag: str
    place: str

    @property
    def head(self) -> int:
        """Where the place of the first frame's directory is written."""
        return struct.calcsize(self.place)


_CLASSIC, _BIG = ('H', 'HHI4s', 'I'), ('Q', 'HHQ8s', 'Q')
_NUMBERS = {head: _Numbers(order, *(order + kind for kind in kinds)) for head, order, kinds in (
    (b'II*\0', '<', _CLASSIC), (b'MM\0*', '>', _CLASSIC), (b'II+\0', '<', _BIG),
    (b'MM\0+', '>', _BIG))}
HEADS = tuple(_NUMBERS)


class FoundPages(NamedTuple):
    """Frames of a file.

    Attributes:
        places: Of the directories of the frames that are pages, in bytes.
        damage: Why those behind them cannot be reached; None where there are none.
    """
    places: list[int]
    damage: str | None


class FrameFile:
    """A TIFF file in which the frame at ``place`` is the first; for ``PIL.Image.open``."""

    def __init__(self, file: BinaryIO, place: int) -> None:
        file.seek(0)
        numbers = _NUMBERS[file.read(4)]
        file.seek(0)
        self._file = file
        self._head = file.read(numbers.head) + struct.pack(numbers.place, place)
        file.seek(0)

    def read(self, size: int = -1) -> bytes:
        """The next ``size`` bytes, or all."""
        begin = self._file.tell()
        content = self._file.read(size)
        changed = self._head[begin:begin + len(content)]
        return changed + content[len(changed):] if changed else content

    def seek(self, place: int, whence: int = 0) -> int:
        """Go on reading at ``place``."""
        return self._file.seek(place, whence)

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._file.tell()

    def fileno(self) -> int:
        """Of the file; libtiff reads from it and is given the place of the frame."""
        return self._file.fileno()


def find_pages(file: BinaryIO, most: int | None = None) -> FoundPages:
    """Return the frames of a TIFF file that are pages: all but smaller copies of others.

    Args:
        file: Begins with one of :data:`HEADS`.
        most: The search ends as soon as there are more pages, or very many frames that are none;
            then there are ``most + 1`` places.
    """
    file.seek(0)
    numbers = _NUMBERS[file.read(4)]
    places: list[int] = []
    seen: set[int] = set()
    try:
        file.seek(numbers.head)
        place = _number(file, numbers.place)
        while place and place not in seen and (most is None or len(places) <= most):
            seen.add(place)
            is_page, following = _look_at(file, numbers, place)
            if is_page:
                places.append(place)
            if most is not None and len(seen) > 4 * most + 10:  # smaller copies without end
                return FoundPages((places + [place] * (most + 1))[:most + 1], None)
            place = following
    except (struct.error, OSError, OverflowError, ValueError):  # of a place that no file has
        return FoundPages(places, 'the file ends before it')
    return FoundPages(places, None)


def _number(file: BinaryIO, kind: str) -> int:
    number: int
    number, = struct.unpack(kind, file.read(struct.calcsize(kind)))
    return number


def _look_at(file: BinaryIO, numbers: _Numbers, place: int) -> tuple[bool, int]:
    """Whether the frame whose directory is at ``place`` is a page, and the next one's place."""
    file.seek(place)
    tags = _number(file, numbers.length)
    size = struct.calcsize(numbers.tag)
    content = file.read(size * min(tags, _TAGS_READ))
    subfile = 0
    for tag, kind, _, value in struct.iter_unpack(numbers.tag,
                                                  content[:len(content) // size * size]):
        if tag == _SUBFILE_TYPE:
            subfile = int.from_bytes(value[:2] if kind == _SHORT else value,
                                     'little' if numbers.order == '<' else 'big')
    file.seek(place + struct.calcsize(numbers.length) + size * tags)
    return not subfile & _SMALLER_COPY, _number(file, numbers.place)
