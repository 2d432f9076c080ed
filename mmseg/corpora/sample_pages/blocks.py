"""Blocks of sample pages: headings, paragraphs, lists, tables, figures with captions, formulas.

A block takes the page and the box it may use, draws from the box's top, and returns the y of its
bottom; or None, having drawn nothing, where the box is too low for it.
"""
from __future__ import annotations

from collections.abc import Callable

from mmseg.core.visualization.fonts import Font

from .canvas import TABLE, Box, Colour, PageCanvas
from .figures import draw_figure
from .words import text_width

Block = Callable[[PageCanvas, Box], 'int | None']


def _pitch(page: PageCanvas, scale: float = 1.0) -> int:
    """Distance of two lines of text in pixels."""
    return max(int(page.font(scale).getbbox('Ag')[3]) + 2,
               round(page.style.text_size * scale * page.style.leading * page.unit))


def paragraph(page: PageCanvas, box: Box, lines: int | None = None,
              scale: float = 1.0) -> int | None:
    """Lines of text, the last one short."""
    font, pitch = page.font(scale), _pitch(page, scale)
    room = box.height // pitch
    if room < 1:
        return None
    lines = min(room, lines or int(page.rng.integers(2, 9)))
    indent = page.px(20) if page.chance(0.3) and lines > 1 else 0
    bottom = box.top
    for number in range(lines):
        row = box._replace(top=box.top + number * pitch,
                           left=box.left + (indent if number == 0 else 0))
        last = number == lines - 1
        width = row.width * (page.rng.uniform(0.25, 0.95) if last else 1.0)
        line = page.writer.line(font, width, begins=number == 0) + ('.' if last else '')
        if page.style.justified and not last and ' ' in line:
            bottom = page.justified(row, line, font)
        else:
            bottom = page.text_in(row, line, font)
    return bottom


def heading(page: PageCanvas, box: Box) -> int | None:
    """A numbered or plain heading in the head font."""
    font = page.font(page.rng.uniform(1.15, 1.6), bold=True, head=True)
    if box.height < page.px(90):
        return None
    number = f'{page.rng.integers(1, 9)}.{page.rng.integers(1, 9)}  ' if page.chance(0.5) else ''
    text = number + page.writer.words(int(page.rng.integers(1, 6)))
    while text_width(text, font) > box.width and len(text) > 4:
        text = text[:-2]
    colour = page.style.accent if page.chance(0.4) else None
    return page.text_in(box, text, font, colour=colour)


def bullet_list(page: PageCanvas, box: Box, scale: float = 1.0,
                items: int | None = None) -> int | None:
    """Items behind bullets, dashes or numbers, of a line or two each."""
    font, pitch = page.font(scale), _pitch(page, scale) + page.px(3 * scale)
    kind = page.rng.integers(4)
    # Pillow's own font has ASCII characters only.
    marks = ('•', '–') if page.style.body.regular else ('*', '-')
    indent = round(font.size * (2.3 if kind == 3 else 1.7))
    count = min(items or int(page.rng.integers(3, 7)), box.height // pitch)
    if count < 2:
        return None
    bottom, top = box.top, box.top
    for number in range(count):
        if top + pitch > box.bottom:
            break
        sign = (*marks, f'{number + 1}.', f'({number + 1})')[kind]
        page.text(box.left + font.size * 0.3, top, sign, font,
                  page.style.accent if page.chance(0.3) else None)
        for row in range(2 if page.chance(0.3) and top + 2 * pitch <= box.bottom else 1):
            width = (box.width - indent) * page.rng.uniform(0.3, 1.0)
            line = page.writer.line(font, width, begins=row == 0)
            bottom = page.text(box.left + indent, top, line, font)
            top += pitch
    return bottom


def caption(page: PageCanvas, box: Box, name: str) -> int:
    """One centred line such as ``Figure 3: …``."""
    font = page.font(0.85)
    text = f'{name} {page.rng.integers(1, 20)}: '
    text += page.writer.line(font, (box.width - text_width(text, font))
                             * page.rng.uniform(0.3, 0.9))
    return page.text_in(box, text, font, 'middle')


def figure(page: PageCanvas, box: Box) -> int | None:
    """A figure with or without a caption below."""
    width = round(box.width * page.rng.uniform(0.55, 1.0))
    height = round(width * page.rng.uniform(0.4, 0.8))
    below = page.px(30)
    height = min(height, box.height - below, page.px(380))
    if height < page.px(90) or width < page.px(110):
        return None
    left = box.left + (box.width - width) // 2
    area = Box(left, box.top, left + width, box.top + height)
    draw_figure(page, area)
    if page.chance(0.25):
        return area.bottom
    return caption(page, box._replace(top=area.bottom + page.px(7)), 'Figure')


def _columns(page: PageCanvas, box: Box, count: int) -> list[int]:
    """Left edges of a table's columns and its right edge: the first column is often wider."""
    shares = page.rng.uniform(0.8, 1.3, count)
    if page.chance(0.6):
        shares[0] *= 1.7
    edges = [box.left + round(box.width * float(shares[:i].sum() / shares.sum()))
             for i in range(count)]
    return [*edges, box.right]


def _table_lines(page: PageCanvas, box: Box, edges: list[int], row: int, kind: str) -> None:
    """The ruling of a table: a full grid, or only lines above, under the head and below."""
    ink = page.style.ink if page.chance(0.7) else (130, 130, 130)
    thin, thick = page.px(1), page.px(2)
    rows = range(box.top, box.bottom + 1, row)
    if kind in ('grid', 'rows', 'open'):
        for top in rows:
            page.fill(Box(box.left, top, box.right, top + thin), ink)
    if kind in ('grid', 'open'):
        # An open table has the inner verticals and no frame at its sides.
        for left in edges if kind == 'grid' else edges[1:-1]:
            page.fill(Box(left, box.top, left + thin, box.bottom), ink)
    if kind == 'half':
        for top, width in ((box.top, thick), (box.top + row, thin), (box.bottom - thick, thick)):
            page.fill(Box(box.left, top, box.right, top + width), ink)


def _table_cells(page: PageCanvas, box: Box, edges: list[int], row: int, font: Font,
                 head_font: Font) -> None:
    """Words in the first column and the head row, numbers elsewhere."""
    numeric = page.chance(0.75)
    inset = max(1, (row - int(font.getbbox('Ag')[3])) // 2)
    for top in range(box.top, box.bottom - row // 2, row):
        first = top == box.top
        for column, (left, right) in enumerate(zip(edges, edges[1:], strict=False)):
            if page.chance(0.06):
                continue
            cell = Box(left + page.px(5), top + inset, right - page.px(5), top + row)
            words = first or column == 0 or not numeric
            face = head_font if first else font
            for _ in range(4):
                text = page.writer.words(1) if words else page.writer.figures()
                if text_width(text, face) <= cell.width:
                    break
            else:
                continue
            align = 'left' if column == 0 or not numeric else 'right'
            page.text_in(cell, text, face, align, label=None)


def table(page: PageCanvas, box: Box) -> int | None:
    """A table with full, half or no ruling and a caption above or none."""
    row = _pitch(page) + page.between(2, 12)
    bottom_limit = box.bottom
    top = box.top
    captioned = page.chance(0.5)
    rows = int(page.rng.integers(3, 10))
    room = (bottom_limit - top - (page.px(28) if captioned else 0)) // row
    rows = min(rows, room)
    if rows < 3 or box.width < page.px(180):
        return None
    if captioned:
        top = caption(page, box, 'Table') + page.px(7)
    width = round(box.width * page.rng.uniform(0.65, 1.0))
    left = box.left + (box.width - width) // 2
    area = Box(left, top, left + width, top + rows * row)
    kind = ('grid', 'half', 'half', 'rows', 'open', 'zebra')[page.rng.integers(6)]
    count = int(page.rng.integers(2, max(3, min(8, width // page.px(75)) + 1)))
    edges = _columns(page, area, count)
    dark = sum(page.style.paper) < 380
    shade: Colour = (70, 74, 84) if dark else (232, 235, 240)
    if kind == 'zebra':
        for line in range(0, rows, 2):
            page.fill(Box(area.left, top + line * row, area.right, top + (line + 1) * row), shade)
    elif page.chance(0.3):
        page.fill(Box(area.left, top, area.right, top + row), shade)
    _table_cells(page, area, edges, row, page.font(0.9), page.font(0.9, bold=True))
    _table_lines(page, area, edges, row, kind)
    area = area._replace(bottom=area.bottom + page.px(1))
    page.region(area, TABLE)
    return area.bottom


def formula(page: PageCanvas, box: Box) -> int | None:
    """A centred line of symbols with its number at the right."""
    if box.height < page.px(60):
        return None
    signs = ('x = a + b', 'f(x) = x^2 - 3x + 1', 'E = m c^2', 'p(y | x) = 1 / (1 + e^-z)',
             'S = k log W', 'A (1 - r^2) / L')
    row = box._replace(top=box.top + page.px(6))
    font = page.font(1.05)
    bottom = page.text_in(row, signs[page.rng.integers(len(signs))], font, 'middle')
    if page.chance(0.6):
        page.text_in(row, f'({page.rng.integers(1, 40)})', font, 'right')
    return bottom + page.px(4)


def rule(page: PageCanvas, box: Box) -> int | None:
    """A separator line across the box."""
    if box.height < page.px(60):
        return None
    thickness = page.between(1, 3.4)
    top = box.top + page.px(5)
    colour = page.style.accent if page.chance(0.3) else None
    page.separator((box.left, top), box.width, thickness, colour=colour, dashed=page.chance(0.15))
    return top + thickness + page.px(5)


def fill_column(page: PageCanvas, box: Box, chances: dict[Block, float],
                ends: float = 0.03) -> None:
    """Stack random blocks until the box is full.

    Args:
        page: The page.
        box: The column.
        chances: How often each block is chosen, relative to the others.
        ends: Chance after each block that the rest of the box stays empty.
    """
    blocks = list(chances)
    weights = [chances[block] / sum(chances.values()) for block in blocks]
    top, misses, last = box.top, 0, None
    while misses < 4:
        block = blocks[int(page.rng.choice(len(blocks), p=weights))]
        # Two separators in a row say nothing.
        bottom = None if block is last is rule else block(page, box._replace(top=top))
        if bottom is None:
            misses += 1
            continue
        if page.chance(ends):
            return
        top, last = bottom + page.between(8, 22), block
