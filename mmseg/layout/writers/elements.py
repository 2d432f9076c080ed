"""Which element of PAGE-XML, ALTO and hOCR a class of ours becomes."""
from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mmseg.utils.errors import UnknownNameError, nearest


class Elements(NamedTuple):
    """How a kind of region is called: PAGE-XML element, ALTO element, hOCR class."""
    page: str
    alto: str
    hocr: str


KINDS: dict[str, Elements] = {
    'text': Elements('TextRegion', 'TextBlock', 'ocr_carea'),
    'figure': Elements('ImageRegion', 'Illustration', 'ocr_photo'),
    'graphic': Elements('GraphicRegion', 'Illustration', 'ocr_linedrawing'),
    'table': Elements('TableRegion', 'ComposedBlock', 'ocr_table'),
    'formula': Elements('MathsRegion', 'ComposedBlock', 'ocr_float'),
    'separator': Elements('SeparatorRegion', 'GraphicalElement', 'ocr_separator'),
    'noise': Elements('NoiseRegion', 'ComposedBlock', 'ocr_noise'),
    # PAGE-XML's element for all other regions; it holds the name of the class
    'other': Elements('CustomRegion', 'ComposedBlock', 'ocr_float'),
}

# Names as they are in data sets of page layout, lower case.
NAMES: dict[str, str] = {
    **dict.fromkeys(('text', 'title', 'paragraph', 'list', 'list-item', 'heading', 'header',
                     'footer', 'section-header', 'page-header', 'page-footer', 'caption',
                     'footnote', 'reference', 'marginalia', 'textline'), 'text'),
    **dict.fromkeys(('figure', 'picture', 'image', 'photo', 'illustration'), 'figure'),
    **dict.fromkeys(('graphic', 'drawing', 'logo', 'ornament'), 'graphic'),
    'table': 'table',
    **dict.fromkeys(('formula', 'equation', 'maths', 'math'), 'formula'),
    **dict.fromkeys(('validline', 'separator', 'line', 'rule'), 'separator'),
    'noise': 'noise',
}


def kind_of(name: str, kinds: Mapping[str, str] | None = None) -> str:
    """The kind, a key of :data:`KINDS`, of the class ``name``; ``'other'`` for an unknown one.

    Args:
        name: Of a class, as the network calls it.
        kinds: The user's class name → kind, before the names that are known here.
    """
    return (kinds or {}).get(name) or NAMES.get(name.lower(), 'other')


def check_kinds(kinds: Mapping[str, str], classes: tuple[str, ...]) -> None:
    """Refuse a table of kinds that does not fit.

    Raises:
        UnknownNameError: A class that the network does not know, or a kind that is none.
    """
    for name, kind in kinds.items():
        if name not in classes:
            raise UnknownNameError(f"the network has no class '{name}'{nearest(name, classes)}; "
                                   f'it has {", ".join(classes)}')
        if kind not in KINDS:
            raise UnknownNameError(f"'{kind}' is not a kind of region{nearest(kind, KINDS)}; use "
                                   f"one "
                                   f'of {", ".join(KINDS)}')
