"""Tables and figures that the author of a tagged PDF names (ISO 32000-1, 14.8)."""
from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from mmseg.utils.pdf_structure import Element, read_elements

if TYPE_CHECKING:
    from pypdfium2 import PdfPage  # type: ignore[import-untyped]


class Structure(NamedTuple):
    """Marked-content ids of a page's tables and figures, each a set, and of all that is tagged."""
    tables: list[set[int]]
    figures: list[set[int]]
    tagged: set[int]


def read_structure(page: PdfPage) -> Structure:
    """The tables and figures that a page's structure tree names; nothing where it has none."""
    found = Structure([], [], set())

    def visit(elements: Iterable[Element], outer: set[int] | None) -> None:
        for kind, marks, children in elements:
            into = outer
            if into is None and kind in ('Table', 'Figure'):
                into = set()
                (found.tables if kind == 'Table' else found.figures).append(into)
            found.tagged.update(marks)
            if into is not None:
                into.update(marks)
            visit(children, into)

    visit(read_elements(page), None)
    return found
