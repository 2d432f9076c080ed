"""hOCR 1.2: an XHTML file whose elements say by class and title what they are and where."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from lxml import etree

from ..region import PageLayout, Region, TextLine
from ..region_types import REGION_TYPES, region_type_of
from .geometry import box_of, is_box, whole_outline
from .text import GENERATOR, clean, file_name, number

NAMESPACE = 'http://www.w3.org/1999/xhtml'
CAPABILITIES = ' '.join(['ocr_page', *dict.fromkeys(names.hocr for names in REGION_TYPES.values()),
                         'ocr_par', 'ocr_line', 'ocrp_dir', 'ocrp_poly'])


def _element(parent: etree._Element, name: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f'{{{NAMESPACE}}}{name}', attrib=attributes)


def _head(root: etree._Element, pages: Sequence[PageLayout]) -> None:
    head = _element(root, 'head')
    _element(head, 'meta', charset='utf-8')
    _element(head, 'title').text = file_name(pages[0]) if pages else 'no pages'
    for name, content in (('ocr-system', GENERATOR), ('ocr-capabilities', CAPABILITIES),
                          ('ocr-number-of-pages', str(len(pages))), ('ocr-langs', 'unknown'),
                          ('ocr-scripts', 'unknown')):
        _element(head, 'meta', name=name, content=content)


def _quoted(name: str) -> str:
    """A file name that leaves the ``;`` and quotes of a title their meaning."""
    return '"' + name.replace('"', '%22').replace(';', '%3B') + '"'


def _region(parent: etree._Element, page: PageLayout, region: Region, name: str,
            region_types: Mapping[str, str] | None) -> None:
    points = whole_outline(region.polygon, page.size)
    title = ['bbox ' + ' '.join(str(edge) for edge in box_of(points))]
    # "must not be used unless there is no other way": a box is said by its bbox
    if not is_box(points):
        title.append('poly ' + ' '.join(f'{x} {y}' for x, y in points))
    title.append(f'x_wconf {number(100 * region.confidence, 2)}')
    element = _element(parent, 'div', id=name, title='; '.join(title), **{
        'class': REGION_TYPES[region_type_of(region.name, region_types)].hocr,
        'data-class': clean(region.name)})
    # Readers of HTML take <div/> for an open tag, so that it would hold all that follows.
    element.text = ''
    if region.lines:
        holder = element
        if element.get('class') == 'ocr_carea':
            holder = _element(element, 'p', id=f'{name}_par', title=title[0], **{
                'class': 'ocr_par', 'dir': 'rtl' if region.lines[0].direction == 'rtl' else 'ltr'})
        for place, line in enumerate(region.lines, 1):
            _line(holder, page, line, f'{name}_line_{place}')


def _line(parent: etree._Element, page: PageLayout, line: TextLine, name: str) -> None:
    points = whole_outline(line.polygon, page.size)
    left, top, right, bottom = box_of(points)
    title = [f'bbox {left} {top} {right} {bottom}']
    if line.direction == 'vertical':
        title.append('textangle 270')
    else:  # a straight line through it, from the lower left corner of the box
        x, y = np.asarray(line.baseline, float).T
        slope, offset = np.polyfit(x - left, y - bottom, 1) if np.ptp(x) else (0., 0.)
        title.append(f'baseline {number(slope, 3)} {number(offset, 1)}')
    if not is_box(points):
        title.append('poly ' + ' '.join(f'{x} {y}' for x, y in points))
    title.append(f'x_wconf {number(100 * line.confidence, 2)}')
    element = _element(parent, 'span', id=name, title='; '.join(title), **{'class': 'ocr_line'})
    element.text = ''


def hocr_text(pages: Sequence[PageLayout], region_types: Mapping[str, str] | None = None) -> bytes:
    """The pages as one hOCR file in UTF-8, regions in reading order.

    hOCR has no words for the type of a page and for the name of a class: they are in
    ``data-page-type`` and ``data-class``.

    Args:
        pages: What was found.
        region_types: Class name → region type, before the names that are known.
    """
    root = etree.Element(f'{{{NAMESPACE}}}html', nsmap={None: NAMESPACE})
    _head(root, pages)
    body = _element(root, 'body')
    for count, page in enumerate(pages, 1):
        height, width = page.size
        element = _element(body, 'div', id=f'page_{count}', **{'class': 'ocr_page'},
                           title=f'image {_quoted(file_name(page))}; bbox 0 0 {width} {height}; '
                                 f'ppageno {page.number}')
        element.text = ''
        if page.page_type is not None:
            element.set('data-page-type', clean(page.page_type))
        for order, region in enumerate(page.regions, 1):
            _region(element, page, region, f'block_{count}_{order}', region_types)
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding='UTF-8', doctype='<!DOCTYPE html>')
