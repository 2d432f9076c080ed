"""PAGE-XML of 2019-07-15 (PRImA, Page Content), one page a file."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from lxml import etree
from shapely.geometry import Polygon

from ..region import PageLayout, Region, TextLine
from ..region_types import REGION_TYPES, region_type_of
from .geometry import Point, four_corners, whole_outline, whole_points, whole_ring
from .text import GENERATOR, clean, file_name, number

NAMESPACE = 'http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15'
LOCATION = f'{NAMESPACE} {NAMESPACE}/pagecontent.xsd'
XSI = 'http://www.w3.org/2001/XMLSchema-instance'
_READING = {'ltr': 'left-to-right', 'rtl': 'right-to-left', 'vertical': 'top-to-bottom'}


def custom(values: Mapping[str, Mapping[str, str]]) -> str:
    """The value of a ``custom`` attribute, written as Transkribus and its readers have it."""
    def plain(text: str) -> str:
        return ''.join('_' if letter in ';:{}' else letter for letter in clean(text))
    return ' '.join(
        name + ' {' + ' '.join(f'{key}:{plain(value)};' for key, value in content.items()) + '}'
        for name, content in values.items())


def _points(outline: Iterable[Point]) -> str:
    return ' '.join(f'{x},{y}' for x, y in outline)


def _element(parent: etree._Element, name: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f'{{{NAMESPACE}}}{name}', attrib=attributes)


def _metadata(root: etree._Element, page: PageLayout) -> None:
    metadata = _element(root, 'Metadata')
    now = datetime.now(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')
    for name, content in (('Creator', GENERATOR), ('Created', now), ('LastChange', now)):
        _element(metadata, name).text = content
    if page.source:
        _element(metadata, 'Comments').text = f'page {page.number + 1} of {clean(page.source)}'


def _region(parent: etree._Element, page: PageLayout, region: Region, order: int,
            region_types: Mapping[str, str] | None) -> None:
    name = REGION_TYPES[region_type_of(region.name, region_types)].page
    facts = {'readingOrder': {'index': str(order)}, 'structure': {'type': region.name}}
    holes = [_points(whole_ring(Polygon(hole), page.size)) for hole in region.polygon.interiors]
    if holes:  # PAGE has no place for them
        facts['holes'] = {'points': '|'.join(holes)}
    element = _element(parent, name, id=f'r{order + 1}', custom=custom(facts))
    if name == 'CustomRegion':
        element.set('type', clean(region.name))
    points = _points(four_corners(whole_outline(region.polygon, page.size)))
    _element(element, 'Coords', points=points, conf=number(region.confidence))
    if region.lines and name != 'TextRegion':  # tables and pictures hold text in a region within
        element = _element(element, 'TextRegion', id=f'r{order + 1}_text', custom=custom({
            'structure': {'type': region.name}}))
        _element(element, 'Coords', points=points)
    for place, line in enumerate(region.lines, 1):
        _line(element, page, line, f'r{order + 1}_l{place}')


def _line(parent: etree._Element, page: PageLayout, line: TextLine, name: str) -> None:
    element = _element(parent, 'TextLine', id=name, readingDirection=_READING[line.direction])
    if line.x_height is not None:
        element.set('custom', custom({'structure': {'xHeight': number(line.x_height, 1)}}))
    outline = four_corners(whole_outline(line.polygon, page.size))
    _element(element, 'Coords', points=_points(outline), conf=number(line.confidence))
    _element(element, 'Baseline', points=_points(whole_points(line.baseline, page.size)))


def page_xml(page: PageLayout, region_types: Mapping[str, str] | None = None) -> bytes:
    """The page as PAGE-XML in UTF-8.

    The page type is in ``Page/@custom``, and the name of a region's class in its ``custom``, with
    the outlines of its holes. Coordinates are edges of pixels, as of the other formats, where other
    programs may name pixels that belong to the region; ``Creator`` tells our files.

    Args:
        page: What was found.
        region_types: Class name → region type, before the names that are known.
    """
    root = etree.Element(f'{{{NAMESPACE}}}PcGts', nsmap={None: NAMESPACE, 'xsi': XSI})
    root.set(f'{{{XSI}}}schemaLocation', LOCATION)
    _metadata(root, page)
    height, width = page.size
    element = _element(root, 'Page', imageFilename=file_name(page), imageWidth=str(width),
                       imageHeight=str(height))
    if page.page_type is not None:
        element.set('custom', custom({'pageType': {
            'type': page.page_type, 'score': number(page.page_scores[page.page_type])}}))
    if page.regions:
        group = _element(_element(element, 'ReadingOrder'), 'OrderedGroup', id='order')
        for order in range(len(page.regions)):
            _element(group, 'RegionRefIndexed', index=str(order), regionRef=f'r{order + 1}')
    for order, region in enumerate(page.regions):
        _region(element, page, region, order, region_types)
    return etree.tostring(root, xml_declaration=True, encoding='UTF-8', pretty_print=True)
