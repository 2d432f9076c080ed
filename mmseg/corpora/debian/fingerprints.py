"""Near-duplicates of pages: by their words, and by their pictures.

Text: the smallest hashes of a page's word shingles (Broder, "On the resemblance and containment of
documents", 1997, section 4, with a bottom-k sketch). Pictures: a difference hash of a small grey
picture, 16 x 16 bits.
"""
from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Sequence

import cv2
import numpy as np

SKETCH = 24
# A sketch of fewer hashes tells too little: title pages, tables of numbers.
TELLING_SKETCH = 12
# Pages share at least this part of their sketches to be near-duplicates.
ALIKE_TEXT = 0.5
# Bits of 256 by which the pictures of near-duplicates differ at most.
ALIKE_BITS = 10
# A picture whose hash has fewer bits set tells too little, of nearly blank paper: it counts as
# alike only for a page of the same document, and within fewer bits.
TELLING_BITS = 24
ALIKE_BITS_OF_BLANK = 3
_SHINGLE = 4
# Scripts without blanks between words count by letters.
_WORD = re.compile(r'[぀-ヿ㐀-鿿가-힯]|[^\W_぀-ヿ㐀-鿿가-힯]+')


def text_sketch(text: str) -> list[int]:
    """The smallest hashes of a text's shingles of four words, sorted; at most 24, numbers all
    the same."""
    words = [word if word.isalpha() else '0' for word in _WORD.findall(text.lower())]
    shingles = {zlib.crc32(' '.join(words[at:at + _SHINGLE]).encode())
                for at in range(max(0, len(words) - _SHINGLE + 1))}
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
        if len(sketch) < TELLING_SKETCH:
            return
        for value in sketch:
            self._having[value].append(len(self._pages))
        self._pages.append((name, set(sketch)))

    def alike(self, sketch: Sequence[int]) -> str | None:
        """Name of a page whose sketch shares half of this one, None where there is none; pages
        with few words are like no other."""
        if len(sketch) < TELLING_SKETCH:
            return None
        shared: dict[int, int] = defaultdict(int)
        for value in sketch:
            for number in self._having.get(value, ()):
                shared[number] += 1
        alike = [(-count, number) for number, count in shared.items()
                 if count >= ALIKE_TEXT * min(len(sketch), len(self._pages[number][1]))]
        return self._pages[min(alike)[1]][0] if alike else None


class Pictures:
    """Hashes of pages' pictures, asked whether a further one is a near-duplicate."""

    def __init__(self) -> None:
        self._documents: list[str] = []
        self._bits = np.zeros((1024, 32), np.uint8)

    def add(self, document: str, picture: str) -> None:
        """Keep the hash of a page's picture under its document's name."""
        if len(self._documents) == len(self._bits):
            self._bits = np.vstack([self._bits, np.zeros_like(self._bits)])
        self._bits[len(self._documents)] = _bytes_of(picture)
        self._documents.append(document)

    def alike(self, document: str, picture: str) -> str | None:
        """Name of the document with the page that looks most like one of ``document``, None where
        there is no near-duplicate."""
        bits = _bytes_of(picture)
        if not self._documents:
            return None
        differing = _ONES[self._bits[:len(self._documents)] ^ bits].sum(1)
        if np.unpackbits(bits).sum() < TELLING_BITS:
            same = np.array([other == document for other in self._documents])
            differing = np.where(same & (differing <= ALIKE_BITS_OF_BLANK), 0, ALIKE_BITS + 1)
        nearest = int(differing.argmin())
        return self._documents[nearest] if differing[nearest] <= ALIKE_BITS else None


_ONES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(1).astype(np.uint16)


def _bytes_of(picture: str) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(picture), np.uint8)
