"""ALTO 4.2 (Library of Congress, Analyzed Layout and Text Object), one page a file.

A file of 4.2 is also one of 4.3 and 4.4, which only add to it, and the readers of OCR software know
it. The blocks are in reading order, and each names the next one (``IDNEXT``).
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping

from lxml import etree

from mmseg.version import __version__

from ..region import PageLayout, Region, TextLine
from ..region_types import REGION_TYPES, region_type_of
from .geometry import box_of, whole_outline, whole_points
from .text import clean, file_name, number

NAMESPACE = 'http://www.loc.gov/standards/alto/ns-v4#'
LOCATION = f'{NAMESPACE} http://www.loc.gov/standards/alto/v4/alto-4-2.xsd'
XSI = 'http://www.w3.org/2001/XMLSchema-instance'
# of the content of ALTO's XmlData, which takes any other namespace
OURS = 'urn:mmseg:layout'


def _element(parent: etree._Element, name: str, text: str | None = None, /,
             **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f'{{{NAMESPACE}}}{name}', attrib=attributes)
    element.text = text
    return element


def _description(root: etree._Element, page: PageLayout) -> None:
    description = _element(root, 'Description')
    _element(description, 'MeasurementUnit', 'pixel')
    _element(_element(description, 'sourceImageInformation'), 'fileName', file_name(page))
    step = _element(description, 'Processing', ID='layout')
    _element(step, 'processingCategory', 'contentGeneration')
    software = _element(step, 'processingSoftware')
    _element(software, 'softwareName', 'mmseg')
    _element(software, 'softwareVersion', __version__)


def _tags(root: etree._Element, page: PageLayout) -> None:
    """A tag for each class, which its blocks refer to, and one that holds all confidences."""
    if not page.regions:
        return
    tags = _element(root, 'Tags')
    for label, name in sorted({region.label: region.name for region in page.regions}.items()):
        name = clean(name)
        _element(tags, 'OtherTag', ID=f'class_{label}', TYPE='region', LABEL=name,
                 DESCRIPTION=f'block type {name}')
    # Blocks of ALTO have no confidence. A tag of each block would be taken for its type.
    holder = _element(tags, 'OtherTag', ID='confidences', TYPE='confidence', LABEL='blocks')
    data = _element(holder, 'XmlData')
    for order, region in enumerate(page.regions):
        etree.SubElement(data, f'{{{OURS}}}block', attrib={
            'ref': f'block_{order + 1}', 'confidence': number(region.confidence)})


def _place(points: list[tuple[int, int]]) -> dict[str, str]:
    left, top, right, bottom = box_of(points)
    return {'HPOS': str(left), 'VPOS': str(top), 'WIDTH': str(right - left),
            'HEIGHT': str(bottom - top)}


def _block(parent: etree._Element, page: PageLayout, region: Region, order: int,
           region_types: Mapping[str, str] | None) -> None:
    kind = region_type_of(region.name, region_types)
    points = whole_outline(region.polygon, page.size)
    block = _element(parent, REGION_TYPES[kind].alto, ID=f'block_{order + 1}', **_place(points),
                     TAGREFS=f'class_{region.label}')
    if order + 1 < len(page.regions):
        block.set('IDNEXT', f'block_{order + 2}')
    if REGION_TYPES[kind].alto in ('ComposedBlock', 'Illustration'):
        block.set('TYPE', clean(region.name) if kind == 'other' else kind)
    _element(_element(block, 'Shape'), 'Polygon',
             POINTS=_points(points))
    if not region.lines:
        return
    if REGION_TYPES[kind].alto != 'TextBlock':
        # A picture has no place for lines, so that those in it are in a block after it.
        inside = REGION_TYPES[kind].alto == 'ComposedBlock'
        block = _element(block if inside else parent, 'TextBlock', ID=f'block_{order + 1}_text',
                         **_place(points))
    for place, line in enumerate(region.lines, 1):
        _line(block, page, line, f'line_{order + 1}_{place}')


def _points(points: Iterable[tuple[int, int]]) -> str:
    return ' '.join(f'{x},{y}' for x, y in points)


def _line(parent: etree._Element, page: PageLayout, line: TextLine, name: str) -> None:
    points = whole_outline(line.polygon, page.size)
    place = _place(points)
    element = _element(parent, 'TextLine', ID=name, **place,
                       BASELINE=_points(whole_points(line.baseline, page.size)))
    _element(_element(element, 'Shape'), 'Polygon', POINTS=_points(points))
    # The schema asks for a word; what it says is left to the OCR.
    _element(element, 'String', CONTENT='', **place)


def alto_xml(page: PageLayout, region_types: Mapping[str, str] | None = None) -> bytes:
    """The page as ALTO 4.2 in UTF-8; the page type is its ``PAGECLASS``.

    Args:
        page: What was found.
        region_types: Class name → region type, before the names that are known.
    """
    root = etree.Element(f'{{{NAMESPACE}}}alto',
                         nsmap={None: NAMESPACE, 'xsi': XSI, 'layout': OURS})
    root.set(f'{{{XSI}}}schemaLocation', LOCATION)
    root.set('SCHEMAVERSION', '4.2')
    _description(root, page)
    _tags(root, page)
    height, width = (str(length) for length in page.size)
    element = _element(_element(root, 'Layout'), 'Page', ID=f'page_{page.number + 1}',
                       PHYSICAL_IMG_NR=str(page.number + 1), HEIGHT=height, WIDTH=width)
    if page.page_type is not None:
        element.set('PAGECLASS', clean(page.page_type))
    space = _element(element, 'PrintSpace', HPOS='0', VPOS='0', HEIGHT=height, WIDTH=width)
    for order, region in enumerate(page.regions):
        _block(space, page, region, order, region_types)
    return etree.tostring(root, xml_declaration=True, encoding='UTF-8', pretty_print=True)
