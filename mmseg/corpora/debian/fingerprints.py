"""Near-duplicates of pages: by their words, and by their pictures.

Text: the smallest hashes of a page's word shingles (Broder, "On the resemblance and containment of
documents", 1997, section 4, with a bottom-k sketch). Pictures: a difference hash of a small grey
picture, 16 x 16 bits.
"""
from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

import cv2
import numpy as np

SKETCH = 24
# Pages share at least this part of their sketches to be near-duplicates.
ALIKE_TEXT = 0.5
# Bits of 256 by which the pictures of near-duplicates differ at most.
ALIKE_BITS = 10
# A picture whose hash has fewer bits set tells too little: nearly blank paper.
TELLING_BITS = 24
_SHINGLE = 4
# Scripts without blanks between words count by letters.
_WORD = re.compile(r'[぀-ヿ㐀-鿿가-힯]|[^\W_぀-ヿ㐀-鿿가-힯]+')


def text_sketch(text: str) -> list[int]:
    """The smallest hashes of a text's shingles of four words, sorted; at most 24, empty for less
    than twelve words."""
    words = [word if word.isalpha() else '0' for word in _WORD.findall(text.lower())]
    if len(words) < 3 * _SHINGLE:
        return []
    shingles = {zlib.crc32(' '.join(words[at:at + _SHINGLE]).encode())
                for at in range(len(words) - _SHINGLE + 1)}
    return sorted(shingles)[:SKETCH]


def picture_hash(image: np.ndarray) -> str:
    """Difference hash of a picture (H, W) or (H, W, 3), uint8: 256 bits, hexadecimal."""
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (17, 16), interpolation=cv2.INTER_AREA).astype(np.int16)
    return np.packbits(small[:, 1:] > small[:, :-1] + 1).tobytes().hex()


class Texts:
    """Sketches of pages, asked whether a further one is a near-duplicate."""

    def __init__(self) -> None:
        self._pages: list[tuple[str, set[int]]] = []
        self._having: dict[int, list[int]] = defaultdict(list)

    def add(self, name: str, sketch: Sequence[int]) -> None:
        """Keep a page's sketch under its name."""
        for value in sketch:
            self._having[value].append(len(self._pages))
        self._pages.append((name, set(sketch)))

    def alike(self, sketch: Sequence[int]) -> str | None:
        """Name of a page whose sketch shares half of this one, None where there is none."""
        shared: dict[int, int] = defaultdict(int)
        for value in sketch:
            for number in self._having.get(value, ()):
                shared[number] += 1
        for number, count in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
            name, other = self._pages[number]
            if count >= ALIKE_TEXT * min(len(sketch), len(other)):
                return name
        return None


class Pictures:
    """Hashes of pages' pictures, asked whether a further one is a near-duplicate."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._bits = np.zeros((1024, 32), np.uint8)

    def add(self, name: str, picture: str) -> None:
        """Keep a picture's hash under its page's name."""
        if len(self._names) == len(self._bits):
            self._bits = np.vstack([self._bits, np.zeros_like(self._bits)])
        self._bits[len(self._names)] = _bytes_of(picture)
        self._names.append(name)

    def alike(self, picture: str) -> str | None:
        """Name of the page that looks most like this one, None where none is a near-duplicate."""
        bits = _bytes_of(picture)
        if not self._names or np.unpackbits(bits).sum() < TELLING_BITS:
            return None
        differing = _ONES[self._bits[:len(self._names)] ^ bits].sum(1)
        nearest = int(differing.argmin())
        return self._names[nearest] if differing[nearest] <= ALIKE_BITS else None


def index_texts(pages: Iterable[tuple[str, Sequence[int]]]) -> Texts:
    """An index of all these pages' sketches."""
    texts = Texts()
    for name, sketch in pages:
        texts.add(name, sketch)
    return texts


_ONES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(1).astype(np.uint16)


def _bytes_of(picture: str) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(picture), np.uint8)
