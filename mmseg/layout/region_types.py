"""The region type of each class, and its elements in PAGE-XML, ALTO and hOCR."""
from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mmseg.utils.errors import UnknownNameError, nearest


class Elements(NamedTuple):
    """Names of a region type: PAGE-XML element, ALTO element, hOCR class."""
    page: str
    alto: str
    hocr: str


REGION_TYPES: dict[str, Elements] = {
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


def region_type_of(name: str, region_types: Mapping[str, str] | None = None) -> str:
    """The key of :data:`REGION_TYPES` for the class ``name``; ``'other'`` for an unknown one.

    Args:
        name: Of a class, as the network calls it.
        region_types: The user's class name → region type, before the names that are known here.
    """
    return (region_types or {}).get(name) or NAMES.get(name.lower(), 'other')


def check_region_types(region_types: Mapping[str, str], classes: tuple[str, ...]) -> None:
    """Check that a table of region types fits the classes of a network.

    Raises:
        UnknownNameError: A class that the network does not know, or an unknown region type.
    """
    for name, region_type in region_types.items():
        if name not in classes:
            raise UnknownNameError(f"the network has no class '{name}'{nearest(name, classes)}; "
                                   f'it has {", ".join(classes)}')
        if region_type not in REGION_TYPES:
            raise UnknownNameError(f"'{region_type}' is not a region type"
                                   f'{nearest(region_type, REGION_TYPES)}; use one of '
                                   f'{", ".join(REGION_TYPES)}')
