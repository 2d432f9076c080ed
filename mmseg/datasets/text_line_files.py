"""Annotation files of text lines: ICDAR 2015, Total-Text, CTW1500, MSRA-TD500, PAGE-XML, ALTO.

A reader takes a file's content and name and gives a :class:`~mmseg.core.text_lines.files.LineFile`.
Lines without a valid polygon are left out and named; illegible text (``###``) is ignored.
"""
from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from lxml import etree

from mmseg.core.text_lines.files import LineFile, collect_lines, read_line_json
from mmseg.utils.errors import InputError
from mmseg.utils.polygons import split_points

Entry = tuple[Any, dict[str, Any]]
Reader = Callable[[bytes, str], LineFile]

_IGNORED = ('###', '#')


def _lines_of(content: bytes, source: str) -> Iterator[str]:
    """The lines of a text file that hold something."""
    try:
        text = content.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        raise InputError(f'{source} is not text in UTF-8: {error}') from error
    return (line.strip() for line in text.splitlines() if line.strip())


def _entry(points: Any, text: str | None) -> Entry:
    return points, dict(text=text, ignored=text in _IGNORED)


def read_icdar(content: bytes, source: str) -> LineFile:
    """Return the lines of ``gt_*.txt``: ``x1,y1,…,x4,y4,transcription``, which may have commas."""
    entries = []
    for line in _lines_of(content, source):
        fields = line.split(',', 8)
        entries.append(_entry(fields[:8] if len(fields) >= 8 else None,
                              fields[8] if len(fields) > 8 else None))
    return collect_lines(entries)


def read_ctw1500(content: bytes, source: str) -> LineFile:
    """Return the lines of CTW1500: the XML of its training pages or the text of its test pages.

    Text has 28 coordinates, then ``,####transcription``; in its first version four of the box
    around the line, and 28 that count from there.
    """
    if content.lstrip().startswith(b'<'):
        root = parsed(content, source)
        return collect_lines([
            _entry((box.findtext('segs') or '').split(','), box.findtext('label'))
            for box in root.iter('box')])
    entries = []
    for line in _lines_of(content, source):
        numbers, mark, text = line.partition(',####')
        fields = numbers.split(',')
        points: Any = fields
        if not mark and len(fields) == 32:
            try:
                values = [float(field) for field in fields]
                points = [value + values[place % 2] for place, value in enumerate(values[4:])]
            except ValueError:
                points = None
        entries.append(_entry(points, text if mark else None))
    return collect_lines(entries)


_TOTAL_TEXT = re.compile(
    r"x:\s*\[\[(?P<x>[^\]]*)\]\],\s*y:\s*\[\[(?P<y>[^\]]*)\]\],\s*ornt:\s*(?P<ornt>\[[^\]]*\]),"
    r"\s*transcriptions:\s*(?P<text>\[.*\])", re.DOTALL)


def read_total_text(content: bytes, source: str) -> LineFile:
    """Return the lines of ``poly_gt_*.txt``: ``x: [[…]], y: [[…]], ornt: …, transcriptions: …``.

    Long lines of numbers are broken there.
    """
    joined = ' '.join(_lines_of(content, source))
    entries = []
    for record in re.split(r'(?=\bx:\s*\[\[)', joined):
        if not record.strip():
            continue
        found = _TOTAL_TEXT.match(record.strip())
        if found is None:
            entries.append(_entry(None, None))
            continue
        xs, ys = found['x'].replace(',', ' ').split(), found['y'].replace(',', ' ').split()
        text = _literal(found['text'])
        ignored = '#' in found['ornt'] or text in _IGNORED
        points = list(zip(xs, ys)) if len(xs) == len(ys) else None
        entries.append((points, dict(text=text, ignored=ignored)))
    return collect_lines(entries)


def _literal(text: str) -> str | None:
    """The string in ``[u'…']``."""
    try:
        found = ast.literal_eval(text)
        return str(found[0]) if found else None
    except (ValueError, SyntaxError, MemoryError, RecursionError, IndexError, KeyError, TypeError):
        return None


def read_td500(content: bytes, source: str) -> LineFile:
    """Return the lines of ``*.gt``: ``index difficult x y w h theta``, rectangles turned by radians
    about their centres; difficult ones are ignored."""
    entries: list[Entry] = []
    for line in _lines_of(content, source):
        try:
            _, difficult, x, y, width, height, angle = map(float, line.split())
            cos, sin = math.cos(angle), math.sin(angle)
        except ValueError:  # of an infinite angle too
            entries.append(_entry(None, None))
            continue
        middle = x + width / 2, y + height / 2
        corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
        halves = [(a * width / 2, b * height / 2) for a, b in corners]
        entries.append(([(middle[0] + a * cos - b * sin, middle[1] + a * sin + b * cos)
                         for a, b in halves], dict(ignored=difficult == 1)))
    return collect_lines(entries)


def parsed(content: bytes, source: str) -> Any:
    """Return the root of an XML file; entities are not expanded and nothing is fetched.

    Raises:
        InputError: It is not valid XML.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True,
                             remove_pis=True)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise InputError(f'{source} is not valid XML: {error}') from error


def _children(element: Any, *names: str) -> list[Any]:
    return [child for child in element if etree.QName(child).localname in names]


_READING = {'right-to-left': 'rtl', 'top-to-bottom': 'vertical', 'bottom-to-top': 'vertical'}


def coords_of(element: Any) -> Any:
    """Return the corners of a region or line of PAGE-XML: an attribute since 2013, or elements."""
    coords = _children(element, 'Coords')
    if not coords:
        return None
    if coords[0].get('points') is not None:
        return split_points(coords[0].get('points'))
    return [(point.get('x'), point.get('y')) for point in _children(coords[0], 'Point')]


def read_page_xml(content: bytes, source: str) -> LineFile:
    """Return the TextLines of a PAGE-XML file of any version."""
    entries: list[Entry] = []
    for line in parsed(content, source).iter('{*}TextLine'):
        reading = line.get('readingDirection') or line.getparent().get('readingDirection')
        text = next((equiv.findtext('{*}Unicode') for equiv in _children(line, 'TextEquiv')), None)
        entries.append((coords_of(line),
                        dict(text=text, direction=_READING.get(reading or '', 'ltr'))))
    return collect_lines(entries)


def read_alto(content: bytes, source: str) -> LineFile:
    """Return the TextLines of an ALTO file: their Shape, or the box where there is none."""
    entries: list[Entry] = []
    for line in parsed(content, source).iter('{*}TextLine'):
        polygon = line.find('{*}Shape/{*}Polygon')
        text = ' '.join(word.get('CONTENT') or '' for word in _children(line, 'String'))
        if polygon is not None:
            points: Any = re.split(r'[\s,]+', (polygon.get('POINTS') or '').strip())
        else:
            points = _box(*(line.get(key) for key in ('HPOS', 'VPOS', 'WIDTH', 'HEIGHT')))
        entries.append((points, dict(text=text or None)))
    return collect_lines(entries)


def _box(*numbers: str | None) -> list[tuple[float, float]] | None:
    try:
        left, top, width, height = (float(number or '') for number in numbers)
    except ValueError:
        return None
    right, bottom = left + width, top + height
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


class LineFormat(NamedTuple):
    """How a data set writes lines.

    Attributes:
        read: Its reader.
        names: What the files may be called, for a page ``{}``.
    """
    read: Reader
    names: Sequence[str]


FORMATS: dict[str, LineFormat] = {
    'icdar2015': LineFormat(read_icdar, ('gt_{}.txt', '{}.txt')),
    'totaltext': LineFormat(read_total_text, ('poly_gt_{}.txt', 'gt_{}.txt', '{}.txt')),
    'ctw1500': LineFormat(read_ctw1500, ('{}.xml', 'gt_{}.txt', '{}.txt')),
    'td500': LineFormat(read_td500, ('{}.gt',)),
    'page': LineFormat(read_page_xml, ('{}.xml', '{}.page.xml')),
    'alto': LineFormat(read_alto, ('{}.xml', '{}.alto.xml')),
    'json': LineFormat(read_line_json, ('{}.json',)),
}
