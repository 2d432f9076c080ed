"""Tables of rich sample pages: booktabs, striped, borderless, boxed, double and dashed rules."""
from __future__ import annotations

from dataclasses import dataclass, field

from mmseg.core.visualization.fonts import Font

from .blocks import caption
from .canvas import TABLE, Box, Colour, PageCanvas, around
from .words import text_width

KINDS = ('booktabs', 'booktabs', 'striped', 'borderless', 'borderless', 'grid', 'grid', 'double',
         'dashed', 'rows', 'head', 'cards')


@dataclass
class Layout:
    """Where the cells of a table lie."""
    box: Box
    edges: list[int]
    tops: list[int]
    kind: str
    inked: list[Box] = field(default_factory=list)

    def cell(self, row: int, column: int) -> Box:
        return Box(self.edges[column], self.tops[row], self.edges[column + 1], self.tops[row + 1])


def _cell_text(page: PageCanvas, font: Font, width: float, kind: str) -> str:
    """Words, a number or a mark that fits the width; '' where nothing does."""
    for _ in range(4):
        if kind == 'number':
            text = page.writer.figures()
        elif kind == 'mark':
            text = ('–', 'x', 'yes', 'no', 'n/a')[page.rng.integers(5)]
        else:
            text = page.writer.words(int(page.rng.integers(1, 4)))
        if text_width(text, font) <= width:
            return text
    return ''


def _write_cell(page: PageCanvas, table: Layout, row: int, column: int, font: Font, kind: str,
                align: str, colour: Colour | None) -> None:
    """One or more lines of text in a cell, aligned and kept inside it."""
    cell = table.cell(row, column)
    inset, pitch = page.px(6), int(font.size * 1.25)
    inner = Box(cell.left + inset, cell.top, cell.right - inset, cell.bottom)
    lines = max(1, (cell.height - page.px(4)) // pitch) if kind == 'words' else 1
    lines = min(lines, int(page.rng.integers(1, 4)))
    top = cell.top + max(0, (cell.height - lines * pitch) // 2)
    for number in range(lines):
        text = _cell_text(page, font, inner.width, kind)
        if text:
            spare = inner.width - text_width(text, font)
            left = inner.left + {'left': 0.0, 'middle': spare / 2, 'right': spare}[align]
            ink, _ = page.write(left, top + number * pitch, text, font, colour)
            page.line(ink, None)
            table.inked.append(ink)


def _rule(page: PageCanvas, table: Layout, box: Box, colour: Colour) -> None:
    page.fill(box, colour)
    table.inked.append(box)


def _dashes(page: PageCanvas, table: Layout, top: int, colour: Colour, step: int) -> None:
    long = page.px(3)
    for left in range(table.box.left, table.box.right - long, step):
        page.fill(Box(left, top, left + long, top + page.px(1)), colour)
    table.inked.append(Box(table.box.left, top, table.box.right, top + page.px(1)))


def _across(page: PageCanvas, table: Layout, ink: Colour) -> None:
    """The horizontal rules of the table's kind."""
    box, tops = table.box, table.tops
    thin, thick, step = page.px(1), page.between(1.6, 2.6), page.between(5, 9)
    heavy = {'booktabs': (0, 1, len(tops) - 1), 'double': (0, 1, len(tops) - 1),
             'head': (1,)}.get(table.kind, ())
    for number, top in enumerate(tops):
        if table.kind in ('grid', 'rows', 'cards'):
            _rule(page, table, Box(box.left, top, box.right, top + thin), ink)
        elif table.kind == 'dashed':
            if number in (0, len(tops) - 1):
                _rule(page, table, Box(box.left, top, box.right, top + thick), ink)
            else:
                _dashes(page, table, top, ink, step)
        elif number in heavy:
            width = thin if table.kind == 'booktabs' and number == 1 else thick
            _rule(page, table, Box(box.left, top, box.right, top + width), ink)
            if table.kind == 'double':
                below = top + thick + page.px(2)
                _rule(page, table, Box(box.left, below, box.right, below + thin), ink)


def _shades(page: PageCanvas, table: Layout) -> bool:
    """Coloured rows and head; returns whether the head is dark."""
    dark_paper = sum(page.style.paper) < 380
    pale: Colour = (64, 68, 80) if dark_paper else tuple(
        round(255 - (255 - c) * 0.12) for c in page.style.accent)  # type: ignore[assignment]
    box, tops = table.box, table.tops
    if table.kind == 'striped':
        first = int(page.rng.integers(2))
        for row in range(first, len(tops) - 1, 2):
            stripe = Box(box.left, tops[row], box.right, tops[row + 1])
            page.fill(stripe, pale)
            table.inked.append(stripe)
    if table.kind in ('striped', 'grid', 'rows', 'head') and page.chance(0.45):
        head = Box(box.left, tops[0], box.right, tops[1])
        page.fill(head, page.style.accent)
        table.inked.append(head)
        return True
    return False


def _fill_cells(page: PageCanvas, table: Layout, font: Font, bold: Font, dark_head: bool) -> None:
    """Text in all cells but a few; columns are of words, numbers or marks."""
    columns = len(table.edges) - 1
    kinds = ['words', *(('number', 'number', 'words', 'mark')[page.rng.integers(4)]
                        for _ in range(columns - 1))]
    aligns = ['left' if kind == 'words' else ('right', 'middle')[page.rng.integers(2)]
              for kind in kinds]
    empty = 0.3 if page.chance(0.2) else 0.04
    for row in range(len(table.tops) - 1):
        for column, (kind, align) in enumerate(zip(kinds, aligns, strict=True)):
            if row and column and page.chance(empty):
                continue
            head = row == 0
            colour = (255, 255, 255) if head and dark_head else None
            _write_cell(page, table, row, column, bold if head else font,
                        'words' if head else kind, align, colour)


def rich_table(page: PageCanvas, box: Box, rows: int | None = None) -> int | None:
    """A table of a random kind with a caption above, below or none; labelled as far as seen."""
    font, bold = page.font(page.rng.uniform(0.75, 1)), page.font(0.85, bold=True)
    row = round(font.size * page.rng.uniform(1.3, 2.1))
    captioned = page.rng.integers(3)
    room = (box.height - (page.px(40) if captioned else 0)) // row
    rows = min(rows or int(page.rng.integers(3, 16)), room)
    if rows < 3 or box.width < page.px(180):
        return None
    top = caption(page, box, 'Table') + page.px(8) if captioned == 1 else box.top
    width = round(box.width * page.rng.uniform(0.55, 1.0)) if page.chance(0.5) else box.width
    left = box.left + ((box.width - width) // 2 if page.chance(0.7) else 0)
    columns = int(page.rng.integers(2, max(3, min(9, width // page.px(70)) + 1)))
    shares = page.rng.uniform(0.7, 1.4, columns)
    shares[0] *= page.rng.uniform(1, 2)
    edges = [left + round(width * float(shares[:i].sum() / shares.sum()))
             for i in range(columns)] + [left + width]
    tall = page.chance(0.25)
    tops = [top]
    for _ in range(rows):
        height = row * int(page.rng.integers(1, 4)) if tall and page.chance(0.4) else row
        if tops[-1] + height > box.bottom:
            break
        tops.append(tops[-1] + height)
    if len(tops) < 4:
        return None
    table = Layout(Box(left, tops[0], left + width, tops[-1]), edges, tops,
                   KINDS[page.rng.integers(len(KINDS))])
    _draw(page, table, font, bold)
    seen = around(table.inked)
    page.region(seen, TABLE)
    if captioned == 2:
        return caption(page, box._replace(top=seen.bottom + page.px(8)), 'Table')
    return seen.bottom


def _draw(page: PageCanvas, table: Layout, font: Font, bold: Font) -> None:
    ink = (page.style.ink, page.style.ink, (140, 140, 140), page.style.accent)[page.rng.integers(4)]
    dark_head = _shades(page, table)
    _fill_cells(page, table, font, bold, dark_head)
    _across(page, table, ink)
    box, thin = table.box, page.px(1)
    if table.kind in ('grid', 'cards'):
        inner = table.edges if page.chance(0.75) else table.edges[1:-1]
        for left in inner:
            _rule(page, table, Box(left, box.top, left + thin, box.bottom), ink)
    elif table.kind in ('double', 'head', 'dashed') and page.chance(0.5):
        _rule(page, table, Box(table.edges[1], box.top, table.edges[1] + thin, box.bottom), ink)
