"""Designs of document pages: article, two columns, report, letter, form, book."""
from __future__ import annotations

from . import blocks
from .canvas import Box, PageCanvas
from .figures import draw_figure

BODY: dict[blocks.Block, float] = {
    blocks.paragraph: 5.0, blocks.heading: 1.6, blocks.bullet_list: 1.2, blocks.table: 1.8,
    blocks.figure: 1.6, blocks.formula: 0.6, blocks.rule: 0.8}


def _margins(page: PageCanvas, low: float = 70, high: float = 150) -> Box:
    """The area of the text, inside random margins."""
    side, over, under = (page.between(low, high) for _ in range(3))
    return Box(side, over, page.box.right - side, page.box.bottom - under)


def _page_number(page: PageCanvas, area: Box) -> None:
    """A number below the text: in the middle or at the right, plain, dashed or counted."""
    number = int(page.rng.integers(1, 400))
    text = (f'{number}', f'- {number} -', f'Page {number} of {number + 7}')[page.rng.integers(3)]
    row = area._replace(top=min(area.bottom + page.between(18, 40), page.box.bottom - page.px(24)))
    page.text_in(row, text, page.font(0.85), 'middle' if page.chance(0.6) else 'right')


def _running_head(page: PageCanvas, area: Box, ruled: bool) -> None:
    """A line of small text above the text area and often a separator below it."""
    top = max(page.px(14), area.top - page.px(42))
    row, font = area._replace(top=top), page.font(0.8)
    bottom = page.text_in(row, page.writer.words(int(page.rng.integers(2, 5))), font)
    if page.chance(0.6):
        page.text_in(row, page.writer.words(2), font, 'right')
    if ruled:
        page.separator((area.left, bottom + page.px(5)), area.width, page.between(1, 3))


def _title(page: PageCanvas, area: Box) -> int:
    """Title, authors and date in the middle; returns the y below them."""
    font = page.font(page.rng.uniform(1.6, 2.3), bold=page.chance(0.5), head=page.chance(0.5))
    bottom = area.top
    for _ in range(page.rng.integers(1, 3)):
        bottom = page.text_in(area._replace(top=bottom + page.px(4)),
                              page.writer.line(font, area.width * 0.8), font, 'middle')
    for _ in range(page.rng.integers(1, 4)):
        bottom = page.text_in(area._replace(top=bottom + page.px(8)),
                              page.writer.words(int(page.rng.integers(2, 5))), page.font(),
                              'middle')
    return bottom + page.between(16, 40)


def article(page: PageCanvas) -> None:
    """One column, with or without a title block."""
    area = _margins(page)
    if page.chance(0.6):
        _page_number(page, area)
    if page.chance(0.4):
        _running_head(page, area, ruled=page.chance(0.7))
    if page.chance(0.45):
        area = area._replace(top=_title(page, area))
    blocks.fill_column(page, area, BODY)


def two_columns(page: PageCanvas) -> None:
    """Two columns, sometimes below a title and with a separator between them."""
    area = _margins(page, 50, 90)
    page.style.text_size = min(page.style.text_size, 14.0)
    _page_number(page, area)
    if page.chance(0.5):
        _running_head(page, area, ruled=page.chance(0.7))
    if page.chance(0.4):
        area = area._replace(top=_title(page, area))
        if page.chance(0.4):
            page.separator((area.left, area.top - page.px(8)), area.width, page.px(1.5))
            area = area._replace(top=area.top + page.px(4))
    gap = page.between(22, 40)
    middle = (area.left + area.right) // 2
    if page.chance(0.4):
        page.separator((middle, area.top), area.height, page.between(1, 2.4), vertical=True)
    for column in (area._replace(right=middle - gap // 2), area._replace(left=middle + gap // 2)):
        blocks.fill_column(page, column, BODY)


def report(page: PageCanvas) -> None:
    """Accent-coloured head and foot with separators, a figure or table early on the page."""
    area = _margins(page, 60, 110)
    band = page.between(8, 26)
    page.fill(Box(0, 0, page.box.right, band), page.style.accent)
    area = area._replace(top=max(area.top, band + page.px(60)))
    _running_head(page, area, ruled=True)
    page.separator((area.left, area.bottom + page.px(8)), area.width, page.between(1, 3),
                   colour=page.style.accent)
    _page_number(page, area)
    first = blocks.table if page.chance(0.6) else blocks.figure
    bottom = blocks.heading(page, area) or area.top
    bottom = blocks.paragraph(page, area._replace(top=bottom + page.px(10))) or bottom
    bottom = first(page, area._replace(top=bottom + page.px(16))) or bottom
    blocks.fill_column(page, area._replace(top=bottom + page.px(18)), BODY)


def letter(page: PageCanvas) -> None:
    """Letterhead with a logo, an address, some paragraphs, a signature and a ruled foot."""
    area = _margins(page, 90, 140)
    side = page.between(50, 90)
    logo = Box(area.right - side, max(page.px(20), area.top - side // 2), area.right,
               max(page.px(20), area.top - side // 2) + side)
    draw_figure(page, logo)
    name = page.writer.words(3)
    page.text(area.left, logo.top, name, page.font(1.3, bold=True, head=True), page.style.accent)
    top = logo.bottom + page.px(14)
    page.separator((area.left, top), area.width, page.between(1, 3), colour=page.style.accent)
    top += page.px(40)
    for _ in range(page.rng.integers(3, 5)):
        top = page.text(area.left, top, page.writer.words(3), page.font()) + page.px(4)
    top += page.px(40)
    page.text_in(area._replace(top=top), f'{page.rng.integers(1, 29)}.{page.rng.integers(1, 13)}.'
                 f'{page.rng.integers(1990, 2027)}', page.font(), 'right')
    top += page.px(40)
    for _ in range(page.rng.integers(2, 5)):
        bottom = blocks.paragraph(page, area._replace(top=top, bottom=area.bottom - page.px(120)))
        if bottom is None:
            break
        top = bottom + page.px(16)
    page.text(area.left, top + page.px(20), page.writer.words(2), page.font())
    foot = area.bottom - page.px(30)
    page.separator((area.left, foot), area.width, page.px(1))
    page.text_in(area._replace(top=foot + page.px(10)), page.writer.words(8), page.font(0.75),
                 'middle')


def form(page: PageCanvas) -> None:
    """A title, fields with lines to write on, and tables."""
    area = _margins(page, 60, 110)
    top = page.text_in(area, page.writer.words(3), page.font(1.7, bold=True, head=True), 'middle')
    top += page.px(24)
    for _ in range(page.rng.integers(2, 6)):
        font = page.font()
        word = page.writer.words(2) + ':'
        bottom = page.text(area.left, top, word, font)
        start = area.left + round(font.getlength(word)) + page.px(12)
        length = round((area.right - start) * page.rng.uniform(0.4, 1.0))
        page.separator((start, bottom - page.px(3)), length, page.px(1))
        top = bottom + page.between(14, 26)
    top += page.px(10)
    for block in (blocks.table, blocks.paragraph, blocks.table):
        below = block(page, area._replace(top=top))
        top = top if below is None else below + page.between(14, 26)
    blocks.fill_column(page, area._replace(top=top), {blocks.paragraph: 2, blocks.bullet_list: 1,
                                                      blocks.rule: 1})


def book(page: PageCanvas) -> None:
    """A chapter's page: wide margins, perhaps a chapter head, footnotes below a short line."""
    area = _margins(page, 120, 190)
    _page_number(page, area)
    if page.chance(0.4):
        top = area.top + page.between(20, 120)
        bottom = page.text_in(area._replace(top=top), page.writer.words(3),
                              page.font(2.2, bold=True, head=True), 'right')
        if page.chance(0.6):
            page.separator((area.left, bottom + page.px(10)), area.width, page.px(2))
        area = area._replace(top=bottom + page.px(50))
    else:
        _running_head(page, area, ruled=page.chance(0.8))
    if page.chance(0.5):
        notes = area._replace(top=area.bottom - page.between(40, 90))
        page.separator((area.left, notes.top - page.px(8)), round(area.width * 0.35), page.px(1))
        blocks.paragraph(page, notes, scale=0.8)
        area = area._replace(bottom=notes.top - page.px(24))
    blocks.fill_column(page, area, BODY)


DOCUMENTS = (article, two_columns, two_columns, report, letter, form, book)
