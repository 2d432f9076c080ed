"""What is drawn on a page of a PDF, in pixels of its picture."""
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .boxes import Box, area, around, as_boxes, groups

if TYPE_CHECKING:
    from pdfplumber.page import Page  # type: ignore[import-untyped]

# A rule is at most this thick, as a share of the page's longer side (1.5 mm on A4).
RULE_THICKNESS = 0.005
# Letters whose line runs more obliquely than this (tangent) are watermarks.
_OBLIQUE = 0.2
# Fonts of LaTeX's picture environment: their letters are pieces of lines and circles.
_DRAWING_FONTS = re.compile(r'(^|\+)L(INE|CIRCLE)W?\d', re.IGNORECASE)


@dataclass(frozen=True)
class Path:
    """A painted path: a line, rectangle or curve.

    Attributes:
        box: Around its points, in pixels.
        rectangle: It fills its box: a rectangle, also one with round corners.
        filled: It is filled, not only outlined.
        rule: 'h' or 'v' for a thin straight stroke along the page, else None.
        thickness: Of a rule, in pixels.
    """

    box: Box
    rectangle: bool
    filled: bool
    rule: str | None
    thickness: float


@dataclass(frozen=True)
class PageObjects:
    """The objects of a page.

    Attributes:
        size: (height, width) of the picture in pixels.
        chars: Boxes (N, 4) of the visible letters, from descender to ascender.
        vertical: Whether (N,) a letter's line runs up or down the page.
        oblique: Boxes (K, 4) of the words that run across the page at an angle.
        images: Boxes (M, 4) of raster images, cut to the page.
        paths: Lines, rectangles and curves.
    """

    size: tuple[int, int]
    chars: np.ndarray
    vertical: np.ndarray
    oblique: np.ndarray
    images: np.ndarray
    paths: list[Path]

    @property
    def side(self) -> int:
        """The longer side of the page in pixels: what sizes are measured by."""
        return max(self.size)


def read_objects(page: Page, size: tuple[int, int]) -> PageObjects:
    """The objects of a pdfplumber page that lie within its picture.

    Args:
        page: Of pdfplumber.
        size: (height, width) of the picture that PDFium made of it.
    """
    transform = _Transform(page, size)
    chars, vertical, oblique = _read_chars(page, transform)
    fills = [image for image in page.images if _is_fill(image)]
    images = as_boxes(transform.boxes([image for image in page.images if not _is_fill(image)]))
    images = np.clip(images, 0, [size[1], size[0], size[1], size[0]])
    strokes = [char for char in page.chars if _DRAWING_FONTS.search(char['fontname'])]
    paths = [*_read_paths(page, transform), *_filled(as_boxes(transform.boxes(fills)), size),
             *(Path(box, False, True, None, 1.) for box in transform.boxes(strokes))]
    return PageObjects(size=size, chars=chars, vertical=vertical, oblique=oblique,
                       images=images[area(images) > 0], paths=paths)


class _Transform:
    """From the page as pdfplumber turned it, y up, to pixels of the part that is shown."""

    def __init__(self, page: Page, size: tuple[int, int]) -> None:
        media = _sorted_box(page.page_obj.mediabox)
        crop = _sorted_box(page.page_obj.cropbox or media)
        shown = (max(media[0], crop[0]), max(media[1], crop[1]),
                 min(media[2], crop[2]), min(media[3], crop[3]))
        if shown[0] >= shown[2] or shown[1] >= shown[3]:
            shown = media  # PDFium, too, then shows the whole sheet
        left, low, right, high = _turn(shown, media, page.rotation)
        self.size = size
        self.offset = page.mediabox[0]  # pdfplumber adds it to x, not to y
        self.top_offset = page.mediabox[1] + page.height
        self.left, self.high = left, high
        self.scale = np.array([size[1] / (right - left), size[0] / (high - low)])

    def boxes(self, objects: Sequence[dict[str, Any]]) -> Iterator[Box]:
        """Boxes of pdfplumber's objects."""
        across, down = self.scale
        for obj in objects:
            yield ((obj['x0'] - self.offset - self.left) * across, (self.high - obj['y1']) * down,
                   (obj['x1'] - self.offset - self.left) * across, (self.high - obj['y0']) * down)

    def points(self, points: Sequence[tuple[float, float]]) -> np.ndarray:
        """Points (P, 2) of pdfplumber's, whose y goes down."""
        where = np.asarray(points, dtype=float).reshape(-1, 2)
        from_crop = np.stack([where[:, 0] - self.offset - self.left,
                              self.high - (self.top_offset - where[:, 1])], axis=1)
        return from_crop * self.scale


def _sorted_box(box: Sequence[float]) -> Box:
    x0, y0, x1, y1 = (float(value) for value in box)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _turn(box: Box, media: Box, rotation: int) -> Box:
    """A box of the sheet as it lies after the page's /Rotate, from the turned sheet's corner."""
    x0, y0, x1, y1 = box
    left, low, right, high = media
    return {0: (x0 - left, y0 - low, x1 - left, y1 - low),
            90: (y0 - low, right - x1, y1 - low, right - x0),
            180: (right - x1, high - y1, right - x0, high - y0),
            270: (high - y1, x0 - left, high - y0, x1 - left)}[rotation]


def _read_chars(page: Page, transform: _Transform) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes of the letters on the page, which of them run vertically, and boxes of oblique words.
    """
    printed = [char for char in page.chars if char['text'].strip()
               and not _DRAWING_FONTS.search(char['fontname'])]
    boxes = as_boxes(transform.boxes(printed))
    along = np.array([char['matrix'][:2] for char in printed], dtype=float).reshape(-1, 2)
    vertical = np.abs(along[:, 0]) <= _OBLIQUE * np.abs(along[:, 1])
    straight = vertical | (np.abs(along[:, 1]) <= _OBLIQUE * np.abs(along[:, 0]))
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    height, width = transform.size
    inside = ((centres > 0) & (centres < [width, height])).all(axis=1) & (area(boxes) > 0)
    boxes = np.clip(boxes, 0, [width, height, width, height])
    slanted = boxes[~straight & inside]
    words = as_boxes(around(slanted[group]) for group in groups(slanted, 0))
    return boxes[straight & inside], vertical[straight & inside], words


def _read_paths(page: Page, transform: _Transform) -> Iterator[Path]:
    """Painted paths that reach into the page, cut to it."""
    height, width = transform.size
    thickest = _thickest(transform.size)
    for kind in ('line', 'rect', 'curve'):
        for obj in page.objects.get(kind, []):
            points = transform.points(obj['pts'])
            if not (obj['stroke'] or obj['fill']) or not np.isfinite(points).all():
                continue
            low, high = points.min(axis=0), points.max(axis=0)
            span = high - low
            if (high < 0).any() or (low > [width, height]).any():
                continue
            stroke = float(obj['linewidth'] or 0) * transform.scale.mean() if obj['stroke'] else 0.
            thin = span.min() < 0.5 or (span.min() <= (thickest if obj['fill'] else 1.)
                                        and span.max() > thickest)
            straight = span.max() > 3 * max(span.min(), 1.)
            dots = _is_dashed(obj) and stroke > thickest / 2  # squares in a row
            rule = (('h' if span[0] > span[1] else 'v') if thin and straight and not dots
                    else None)
            box = (*np.maximum(low, 0).tolist(), *np.minimum(high, [width, height]).tolist())
            yield Path(box, _fills_its_box(points, span), bool(obj['fill']), rule,
                       float(np.clip(max(span.min(), stroke), 1., thickest)))


def _thickest(size: tuple[int, int]) -> float:
    """How thick a rule may be, in pixels."""
    return max(2., RULE_THICKNESS * max(size))


def _is_fill(image: dict[str, Any]) -> bool:
    """Whether an image is of one pixel: some programs draw rules and boxes so."""
    return tuple(image.get('srcsize') or ()) == (1, 1)


def _filled(boxes: np.ndarray, size: tuple[int, int]) -> Iterator[Path]:
    """Boxes as filled rectangles."""
    height, width = size
    for box in np.clip(boxes, 0, [width, height, width, height]):
        across, down = box[2:] - box[:2]
        thin = min(across, down) <= _thickest(size) and max(across, down) > 3 * min(across, down)
        yield Path(tuple(box.tolist()), True, True,
                   ('h' if across > down else 'v') if thin else None,
                   float(np.clip(min(across, down), 1., _thickest(size))))


def _is_dashed(obj: dict[str, Any]) -> bool:
    """Whether a path is stroked with dashes: pdfplumber gives ([3, 2], 0), or ([], 0) for none."""
    dash = obj.get('dash')
    return bool(dash and dash[0])


def _fills_its_box(points: np.ndarray, span: np.ndarray) -> bool:
    """Whether the polygon covers at least nine tenths of the box around it."""
    x, y = points.T
    twice = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
    return len(points) >= 4 and twice / 2 >= 0.9 * span.prod() > 0
