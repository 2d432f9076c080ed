"""Our own format: everything that is known of the regions, as docs/schemas/layout.schema.json."""
from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from ..region import PageLayout, Region, TextLine
from .text import GENERATOR, clean

VERSION = '1.1'
_WIDTH = 100


def _points(points: Iterable[Sequence[float]]) -> list[list[float]]:
    """Hundredths of a pixel are exact enough and short."""
    return [[round(float(x), 2), round(float(y), 2)] for x, y in points]


def _region(region: Region, order: int) -> dict[str, Any]:
    polygon = region.polygon
    return {
        'order': order,
        'label': int(region.label),
        'name': clean(region.name),
        'confidence': round(float(region.confidence), 4),
        'area': round(float(region.area), 2),
        'box': [round(float(edge), 2) for edge in region.box],
        'rotated_box': _points(region.rotated_box),
        'polygon': _points(polygon.exterior.coords[:-1]),
        'holes': [_points(hole.coords[:-1]) for hole in polygon.interiors],
        'centreline': None if region.centreline is None else _points(region.centreline),
        'thickness': None if region.thickness is None else round(float(region.thickness), 2),
        'lines': [_line(line) for line in region.lines],
    }


def _line(line: TextLine) -> dict[str, Any]:
    return {
        'confidence': round(float(line.confidence), 4),
        'direction': line.direction,
        'box': [round(float(edge), 2) for edge in line.box],
        'polygon': _points(line.polygon.exterior.coords[:-1]),
        'baseline': _points(line.baseline),
        'x_height': None if line.x_height is None else round(float(line.x_height), 2),
    }


def page_as_dict(page: PageLayout) -> dict[str, Any]:
    """The page as plain Python values."""
    return {
        'source': None if page.source is None else clean(page.source),
        'page_number': page.number + 1,
        'height': int(page.size[0]),
        'width': int(page.size[1]),
        'page_type': None if page.page_type is None else clean(page.page_type),
        'page_scores': {clean(name): round(float(score), 4)
                        for name, score in page.page_scores.items()},
        'classes': [{'label': label, 'name': clean(name),
                     'colour': list(page.palette[label]) if page.palette else None}
                    for label, name in enumerate(page.classes)],
        'regions': [_region(region, order) for order, region in enumerate(page.regions)],
    }


def _lines(value: Any, indent: str = '') -> str:
    """JSON with short values on a line and long ones on several, coordinates kept together."""
    return _one_and_more(value, indent)[1]


def _one_and_more(value: Any, indent: str) -> tuple[str, str]:
    """JSON on one line, and on several where it is long."""
    inside = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(value, (dict, list)) or not any(
            isinstance(part, dict) or (isinstance(value, dict) and part) for part in inside):
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        return text, text
    keys = [f'{json.dumps(key, ensure_ascii=False)}: ' if isinstance(value, dict) else ''
            for key in value]
    deeper = indent + ' '
    parts = [_one_and_more(part, deeper) for part in inside]
    first, last = '{}' if isinstance(value, dict) else '[]'
    text = first + ', '.join(key + one for key, (one, _) in zip(keys, parts)) + last
    if len(text) + len(indent) <= _WIDTH:
        return text, text
    several = f',\n{deeper}'.join(key + more for key, (_, more) in zip(keys, parts))
    return text, f'{first}\n{deeper}{several}\n{indent}{last}'


def json_text(pages: Sequence[PageLayout]) -> bytes:
    """The pages as one JSON document in UTF-8."""
    document = {'version': VERSION, 'generator': GENERATOR,
                'pages': [page_as_dict(page) for page in pages]}
    return (_lines(document) + '\n').encode()
