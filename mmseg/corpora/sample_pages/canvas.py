"""A page on which everything drawn also labels itself."""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw

from mmseg.core.visualization import fonts
from mmseg.core.visualization.fonts import Font

from .words import Writer, text_width

BACKGROUND, FIGURE, TEXT, TABLE, VALIDLINE = range(5)
# All lengths of a design are given for a page whose long side has this many pixels.
DESIGN_SIZE = 1120
# A separator is labelled with this width, however thin it is drawn (design pixels).
LINE_LABEL = 5

Colour = tuple[int, int, int]


class Box(NamedTuple):
    """A rectangle in pixels; right and bottom lie just outside."""
    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def shrunk(self, by: int) -> Box:
        """The box less ``by`` pixels on each side."""
        return Box(self.left + by, self.top + by, self.right - by, self.bottom - by)


def around(boxes: Sequence[Box]) -> Box:
    """The box around some boxes, those without a pixel left out."""
    sides = [box for box in boxes if box.width > 0 and box.height > 0]
    if not sides:
        return Box(0, 0, 0, 0)
    return Box(min(box.left for box in sides), min(box.top for box in sides),
               max(box.right for box in sides), max(box.bottom for box in sides))


class Typeface(NamedTuple):
    """Font files of one family; None means the font inside Pillow."""
    regular: str | None
    bold: str | None

    @classmethod
    def named(cls, kind: str) -> Typeface:
        """The first installed family of this kind: ``sans``, ``serif`` or ``cjk``."""
        regular, bold = {'sans': (fonts.SANS, fonts.SANS_BOLD),
                         'serif': (fonts.SERIF, fonts.SERIF_BOLD),
                         'cjk': (fonts.CJK, fonts.CJK)}[kind]
        found = fonts.find_font(regular)
        return cls(found, fonts.find_font(bold) or found)


@dataclass
class Style:
    """What the elements of one page share."""
    paper: Colour = (255, 255, 255)
    ink: Colour = (20, 20, 20)
    accent: Colour = (30, 60, 120)
    body: Typeface = field(default_factory=lambda: Typeface.named('serif'))
    head: Typeface = field(default_factory=lambda: Typeface.named('sans'))
    text_size: float = 15.0
    leading: float = 1.4
    justified: bool = True
    # Characters that every other typeface on the page has to have.
    glyphs: str = ''


class PageCanvas:
    """Image and label map of one page while it is drawn.

    Args:
        size: (height, width) in pixels.
        rng: Where all draws come from.
        style: Colours, fonts and text size.
        language: Of the words on the page.
    """

    def __init__(self, size: tuple[int, int], rng: np.random.Generator, style: Style,
                 language: str):
        height, width = size
        self.rng, self.style = rng, style
        self.unit = max(size) / DESIGN_SIZE
        self.box = Box(0, 0, width, height)
        self.writer = Writer(rng, language)
        self.picture = Image.new('RGB', (width, height), style.paper)
        self.draw = ImageDraw.Draw(self.picture)
        self.labels = Image.new('L', (width, height), BACKGROUND)
        self.mark = ImageDraw.Draw(self.labels)
        self.lines: list[Box] = []

    @property
    def image(self) -> np.ndarray:
        """The page as uint8 ``(H, W, 3)`` in BGR."""
        return cv2.cvtColor(np.asarray(self.picture), cv2.COLOR_RGB2BGR)

    @property
    def label(self) -> np.ndarray:
        """The label map as uint8 ``(H, W)``."""
        return np.array(self.labels)

    def px(self, length: float) -> int:
        """Pixels of a length in design pixels, at least one."""
        return max(1, round(length * self.unit))

    def between(self, low: float, high: float) -> int:
        """Pixels of a random length between two lengths in design pixels."""
        return self.px(self.rng.uniform(low, high))

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return bool(self.rng.random() < share)

    def font(self, scale: float = 1.0, bold: bool = False, head: bool = False) -> Font:
        """The page's font at ``scale`` times the text size."""
        face = self.style.head if head else self.style.body
        size = max(6, round(self.style.text_size * scale * self.unit))
        return fonts.open_font(face.bold if bold else face.regular, size)

    def region(self, box: Box, label: int) -> None:
        """Label the box."""
        if box.width > 0 and box.height > 0:
            self.mark.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), fill=label)

    def fill(self, box: Box, colour: Colour, outline: Colour | None = None) -> None:
        """Colour the box; decoration, hence unlabelled."""
        if box.width > 0 and box.height > 0:
            self.draw.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), fill=colour,
                                outline=outline)

    def write(self, left: float, top: float, text: str, font: Font,
              colour: Colour | None = None) -> tuple[Box, int]:
        """Write one line without a label; returns the box of its ink, and its bottom."""
        left, top = round(left), round(top)
        ascent, descent = _line_height(font)
        self.draw.text((left, top + ascent), text, fill=colour or self.style.ink, font=font,
                       anchor='ls')
        inked = font.getbbox(text, anchor='ls')
        ink = Box(left + math.floor(inked[0]), top + ascent + math.floor(inked[1]),
                  left + math.ceil(inked[2]), top + ascent + math.ceil(inked[3]))
        return ink, top + ascent + descent

    def text(self, left: float, top: float, text: str, font: Font, colour: Colour | None = None,
             label: int | None = TEXT) -> int:
        """Write one line and label the box of its ink; returns its bottom."""
        ink, bottom = self.write(left, top, text, font, colour)
        if text.strip():
            self.line(ink, label)
        return bottom

    def line(self, ink: Box, label: int | None = TEXT) -> None:
        """Keep the box of a line of text, and label it unless ``label`` is None."""
        if ink.width > 0 and ink.height > 0:
            self.lines.append(ink)
            if label is not None:
                self.region(ink, label)

    def text_in(self, box: Box, text: str, font: Font, align: str = 'left',
                colour: Colour | None = None, label: int | None = TEXT) -> int:
        """Write one line at the top of the box, aligned left, right or to the middle."""
        spare = box.width - text_width(text, font)
        shift = {'left': 0.0, 'middle': spare / 2, 'right': spare}[align]
        return self.text(box.left + shift, box.top, text, font, colour, label)

    def justified(self, box: Box, text: str, font: Font) -> int:
        """Write one line whose words spread over the width of the box."""
        words = text.split(' ')
        widths = [text_width(word, font) for word in words]
        gap = (box.width - sum(widths)) / max(1, len(words) - 1)
        left, bottom, inked = float(box.left), box.top, []
        for word, width in zip(words, widths, strict=True):
            ink, bottom = self.write(left, box.top, word, font)
            inked.append(ink)
            left += width + gap
        self.line(around(inked))
        return bottom

    def separator(self, start: tuple[int, int], length: int, thickness: int = 1,
                  vertical: bool = False, colour: Colour | None = None,
                  dashed: bool = False) -> None:
        """Draw a separator line right or down from ``start`` and label it."""
        left, top = start
        colour = colour or self.style.ink
        along = Box(left, top, left + length, top + thickness)
        if vertical:
            along = Box(left, top, left + thickness, top + length)
        if dashed:
            step = self.px(8)
            for at in range(0, length, step):
                piece = min(step * 2 // 3, length - at)
                if vertical:
                    self.fill(Box(left, top + at, left + thickness, top + at + piece), colour)
                else:
                    self.fill(Box(left + at, top, left + at + piece, top + thickness), colour)
        else:
            self.fill(along, colour)
        around = max(0, (max(3, self.px(LINE_LABEL)) - thickness + 1) // 2)
        self.region(along._replace(left=left - around, right=along.right + around) if vertical else
                    along._replace(top=top - around, bottom=along.bottom + around), VALIDLINE)


def _line_height(font: Font) -> tuple[int, int]:
    """Ascender and descender in pixels, as tall as the font's letters really reach."""
    box = font.getbbox('Abdgjpy|', anchor='ls')
    return -int(box[1]), int(box[3])
