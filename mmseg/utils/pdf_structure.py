"""What the author of a tagged PDF says of the parts of a page (ISO 32000-1, 14.7 and 14.8)."""
from __future__ import annotations

from ctypes import create_string_buffer
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pypdfium2 import PdfPage  # type: ignore[import-untyped]

# Trees may be deep or go round in circles.
_DEEPEST = 60
_MOST = 20_000


class Element(NamedTuple):
    """An element of the structure tree of a page.

    Attributes:
        kind: Its standard type, such as ``'Table'``.
        marks: Marked-content ids of what it holds itself.
        children: Elements within it, in reading order.
    """
    kind: str
    marks: list[int]
    children: list[Element]


def read_elements(page: PdfPage) -> list[Element]:
    """Return the elements at the top of a page's structure tree; none where it has no tree.

    Of a tree, 60 levels and 20,000 elements are read.
    """
    import pypdfium2.raw as pdfium

    left = _MOST

    def read(handle: Any, depth: int) -> Element | None:
        nonlocal left
        left -= 1
        if not handle or depth > _DEEPEST or left < 0:
            return None
        element = Element(_kind_of(handle), [], [])
        for index in range(max(0, pdfium.FPDF_StructElement_CountChildren(handle))):
            # unlike the other functions for ids, this one looks at the page of each
            mark = pdfium.FPDF_StructElement_GetChildMarkedContentID(handle, index)
            if mark >= 0:
                element.marks.append(mark)
                continue
            child = read(pdfium.FPDF_StructElement_GetChildAtIndex(handle, index), depth + 1)
            if child is not None:
                element.children.append(child)
        return element

    tree = pdfium.FPDF_StructTree_GetForPage(page)
    if not tree:
        return []
    try:
        found = [read(pdfium.FPDF_StructTree_GetChildAtIndex(tree, index), 0)
                 for index in range(max(0, pdfium.FPDF_StructTree_CountChildren(tree)))]
    finally:
        pdfium.FPDF_StructTree_Close(tree)
    return [element for element in found if element is not None]


def _kind_of(handle: Any) -> str:
    import pypdfium2.raw as pdfium

    name = create_string_buffer(64)
    written = pdfium.FPDF_StructElement_GetType(handle, name, len(name))
    return name.raw[:max(0, min(written, len(name)) - 2)].decode('utf-16-le', 'replace')
