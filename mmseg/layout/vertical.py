"""Pages whose lines run down, as in Japanese and Chinese books, turned for the network."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from ..inference.predictor import PageArrays, PageBoxes, Predictor
from ..utils.components import connected_parts, part_boxes
from .ink import as_grey
from .region_options import RegionOptions

# Pages are looked at with a longer side of so many pixels at most.
_SIDE = 800
# Ink is darker by so many levels of grey than the paper around it, of which so much is looked at.
_DARKER, _AROUND = 20, 33
# Sizes of letters in pixels; a page has so many of them at least.
_LETTER, _LETTERS = (3, 40), 20
# These are in sizes of a letter. Letters of a line are so far apart at most, by a narrow and a wide
# measure, and those of a word by the last one.
_GAPS, _WITHIN_WORDS = (0.5, 0.8), 0.25
# Lines are so long and at most so thick, words longer than a letter; lines of a page are together
# so long, and so many.
_LINE, _THICKEST, _WORD, _TOGETHER, _LINES = 6.0, 2.2, 1.4, 40.0, 3
# A skewed line is thicker by this share of its length.
_SKEW = 0.06
# Larger parts of ink are no letters.
_LARGEST = 2.5
# Lines down a page are longer than lines and words across it by this factor.
_MORE = 3.0


class ReadPicture(NamedTuple):
    """A page as a network gets it.

    Attributes:
        image: (H, W, 3) uint8 in BGR, turned a quarter to the left where lines run down the page.
        turned: Whether it is turned.
    """
    image: np.ndarray
    turned: bool

    def back(self, found: PageArrays | PageBoxes) -> PageArrays | PageBoxes:
        """Return what a network gives for this picture, at its place on the page."""
        if not self.turned:
            return found
        if isinstance(found, PageBoxes):
            height, width = found.size  # of the turned page
            left, top, right, bottom = found.boxes.T
            boxes = np.stack([height - bottom, left, height - top, right], axis=1)
            return found._replace(boxes=boxes, size=(width, height))
        lines = None if found.lines is None else _to_the_right(found.lines)
        return found._replace(seg=_to_the_right(found.seg), lines=lines)


def _to_the_right(scores: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(scores, -1, axes=(-2, -1)))


def as_read(image: np.ndarray, options: RegionOptions, classes: Sequence[str]) -> ReadPicture:
    """Return a page as a network gets it: turned, where its lines run down.

    Networks learn on pages that are almost all written across. A quarter turn to the left makes
    level lines of vertical ones, the right one first, which is how they find them; the letters lie
    on their sides.

    Args:
        image: The page, uint8 (H, W, 3) in BGR.
        options: Whose ``vertical`` tells whether lines run down, or that the ink tells it.
        classes: Of the network; without a class of text no page is turned.
    """
    vertical = options.vertical
    if vertical is None:
        vertical = bool(options.text_labels(classes)) and runs_down(image)
    return ReadPicture(np.ascontiguousarray(np.rot90(image)) if vertical else image, vertical)


def predict_pages(predictor: Predictor, images: Sequence[np.ndarray],
                  options: RegionOptions) -> list[PageArrays | PageBoxes]:
    """Return the scores of each page, or of a detector its boxes; see :func:`as_read`.

    Args:
        predictor: Gives them.
        images: Pages (H, W, 3) uint8 in BGR, of any sizes.
        options: See there.
    """
    pictures = [as_read(image, options, predictor.classes) for image in images]
    found = predictor.predict([picture.image for picture in pictures])
    return [picture.back(arrays) for picture, arrays in zip(pictures, found, strict=True)]


def runs_down(image: np.ndarray) -> bool:
    """Return whether the lines of a page run down it.

    Letters that are near to each other are joined, once down the page and once across it: only in
    the direction of lines this gives long thin parts. A narrow and a wide gap have to say so, and
    there are no words across the page: tables have columns too.

    Args:
        image: The page, uint8 (H, W, 3) in BGR or (H, W), dark on light.
    """
    letters, size = _letters(image)
    if not size:
        return False
    turned = np.ascontiguousarray(letters.T)
    length = _long(_parts(turned, size, _GAPS[0]), _LINE)
    if length.sum() < _TOGETHER or len(length) < _LINES:
        return False
    words = _long(_parts(letters, size, _WITHIN_WORDS), _WORD)
    across = _long(_parts(letters, size, _GAPS[0]), _LINE)
    if length.sum() < _MORE * max(words.sum(), across.sum()):
        return False
    down, across = (_long(_parts(ink, size, _GAPS[1]), _LINE) for ink in (turned, letters))
    return bool(down.sum() > across.sum())


def _letters(image: np.ndarray) -> tuple[np.ndarray, float]:
    """Pixels of letters (h, w) uint8, and their usual size in pixels; 0 where there are few."""
    grey = as_grey(image)
    scale = _SIDE / max(grey.shape)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    paper = cv2.blur(grey, (_AROUND, _AROUND))
    dark = (cv2.subtract(paper, grey) > _DARKER).view(np.uint8)
    parts, stats = connected_parts(dark)
    sizes = stats[:, 2:4].max(axis=1)
    sizes[0] = 0  # the paper
    known = np.sort(sizes[(sizes >= _LETTER[0]) & (sizes <= _LETTER[1])])
    if len(known) < _LETTERS:
        return dark, 0.
    total = np.cumsum(known)  # accents and strokes are many and small
    size = float(known[np.searchsorted(total, 0.6 * total[-1])])
    return ((sizes > 1) & (sizes <= _LARGEST * size))[parts].view(np.uint8), size


def _parts(letters: np.ndarray, size: float, gap: float) -> np.ndarray:
    """Length and thickness (n, 2) of parts of letters with gaps across closed, in sizes of one.

    Args:
        letters: Their pixels (h, w) uint8.
        size: Of a letter, in pixels.
        gap: Widest one that is closed, in sizes of a letter.
    """
    width = max(1, round(gap * size)) + 1
    closed = cv2.morphologyEx(cv2.copyMakeBorder(letters, 0, 0, width, width, cv2.BORDER_CONSTANT),
                              cv2.MORPH_CLOSE, np.ones((1, width), np.uint8))
    return part_boxes(closed, connectivity=4)[1:, 2:4] / size


def _long(parts: np.ndarray, least: float) -> np.ndarray:
    """The lengths of parts (n, 2) that are thin and at least so long."""
    length, thickness = parts.T
    return length[(length >= least) & (thickness <= _THICKEST + _SKEW * length)
                  & (length >= min(4, least) * thickness)]
