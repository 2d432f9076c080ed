"""Files of text lines: ours (JSON), and those of public data sets."""
from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...utils.errors import InputError
from .polygons import LinePolygon, usable_polygon

DIRECTIONS = ('ltr', 'rtl', 'vertical')
# More lines than any page has; what follows would only take memory.
_MAX_LINES = 100_000


class LineFile(NamedTuple):
    """Lines of a page, and a sentence for each that was left out or corrected."""
    lines: list[LinePolygon]
    problems: list[str]


def collect_lines(entries: Sequence[tuple[Any, dict[str, Any]]]) -> LineFile:
    """Return the lines of ``(points, other fields)`` whose polygons are usable."""
    lines, problems = [], []
    for number, (points, more) in enumerate(entries[:_MAX_LINES], 1):
        polygon, problem = usable_polygon(points)
        if problem:
            problems.append(f'line {number}: {problem}')
        if polygon is not None:
            lines.append(LinePolygon(polygon, **more))
    return LineFile(lines, problems)


def on_page(found: LineFile, size: Sequence[int]) -> LineFile:
    """Return the lines of which a part is on a page of ``size`` (height, width)."""
    lines, problems = [], list(found.problems)
    for line in found.lines:
        (left, top), (right, bottom) = line.points.min(axis=0), line.points.max(axis=0)
        if right > 0 and bottom > 0 and left < size[1] and top < size[0]:
            lines.append(line)
        else:
            problems.append(f'the line at ({left:.0f}, {top:.0f}) is outside of the page of '
                            f'{size[1]} x {size[0]} pixels')
    return LineFile(lines, problems)


def read_line_json(content: bytes, source: str) -> LineFile:
    """Return the lines of a page in our format.

    Args:
        content: ``{"lines": [{"polygon": [[x, y], …], "direction": …, "ignored": …}]}``; an empty
            file has none.
        source: Its name, for errors.

    Raises:
        InputError: It is not such JSON.
    """
    if not content.strip():
        return LineFile([], [])
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f'{source} is not valid JSON: {error}') from error
    entries = found.get('lines') if isinstance(found, dict) else None
    if not isinstance(entries, list) or not all(isinstance(item, dict) for item in entries):
        raise InputError(f'{source} must be an object whose "lines" is a list of objects, each '
                         'with a "polygon"')
    return collect_lines([(item.get('polygon'), _fields(item)) for item in entries])


def _fields(item: Mapping[str, Any]) -> dict[str, Any]:
    direction, text = item.get('direction'), item.get('text')
    return dict(direction=direction if direction in DIRECTIONS else 'ltr',
                ignored=item.get('ignored', item.get('ignore')) is True,
                text=text if isinstance(text, str) else None)
