"""Blocks of rich sample pages: text boxes, listings, mathematics, contents, fields to fill in.

As in :mod:`~mmseg.corpora.sample_pages.blocks`, a block draws from its box's top and returns the y
of its bottom, or None where the box is too low.
"""
from __future__ import annotations

from mmseg.core.visualization import fonts
from mmseg.core.visualization.fonts import Font

from . import blocks
from .canvas import Box, Colour, PageCanvas, around
from .rich_figures import signature, stamp
from .typefaces import installed
from .words import text_width

TINTS: tuple[Colour, ...] = ((235, 240, 250), (240, 240, 240), (252, 243, 224), (228, 244, 230),
                             (250, 230, 230), (225, 232, 245), (255, 250, 205), (232, 226, 244))
SIGNS = 'αβγδεθλμπρστφχψωΓΔΘΛΣΦΩ'


def _framed(page: PageCanvas, box: Box, colour: Colour, thickness: int) -> None:
    """A frame around the box. It separates nothing, so it has no label, as in the PDF converter."""
    for side in (box._replace(bottom=box.top + thickness),
                 box._replace(top=box.bottom - thickness),
                 box._replace(right=box.left + thickness),
                 box._replace(left=box.right - thickness)):
        page.fill(side, colour)


def text_box(page: PageCanvas, box: Box) -> int | None:
    """Text on a tint: a note, a warning, a definition; tinted, framed, with a bar or a title."""
    inset = page.between(8, 18)
    pitch = round(page.style.text_size * 1.45 * page.unit)
    lines = int(page.rng.integers(2, 9))
    titled = page.chance(0.5)
    height = 2 * inset + (lines + (1.3 if titled else 0)) * pitch
    if box.height < height + page.px(20) or box.width < page.px(160):
        return None
    area = box._replace(bottom=box.top + round(height))
    dark = sum(page.style.paper) < 380
    tint = (58, 62, 74) if dark else TINTS[page.rng.integers(len(TINTS))]
    kind = ('tint', 'tint', 'bar', 'frame', 'head')[page.rng.integers(5)]
    if kind != 'frame':
        page.fill(area, tint)
    if kind == 'bar':
        page.fill(area._replace(right=area.left + page.between(4, 9)), page.style.accent)
    inner = area.shrunk(inset)
    if titled:
        colour: Colour = page.style.accent
        if kind == 'head':
            page.fill(area._replace(bottom=inner.top + pitch + page.px(2)), page.style.accent)
            colour = page.style.paper
        page.text_in(inner, page.writer.words(int(page.rng.integers(1, 4))),
                     page.font(bold=True, head=True), colour=colour)
        inner = inner._replace(top=inner.top + round(1.3 * pitch))
    blocks.paragraph(page, inner, lines)
    if kind == 'frame':
        _framed(page, area, page.style.ink if page.chance(0.6) else page.style.accent, page.px(1))
    return area.bottom + page.px(4)


def _code_line(page: PageCanvas) -> str:
    word = page.writer.word
    return (f'{word()} = {word()}({word()}, {page.rng.integers(100)})', f'if {word()} > 0:',
            f'    return {word()}[{page.rng.integers(9)}]', f'# {word()} {word()} {word()}',
            f'for {word()} in {word()}:', f'$ {word()} --{word()} {word()}.txt', '}', '',
            f'\\{word()}{{{word()}}}', f'  <{word()} id="{page.rng.integers(100)}"/>',
            f'    {word()}.{word()}({word()})')[page.rng.integers(11)]


def listing(page: PageCanvas, box: Box) -> int | None:
    """Lines of code in a typewriter face, plain, tinted or on black, with numbers or none."""
    faces = installed('mono', page.style.glyphs)
    face = faces[page.rng.integers(len(faces))]
    font = fonts.open_font(face.regular, max(6, round(page.style.text_size * 0.85 * page.unit)))
    pitch = round(font.size * page.rng.uniform(1.25, 1.5))
    lines = min(int(page.rng.integers(3, 18)), (box.height - page.px(30)) // pitch)
    if lines < 2:
        return None
    inset = page.px(8)
    area = box._replace(bottom=box.top + lines * pitch + 2 * inset)
    kind = page.rng.integers(4)
    colour: Colour | None = None
    if kind == 1:
        page.fill(area, (244, 244, 244) if sum(page.style.paper) > 380 else (50, 54, 64))
    elif kind == 2:
        page.fill(area, (30, 32, 38))
        colour = (220, 225, 220)
    numbered = page.chance(0.3)
    for number in range(lines):
        top = area.top + inset + number * pitch
        left = area.left + inset
        if numbered:
            page.text(left, top, f'{number + 1}', font, (140, 140, 140))
            left += round(font.size * 2.2)
        text = _code_line(page)
        while text_width(text, font) > area.right - left:
            text = text[:-3]
        page.text(left + round(text_width(' ', font)) * (len(text) - len(text.lstrip())), top,
                  text.strip(), font, colour)
    if kind == 3:
        _framed(page, area, page.style.ink, page.px(1))
    return area.bottom + page.px(4)


class _Formula:
    """A formula that is set piece by piece, with the ink of all pieces."""

    def __init__(self, page: PageCanvas, left: float, middle: int, size: float):
        self.page, self.left, self.middle = page, left, middle
        faces = installed('serif', SIGNS + '∑∫∏√∂−·≤∈')
        self.face = faces[page.rng.integers(len(faces))].regular
        self.size = size
        self.inked: list[Box] = []

    def _font(self, scale: float) -> Font:
        return fonts.open_font(self.face, max(6, round(self.size * scale)))

    def piece(self, text: str, scale: float = 1.0, shift: float = 0.0, gap: float = 0.12) -> None:
        """Append text whose middle lies ``shift`` ems below the formula's."""
        font = self._font(scale)
        top = self.middle + shift * self.size - font.size * 0.62
        ink, _ = self.page.write(self.left, top, text, font)
        self.inked.append(ink)
        self.left += text_width(text, font) + gap * self.size

    def fraction(self, above: str, below: str) -> None:
        """Append one text over another with a bar between them."""
        font = self._font(0.85)
        width = max(text_width(above, font), text_width(below, font)) + self.size * 0.3
        start = self.left
        for text, shift in ((above, -0.62), (below, 0.62)):
            self.left = start + (width - text_width(text, font)) / 2
            self.piece(text, 0.85, shift)
        bar = Box(round(start), self.middle, round(start + width),
                  self.middle + self.page.px(1))
        self.page.fill(bar, self.page.style.ink)
        self.inked.append(bar)
        self.left = start + width + self.size * 0.25


def _append_term(formula: _Formula, page: PageCanvas) -> None:
    sign, other = (SIGNS[page.rng.integers(len(SIGNS))] for _ in range(2))
    letter = 'xyzabcfghkmnpqrstuvw'[page.rng.integers(20)]
    kind = page.rng.integers(6)
    if kind == 0:
        formula.fraction(f'{letter} + {sign}', f'{other}({letter})')
    elif kind == 1:
        formula.piece(('∑', '∫', '∏')[page.rng.integers(3)], 1.7)
        formula.left -= formula.size * 0.3
        formula.piece(f'{letter}=0', 0.6, 0.75)
        formula.piece(f'{sign}', 1.0)
    elif kind == 2:
        formula.piece(letter, gap=0.0)
        formula.piece(str(page.rng.integers(2, 9)), 0.65, -0.4)
    elif kind == 3:
        formula.piece(sign, gap=0.0)
        formula.piece('ijkn'[page.rng.integers(4)], 0.65, 0.35)
    elif kind == 4:
        formula.piece(f'√({letter} {sign})')
    else:
        formula.piece(('sin ', 'log ', 'exp ', 'd', '∂')[page.rng.integers(5)] + letter)


def mathematics(page: PageCanvas, box: Box) -> int | None:
    """One to three displayed formulas with fractions, sums, indices, numbered or not."""
    size = page.style.text_size * page.unit * 1.1
    if box.height < size * 5 or page.style.body.regular is None:
        return None
    bottom, middle = box.top, box.top + round(size * 1.6)
    for _ in range(page.rng.integers(1, 4)):
        if middle + size * 2 > box.bottom:
            break
        formula = _Formula(page, box.left + page.rng.uniform(0.05, 0.4) * box.width, middle, size)
        formula.piece('fFgLHpuS'[page.rng.integers(8)] + '(x)', gap=0.3)
        for place in range(page.rng.integers(2, 6)):
            if formula.left + size * 5 > box.right:
                break
            formula.piece('=' if place == 0 else '+−·≤∈'[page.rng.integers(5)], gap=0.3)
            _append_term(formula, page)
        seen = around(formula.inked)
        page.line(seen)
        if page.chance(0.5):
            font = page.font()
            page.text_in(box._replace(top=middle - round(font.size * 0.6)),
                         f'({page.rng.integers(1, 60)})', font, 'right')
        bottom, middle = seen.bottom, seen.bottom + round(size * 2.2)
    return bottom + page.px(6)


def contents(page: PageCanvas, box: Box) -> int | None:
    """Lines of a table of contents: a title, dots and a page number."""
    font = page.font()
    pitch = round(font.size * page.rng.uniform(1.5, 2.0))
    lines = min(int(page.rng.integers(5, 26)), box.height // pitch)
    if lines < 3 or box.width < page.px(220):
        return None
    dotted = page.chance(0.7)
    for number in range(lines):
        inset = page.px(22) * int(page.rng.integers(0, 3))
        row = Box(box.left + inset, box.top + number * pitch, box.right, box.bottom)
        text = f'{number + 1}  ' + page.writer.line(font, row.width * page.rng.uniform(0.2, 0.6))
        at = str(number * 3 + int(page.rng.integers(1, 4)))
        ink, _ = page.write(row.left, row.top, text, font)
        right = row.right - text_width(at, font)
        last, _ = page.write(right, row.top, at, font)
        if dotted:
            count = int((right - ink.right - font.size) / max(1, text_width(' .', font)))
            page.write(ink.right + font.size * 0.4, row.top, ' .' * max(0, count), font)
            page.line(around([ink, last]))
        else:
            page.line(ink)
            page.line(last)
    return box.top + lines * pitch


def fields(page: PageCanvas, box: Box) -> int | None:
    """Fields of a form: names with lines or boxes to write on, some filled in by hand."""
    font = page.font(0.9)
    pitch = round(font.size * page.rng.uniform(2.0, 2.8))
    rows = min(int(page.rng.integers(2, 9)), box.height // pitch)
    if rows < 2 or box.width < page.px(200):
        return None
    faces = installed('hand', page.style.glyphs)
    face = faces[page.rng.integers(len(faces))]
    pen = fonts.open_font(face.regular, max(8, round(font.size * 1.3)))
    columns = int(page.rng.integers(1, 3))
    for row in range(rows):
        for column in range(columns):
            left = box.left + column * box.width // columns
            right = left + box.width // columns - page.px(14)
            top = box.top + row * pitch
            name = page.writer.words(int(page.rng.integers(1, 3))) + ':'
            bottom = page.text(left, top, name, font)
            start = left + round(text_width(name, font)) + page.px(8)
            if start + page.px(50) > right:
                continue
            if page.chance(0.4):
                page.text(start + page.px(6), top - page.px(4), page.writer.word(), pen,
                          (30, 40, 120))
            page.separator((start, bottom - page.px(1)), right - start, page.px(1),
                           dashed=page.chance(0.25))
    return box.top + rows * pitch


def check_boxes(page: PageCanvas, box: Box) -> int | None:
    """Squares to tick, each with its words."""
    font = page.font(0.9)
    pitch = round(font.size * 1.7)
    rows = min(int(page.rng.integers(2, 7)), box.height // pitch)
    if rows < 2:
        return None
    side = round(font.size * 0.8)
    for row in range(rows):
        top = box.top + row * pitch
        page.draw.rectangle((box.left, top + 1, box.left + side, top + 1 + side),
                            outline=page.style.ink, width=page.px(1))
        if page.chance(0.3):
            page.draw.line((box.left, top, box.left + side, top + side), fill=(30, 40, 120),
                           width=page.px(2))
        line = page.writer.line(font, (box.width - 3 * side) * page.rng.uniform(0.3, 1))
        page.text(box.left + 2 * side, top, line, font)
    return box.top + rows * pitch


def rules(page: PageCanvas, box: Box) -> int | None:
    """A separator: single, double, thick over thin, dashed, or a short one in the middle."""
    if box.height < page.px(70):
        return None
    top = box.top + page.px(6)
    width = box.width if page.chance(0.7) else round(box.width * page.rng.uniform(0.2, 0.7))
    left = box.left if page.chance(0.4) else box.left + (box.width - width) // 2
    colour = (page.style.ink, page.style.accent, (150, 150, 150))[page.rng.integers(3)]
    thickness = page.between(1, 4)
    page.separator((left, top), width, thickness, colour=colour, dashed=page.chance(0.3))
    if page.chance(0.35):
        page.separator((left, top + thickness + page.px(3)), width, page.px(1), colour=colour)
    return top + thickness + page.px(10)


def signed(page: PageCanvas, box: Box) -> int | None:
    """A signature over a line and a name, sometimes with a stamp next to it."""
    height = page.between(70, 110)
    if box.height < height + page.px(40) or box.width < page.px(320):
        return None
    width = page.between(170, 260)
    pen = Box(box.left + page.px(8), box.top, box.left + width, box.top + height)
    signature(page, pen)
    page.separator((box.left, pen.bottom + page.px(2)), width, page.px(1),
                   dashed=page.chance(0.3))
    bottom = page.text(box.left, pen.bottom + page.px(8), page.writer.words(2), page.font(0.85))
    if page.chance(0.6):
        side = page.between(90, 140)
        left = box.right - side - page.between(0, 60)
        stamp(page, Box(left, box.top, left + side, box.top + side))
        bottom = max(bottom, box.top + side)
    return bottom


def note(page: PageCanvas, box: Box) -> int | None:
    """A few lines in handwriting; text like any other."""
    faces = installed('hand', page.style.glyphs)
    face = faces[page.rng.integers(len(faces))]
    font = fonts.open_font(face.regular, round(page.style.text_size * page.unit * 1.6))
    pitch = round(font.size * 1.3)
    rows = min(int(page.rng.integers(1, 5)), box.height // pitch)
    if rows < 1:
        return None
    ink = ((30, 40, 120), (50, 50, 50), (150, 30, 30))[page.rng.integers(3)]
    for row in range(rows):
        line = page.writer.line(font, box.width * page.rng.uniform(0.3, 0.9))
        page.text(box.left + page.px(page.rng.uniform(0, 20)), box.top + row * pitch, line, font,
                  ink)
    return box.top + rows * pitch


