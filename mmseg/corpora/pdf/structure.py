"""What the author of a tagged PDF says of its page (ISO 32000-1, 14.7 and 14.8)."""
from __future__ import annotations

from ctypes import create_string_buffer
from typing import TYPE_CHECKING, Any, NamedTuple

from .pdfium import raw

if TYPE_CHECKING:
    from pypdfium2 import PdfPage  # type: ignore[import-untyped]

# Trees may be deep or go round in circles.
_DEEPEST = 60
_MAX_ELEMENTS = 20_000


class Structure(NamedTuple):
    """Marked-content ids of a page's tables and figures, each a set, and of all that is tagged."""
    tables: list[set[int]]
    figures: list[set[int]]
    tagged: set[int]


def read_structure(page: PdfPage) -> Structure:
    """The tables and figures that a page's structure tree names; nothing where it has none."""
    pdfium = raw()
    found = Structure([], [], set())
    tree = pdfium.FPDF_StructTree_GetForPage(page)
    if not tree:
        return found
    left = _MAX_ELEMENTS

    def visit(element: Any, depth: int, into: set[int] | None) -> None:
        nonlocal left
        left -= 1
        if not element or depth > _DEEPEST or left < 0:
            return
        kind = _type_of(element)
        if into is None and kind in ('Table', 'Figure'):
            into = set()
            (found.tables if kind == 'Table' else found.figures).append(into)
        for index in range(max(0, pdfium.FPDF_StructElement_CountChildren(element))):
            # unlike the other functions for ids, this one looks at the page of each
            content = pdfium.FPDF_StructElement_GetChildMarkedContentID(element, index)
            if content < 0:
                visit(pdfium.FPDF_StructElement_GetChildAtIndex(element, index), depth + 1, into)
                continue
            found.tagged.add(content)
            if into is not None:
                into.add(content)

    try:
        for index in range(max(0, pdfium.FPDF_StructTree_CountChildren(tree))):
            visit(pdfium.FPDF_StructTree_GetChildAtIndex(tree, index), 0, None)
    finally:
        pdfium.FPDF_StructTree_Close(tree)
    return found


def _type_of(element: Any) -> str:
    """Standard type of an element, as 'Table'."""
    name = create_string_buffer(64)
    written = raw().FPDF_StructElement_GetType(element, name, len(name))
    return name.raw[:max(0, min(written, len(name)) - 2)].decode('utf-16-le', 'replace')
