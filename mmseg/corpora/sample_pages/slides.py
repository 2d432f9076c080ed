"""Designs of slides: plain, with a title bar, with a sidebar, two columns, title, section."""
from __future__ import annotations

from . import blocks
from .canvas import Box, Colour, PageCanvas
from .figures import draw_figure

CONTENT: dict[blocks.Block, float] = {
    blocks.bullet_list: 4.0, blocks.paragraph: 1.5, blocks.figure: 2.0, blocks.table: 2.0,
    blocks.formula: 0.6, blocks.rule: 0.5}
WHITE = (255, 255, 255)


def _foot(page: PageCanvas, area: Box, barred: bool) -> int:
    """Author, title and slide number at the bottom; returns the y above them."""
    font = page.font(0.5, head=True)
    top = page.box.bottom - page.between(30, 44)
    colour = None
    if barred:
        page.fill(Box(0, top, page.box.right, page.box.bottom), page.style.accent)
        colour = WHITE
    elif page.chance(0.4):
        page.separator((area.left, top), area.width, page.between(1, 3), colour=page.style.accent)
    row = area._replace(top=top + page.px(8))
    page.text_in(row, page.writer.words(2), font, 'left', colour)
    if page.chance(0.5):
        page.text_in(row, page.writer.words(3), font, 'middle', colour)
    page.text_in(row, f'{page.rng.integers(1, 30)} / 30', font, 'right', colour)
    return top - page.px(14)


def _area(page: PageCanvas) -> Box:
    side = page.between(36, 80)
    return Box(side, page.between(36, 60), page.box.right - side, page.box.bottom - page.px(30))


def _headline(page: PageCanvas, area: Box, colour: Colour | None = None) -> int:
    """The slide's title; returns its bottom."""
    font = page.font(page.rng.uniform(1.25, 1.6), bold=page.chance(0.5), head=True)
    text = page.writer.line(font, area.width * page.rng.uniform(0.3, 0.8))
    return page.text_in(area, text, font, 'left' if page.chance(0.7) else 'middle', colour)


def _content(page: PageCanvas, area: Box) -> None:
    """One column of blocks, or two with a figure or a table in one of them."""
    if page.chance(0.55):
        blocks.fill_column(page, area, CONTENT, ends=0.25)
        return
    middle = area.left + round(area.width * page.rng.uniform(0.4, 0.6))
    gap = page.between(16, 36)
    sides = [area._replace(right=middle - gap), area._replace(left=middle + gap)]
    if page.chance(0.3):
        page.separator((middle, area.top), area.height, page.between(1, 3), vertical=True,
                       colour=page.style.accent)
    picture = int(page.rng.integers(2))
    blocks.fill_column(page, sides[1 - picture], {blocks.bullet_list: 3, blocks.paragraph: 1},
                       ends=0.5)
    if page.chance(0.7):
        height = min(sides[picture].height, round(sides[picture].width * page.rng.uniform(0.6, 1)))
        draw_figure(page, sides[picture]._replace(bottom=sides[picture].top + height))
    else:
        blocks.table(page, sides[picture])


def plain(page: PageCanvas) -> None:
    """A headline, often a separator below it, and content."""
    area = _area(page)
    bottom = _headline(page, area, page.style.accent)
    if page.chance(0.6):
        page.separator((area.left, bottom + page.px(8)), area.width, page.between(1.5, 4),
                       colour=page.style.accent)
        bottom += page.px(10)
    area = area._replace(top=bottom + page.px(24), bottom=_foot(page, area, False))
    _content(page, area)


def title_bar(page: PageCanvas) -> None:
    """The headline in a coloured bar across the top."""
    area = _area(page)
    bar = Box(0, 0, page.box.right, page.between(70, 110))
    page.fill(bar, page.style.accent)
    _headline(page, area._replace(top=bar.height // 3), WHITE)
    area = area._replace(top=bar.bottom + page.px(28), bottom=_foot(page, area, page.chance(0.6)))
    _content(page, area)


def sidebar(page: PageCanvas) -> None:
    """A coloured bar with the talk's outline at one side."""
    width = page.between(150, 220)
    right = page.chance(0.5)
    bar = Box(page.box.right - width if right else 0, 0, page.box.right if right else width,
              page.box.bottom)
    page.fill(bar, page.style.accent)
    top = page.between(30, 80)
    for _ in range(page.rng.integers(4, 9)):
        page.text(bar.left + page.px(12), top, page.writer.words(1), page.font(0.6, head=True),
                  WHITE)
        top += page.between(26, 40)
    area = _area(page)
    area = area._replace(right=min(area.right, bar.left - page.px(24))) if right else \
        area._replace(left=max(area.left, bar.right + page.px(24)))
    bottom = _headline(page, area, page.style.accent)
    _content(page, area._replace(top=bottom + page.px(24)))


def picture_slide(page: PageCanvas) -> None:
    """A large picture with a headline and a line below."""
    area = _area(page)
    bottom = _headline(page, area)
    picture = Box(area.left, bottom + page.px(18), area.right, page.box.bottom - page.px(80))
    if page.chance(0.4):
        picture = picture._replace(left=0, right=page.box.right)
    draw_figure(page, picture)
    page.text_in(area._replace(top=picture.bottom + page.px(14)), page.writer.words(6),
                 page.font(0.7), 'middle')


def title_slide(page: PageCanvas) -> None:
    """Title, authors and date in the middle of the slide."""
    area = _area(page)
    top = round(page.box.bottom * page.rng.uniform(0.2, 0.4))
    bottom = page.text_in(area._replace(top=top), page.writer.words(3),
                          page.font(1.9, bold=True, head=True), 'middle', page.style.accent)
    if page.chance(0.7):
        inset = round(area.width * page.rng.uniform(0.1, 0.35))
        page.separator((area.left + inset, bottom + page.px(16)), area.width - 2 * inset,
                       page.between(1.5, 5), colour=page.style.accent)
    bottom += page.px(44)
    for _ in range(page.rng.integers(1, 4)):
        bottom = page.text_in(area._replace(top=bottom), page.writer.words(3), page.font(0.9),
                              'middle') + page.px(12)
    if page.chance(0.5):
        side = page.between(60, 110)
        draw_figure(page, Box(area.right - side, area.top, area.right, area.top + side))


SLIDES = (plain, plain, title_bar, title_bar, sidebar, picture_slide, title_slide)
