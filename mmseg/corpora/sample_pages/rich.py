"""Designs of rich sample pages: what simple ones and many real corpora have too little of."""
from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from mmseg.core.visualization import fonts

from . import blocks, rich_blocks
from .canvas import Box, Colour, PageCanvas, Style
from .documents import _margins, _page_number, _running_head, _title
from .rich_figures import octaves, rich_figure, stamp
from .rich_tables import rich_table
from .slides import _area, _foot, _headline
from .typefaces import GLYPHS, installed

Design = Callable[[PageCanvas], None]

ACCENTS: tuple[Colour, ...] = (
    (30, 60, 120), (140, 20, 40), (20, 110, 70), (200, 90, 10), (80, 30, 110), (40, 40, 40),
    (0, 120, 150), (180, 30, 90), (90, 70, 40), (60, 90, 30), (200, 30, 30), (20, 80, 190))
LIGHT: tuple[Colour, ...] = ((255, 255, 255),) * 5 + (
    (250, 248, 240), (242, 245, 250), (253, 246, 227), (240, 240, 240))
DARK: tuple[Colour, ...] = ((24, 28, 40), (10, 45, 70), (35, 35, 35), (60, 15, 30), (0, 0, 0),
                            (20, 60, 45), (45, 30, 80))


def draw_style(rng: np.random.Generator, slide: bool, language: str) -> Style:
    """Colours, typefaces and text size of one page."""
    kinds = ('sans', 'sans', 'serif') if slide else ('serif', 'serif', 'serif', 'sans', 'old')
    faces = [installed(kind, GLYPHS[language]) for kind in (kinds[rng.integers(len(kinds))],
                                                            ('sans', 'serif')[rng.integers(2)])]
    body, head = (family[rng.integers(len(family))] for family in faces)
    style = Style(body=body, head=head if rng.random() < 0.6 else body,
                  accent=ACCENTS[rng.integers(len(ACCENTS))],
                  paper=LIGHT[rng.integers(len(LIGHT))], glyphs=GLYPHS[language])
    style.text_size = float(rng.uniform(20, 36) if slide else rng.uniform(11.5, 18))
    style.justified = bool(not slide and rng.random() < 0.6)
    ink = rng.integers(0, 60, 3)
    style.ink = (int(ink[0]), int(ink[1]), int(ink[2]))
    style.leading = float(rng.uniform(1.25, 1.7))
    if slide and rng.random() < 0.45:
        style.paper = DARK[rng.integers(len(DARK))]
        style.ink = ((240, 240, 240), (255, 255, 255), (220, 230, 240))[rng.integers(3)]
        style.accent = ((230, 180, 90), (120, 200, 230), (240, 120, 100),
                        (160, 220, 130))[rng.integers(4)]
    return style


def figure(page: PageCanvas, box: Box) -> int | None:
    """A rich figure with a caption below, above or none."""
    width = round(box.width * page.rng.uniform(0.4, 1.0))
    height = min(round(width * page.rng.uniform(0.35, 0.9)), box.height - page.px(34), page.px(460))
    if height < page.px(80) or width < page.px(100):
        return None
    left = box.left + round((box.width - width) * page.rng.choice([0, 0.5, 0.5, 1]))
    top, captioned = box.top, page.rng.integers(4)
    if captioned == 0:
        top = blocks.caption(page, box, 'Figure') + page.px(8)
        height = min(height, box.bottom - top)
    rich_figure(page, Box(left, top, left + width, top + height))
    if captioned > 1:
        return blocks.caption(page, box._replace(top=top + height + page.px(8)), 'Figure')
    return top + height


BODY: dict[blocks.Block, float] = {
    blocks.paragraph: 5.0, blocks.heading: 1.5, blocks.bullet_list: 1.0, rich_table: 1.6,
    figure: 1.5, rich_blocks.mathematics: 0.9, rich_blocks.rules: 0.7,
    rich_blocks.text_box: 0.9, rich_blocks.listing: 0.6}
TEXTS: dict[blocks.Block, float] = {
    blocks.paragraph: 6.0, blocks.heading: 1.2, blocks.bullet_list: 0.8, rich_blocks.rules: 0.3}
SLIDE: dict[blocks.Block, float] = {
    blocks.bullet_list: 3.5, blocks.paragraph: 1.2, figure: 2.2, rich_table: 1.8,
    rich_blocks.text_box: 1.2, rich_blocks.listing: 0.7, rich_blocks.mathematics: 0.8,
    rich_blocks.rules: 0.3}


def _columns(page: PageCanvas, area: Box, count: int, chances: dict[blocks.Block, float],
             ruled: bool) -> None:
    """Columns side by side, with separators between them or none."""
    gap = page.between(14, 34)
    width = (area.width - gap * (count - 1)) // count
    for number in range(count):
        left = area.left + number * (width + gap)
        if ruled and number:
            page.separator((left - gap // 2, area.top), area.height, page.between(1, 2),
                           vertical=True, dashed=page.chance(0.1))
        blocks.fill_column(page, area._replace(left=left, right=left + width), chances)


def article(page: PageCanvas) -> None:
    """One to three columns of everything."""
    area = _margins(page, 50, 130)
    if page.chance(0.6):
        _page_number(page, area)
    if page.chance(0.5):
        _running_head(page, area, ruled=page.chance(0.6))
    if page.chance(0.25):
        area = area._replace(top=_title(page, area))
    count = int(page.rng.choice([1, 1, 1, 2, 2, 3]))
    _columns(page, area, count, BODY, page.chance(0.3))


def newspaper(page: PageCanvas) -> None:
    """A masthead between rules, then three to six narrow columns, headlines and a picture."""
    page.style.text_size = float(page.rng.uniform(9.5, 12))
    page.style.justified, page.style.leading = True, 1.25
    area = _margins(page, 24, 50)
    if page.chance(0.7):
        faces = installed('old', page.style.glyphs)
        font = fonts.open_font(faces[page.rng.integers(len(faces))].bold, page.between(50, 90))
        bottom = page.text_in(area, page.writer.words(2)[:18], font, 'middle')
        page.separator((area.left, bottom + page.px(6)), area.width, page.between(1, 4))
        row = area._replace(top=bottom + page.px(14))
        for align in ('left', 'middle', 'right'):
            bottom = page.text_in(row, page.writer.words(2), page.font(0.9), align)
        page.separator((area.left, bottom + page.px(6)), area.width, page.between(1, 3))
        area = area._replace(top=bottom + page.px(20))
    if page.chance(0.7):
        font = page.font(page.rng.uniform(2, 4), bold=True, head=True)
        bottom = page.text_in(area, page.writer.line(font, area.width * 0.9), font)
        area = area._replace(top=bottom + page.px(12))
    if page.chance(0.5):
        wide = Box(area.left, area.top, area.left + round(area.width * page.rng.uniform(0.4, 1)),
                   area.top + page.between(160, 330))
        rich_figure(page, wide)
        bottom = blocks.caption(page, wide._replace(top=wide.bottom + page.px(6)), 'Photo')
        area = area._replace(top=bottom + page.px(12))
    chances: dict[blocks.Block, float] = {
        blocks.paragraph: 7.0, blocks.heading: 1.0, rich_blocks.rules: 0.9, figure: 0.3,
        rich_table: 0.2, rich_blocks.text_box: 0.3}
    _columns(page, area, int(page.rng.integers(3, 7)), chances, page.chance(0.75))


def form(page: PageCanvas) -> None:
    """Fields, ticks, tables with empty cells, sections, a signature and a stamp."""
    area = _margins(page, 45, 100)
    top = page.text_in(area, page.writer.words(3), page.font(1.6, bold=True, head=True),
                       ('left', 'middle')[page.rng.integers(2)]) + page.px(16)
    if page.chance(0.5):
        page.separator((area.left, top), area.width, page.between(1, 3))
        top += page.px(14)
    chances: dict[blocks.Block, float] = {
        rich_blocks.fields: 3, rich_blocks.check_boxes: 1.5, rich_table: 1.5, blocks.paragraph: 1,
        blocks.heading: 1, rich_blocks.text_box: 0.5, rich_blocks.rules: 0.5}
    foot = area.bottom - page.px(150)
    blocks.fill_column(page, area._replace(top=top, bottom=foot), chances)
    rich_blocks.signed(page, area._replace(top=foot + page.px(10)))


def letter(page: PageCanvas) -> None:
    """A letter with handwriting, a signature and sometimes a stamp in a corner."""
    area = _margins(page, 80, 140)
    if page.chance(0.5):
        side = page.between(60, 130)
        rich_figure(page, Box(area.right - side, area.top, area.right, area.top + side))
    top = area.top
    for _ in range(page.rng.integers(3, 6)):
        top = page.text(area.left, top, page.writer.words(3), page.font()) + page.px(4)
    top += page.px(40)
    foot = area.bottom - page.px(150)
    body: dict[blocks.Block, float] = {blocks.paragraph: 4, rich_blocks.note: 0.7}
    if page.chance(0.25):
        body = {rich_blocks.note: 1}
    blocks.fill_column(page, area._replace(top=top, bottom=foot), body, ends=0.15)
    rich_blocks.signed(page, area._replace(top=foot + page.px(10)))
    if page.chance(0.25):
        side = page.between(80, 150)
        stamp(page, Box(area.right - side, page.px(20), area.right, page.px(20) + side))


def contents(page: PageCanvas) -> None:
    """A table of contents, a list or an index in columns."""
    area = _margins(page, 70, 130)
    _page_number(page, area)
    bottom = page.text_in(area, page.writer.words(1), page.font(1.8, bold=True, head=True))
    area = area._replace(top=bottom + page.px(30))
    if page.chance(0.6):
        blocks.fill_column(page, area, {rich_blocks.contents: 3, blocks.heading: 1})
        return
    page.style.justified = False
    entries: dict[blocks.Block, float] = {blocks.bullet_list: 1, blocks.paragraph: 2}
    _columns(page, area, int(page.rng.integers(2, 5)), entries, page.chance(0.4))


def sparse(page: PageCanvas) -> None:
    """A nearly blank page: nothing, a number, a title or some lines."""
    area = _margins(page)
    kind = page.rng.integers(5)
    if kind > 0:
        _page_number(page, area)
    if kind == 2:
        _running_head(page, area, ruled=page.chance(0.5))
    elif kind == 3:
        _title(page, area._replace(top=round(page.box.height * page.rng.uniform(0.1, 0.6))))
    elif kind == 4:
        blocks.fill_column(page, area, TEXTS, ends=0.6)


def tabular(page: PageCanvas) -> None:
    """Large tables: statements, price lists, time tables."""
    area = _margins(page, 40, 90)
    if page.chance(0.6):
        _running_head(page, area, ruled=page.chance(0.5))
    if page.chance(0.5):
        page.style.text_size *= 0.85
    bottom = blocks.heading(page, area) or area.top
    for _ in range(page.rng.integers(1, 4)):
        below = rich_table(page, area._replace(top=bottom + page.px(14)),
                           int(page.rng.integers(6, 45)))
        if below is None:
            break
        bottom = blocks.paragraph(page, area._replace(top=below + page.px(14)), 2) or below
    _page_number(page, area)


def _backdrop(page: PageCanvas) -> None:
    """A slide's ground: plain, a gradient, or a faint texture."""
    kind = page.rng.integers(5)
    if kind < 3:
        return
    height, width = page.box.height, page.box.width
    share = octaves(page.rng, (height, width), 0.3) if kind == 4 else np.broadcast_to(
        np.linspace(0, 1, height, dtype=np.float32)[:, None], (height, width))
    away = np.array(page.style.ink, np.float32) - page.style.paper
    ground = page.style.paper + share[..., None] * away * page.rng.uniform(0.03, 0.12)
    page.picture.paste(Image.fromarray(ground.round().astype(np.uint8)))


def slide(page: PageCanvas) -> None:
    """A headline, plain or barred, and one or two columns of content."""
    _backdrop(page)
    area = _area(page)
    if page.chance(0.3):
        bar = Box(0, 0, page.box.right, page.between(60, 110))
        page.fill(bar, page.style.accent)
        _headline(page, area._replace(top=bar.height // 4), page.style.paper)
        bottom = bar.bottom
    else:
        bottom = _headline(page, area, page.style.accent if page.chance(0.5) else None)
        if page.chance(0.4):
            page.separator((area.left, bottom + page.px(8)), area.width, page.between(1, 4),
                           colour=page.style.accent)
            bottom += page.px(10)
    foot = _foot(page, area, page.chance(0.3)) if page.chance(0.7) else area.bottom
    area = area._replace(top=bottom + page.px(22), bottom=foot)
    if page.chance(0.5):
        blocks.fill_column(page, area, SLIDE, ends=0.25)
    else:
        _columns(page, area, 2, SLIDE, page.chance(0.15))


def gallery(page: PageCanvas) -> None:
    """Several pictures in a grid, with captions or none."""
    _backdrop(page)
    area = _area(page)
    bottom = _headline(page, area)
    columns, rows = int(page.rng.integers(1, 4)), int(page.rng.integers(1, 3))
    gap, under = page.px(16), page.px(34) if page.chance(0.6) else page.px(8)
    top = bottom + page.px(18)
    width = (area.width - gap * (columns - 1)) // columns
    height = (area.bottom - top) // rows - under
    if height < page.px(90):
        return
    for row in range(rows):
        for column in range(columns):
            left, upper = area.left + column * (width + gap), top + row * (height + under)
            cell = Box(left, upper, left + width, upper + height)
            rich_figure(page, cell)
            if under > page.px(20):
                font = page.font(0.6)
                page.text_in(cell._replace(top=cell.bottom + page.px(4)),
                             page.writer.line(font, width * 0.8), font, 'middle')


DOCUMENTS: tuple[Design, ...] = (
    article, article, article, article, newspaper, newspaper, form, form, letter, contents,
    tabular, tabular, sparse)
SLIDES: tuple[Design, ...] = (slide, slide, slide, slide, gallery, sparse)
