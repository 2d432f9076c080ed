"""Pages from XML files: PAGE, as PRImA and OCR software write it, and Pascal VOC's boxes."""
from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from lxml import etree

from mmseg.utils.errors import InputError
from mmseg.utils.polygons import split_points

from .class_map import ClassMap
from .images import SUFFIXES
from .names import find_file
from .page import BAD_NUMBERS, FROM_PARTS, NO_OUTLINE, AnnotatedPage, page_name, stated_size
from .rasterize import box_polygon

# of mmseg.layout.writers.page_xml, whose coordinates are edges of pixels
_CREATOR = 'mmseg '


def _parse(path: Path) -> Any:
    """The root element; entities are not expanded and nothing is fetched."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True,
                             remove_pis=True)
    try:
        return etree.parse(str(path), parser).getroot()
    except (etree.XMLSyntaxError, OSError) as error:
        raise InputError(f'{path} is not valid XML: {error}') from error


def _tag(element: Any) -> str:
    """The name of an element without its namespace."""
    # entities are elements too, and have no name
    return etree.QName(element).localname if isinstance(element.tag, str) else ''


def _children(element: Any, name: str) -> Iterator[Any]:
    return (child for child in element if _tag(child) == name)


def _text(element: Any, *names: str) -> str | None:
    """The text of a child, or of its child, None where it is not there."""
    for name in names:
        element = next(_children(element, name), None)
        if element is None:
            return None
    return (element.text or '').strip()


def find_image(folder: Path, named: str | None, stem: str, where: Path) -> str:
    """The name of an image in ``folder``: the one that is named, else one of the same stem.

    Raises:
        InputError: There is none.
    """
    name = PurePosixPath((named or '').replace('\\', '/')).name
    for candidate in (named or '', name, *(stem + suffix for suffix in SUFFIXES)):
        found = find_file(folder, candidate) if candidate else None
        if found is not None:
            return found.relative_to(os.path.abspath(folder)).as_posix()
    raise InputError(f"{where} is for the image '{named or stem}', which is not in {folder}")


@dataclass
class _XmlReader:
    """What both kinds share.

    Args:
        folder: The folder that the XML files are relative to.
        img_dir: The folder of the images.
        class_map: For the page types.
        prefix: What page names begin with.
    """

    folder: str
    img_dir: str
    class_map: ClassMap
    prefix: str = ''

    def _page(self, name: str, image: str | None, size: tuple[int, int] | None) -> AnnotatedPage:
        path = Path(self.folder, name)
        # folders of the annotations correspond to folders of the images
        stem = str(PurePosixPath(name).with_suffix(''))
        found = find_image(Path(self.img_dir), image, stem, path)
        return AnnotatedPage(self.prefix + page_name(found), str(Path(self.img_dir, found)),
                             str(path), size=size, page_type=self.class_map.type_of({}))


class PageXmlReader(_XmlReader):
    """Makes a page of a PAGE-XML file of any version.

    A label is the name of an element, such as ``TextRegion``, with its type where it has one,
    such as ``TextRegion:caption``. Coordinates name pixels, and the outline belongs to the region,
    but in files of this project (by their ``Creator``), where they are edges of pixels. A separator
    of two points is the line of pixels between them.
    """

    def __call__(self, name: str) -> AnnotatedPage:
        path = Path(self.folder, name)
        root = _parse(path)
        found = next(_children(root, 'Page'), None)
        if _tag(root) != 'PcGts' or found is None:
            raise InputError(f'{path} is not PAGE-XML: expected PcGts with a Page in it, got '
                             f'{_tag(root)}')
        page = self._page(name, found.get('imageFilename'),
                          stated_size(found.attrib, 'imageHeight', 'imageWidth'))
        inclusive = not (_text(root, 'Metadata', 'Creator') or '').startswith(_CREATOR)
        # in ours, text within a picture or table only holds the lines there
        elements = found.iter if inclusive else found.iterchildren
        for element in elements(etree.Element):
            if _tag(element).endswith('Region'):
                kind = element.get('type')
                label = _tag(element) + (f':{kind}' if kind else '')
                outlines = _outlines(element)
                if inclusive and _tag(element) == 'SeparatorRegion':
                    outlines = [outline + outline[-1:] if len(outline) == 2 else outline
                                for outline in outlines]
                page.add(label, outlines, inclusive=inclusive, note=FROM_PARTS,
                         instead=_outlines_of_parts(element), holes=_holes(element))
                if not outlines and not any(True for _ in _outlines_of_parts(element)):
                    page.skipped[NO_OUTLINE] += 1
        return page


def _holes(element: Any) -> list[list[Any]]:
    """Outlines of holes, which this project's writer puts into ``custom``."""
    found = re.search(r'holes \{points:([^;}]*);', element.get('custom') or '')
    return [split_points(hole) for hole in found[1].split('|')] \
        if found else []


def _outlines(element: Any) -> list[list[Any]]:
    """The outlines of an element itself."""
    return [_points(coords) for coords in _children(element, 'Coords')]


def _outlines_of_parts(element: Any) -> Iterator[list[Any]]:
    """The outlines of the largest parts that have one: lines, else words, else glyphs."""
    for child in element.iterchildren(etree.Element):
        own = [outline for outline in _outlines(child) if len(outline) >= 3]
        yield from own or _outlines_of_parts(child)


def _points(coords: Any) -> list[Any]:
    """The points of ``Coords``: an attribute since 2013, elements before."""
    if coords.get('points') is not None:
        return split_points(coords.get('points'))
    return [(point.get('x'), point.get('y')) for point in _children(coords, 'Point')]


class VocXmlReader(_XmlReader):
    """Makes a page of an XML file with the boxes of Pascal VOC, as LabelImg writes them.

    A box goes from the corner (xmin, ymin) to the corner (xmax, ymax).
    """

    def __call__(self, name: str) -> AnnotatedPage:
        path = Path(self.folder, name)
        root = _parse(path)
        if _tag(root) != 'annotation':
            raise InputError(f'{path} is not an annotation of Pascal VOC: expected the element '
                             f'annotation, got {_tag(root)}')
        size = {key: _text(root, 'size', key) for key in ('height', 'width')}
        page = self._page(name, _text(root, 'filename'), stated_size(size, 'height', 'width'))
        for element in _children(root, 'object'):
            label = _text(element, 'name')
            if not label:
                raise InputError(f'{path} has an object without a name')
            self._add(page, label, [_text(element, 'bndbox', key)
                                    for key in ('xmin', 'ymin', 'xmax', 'ymax')])
        return page

    @staticmethod
    def _add(page: AnnotatedPage, label: str, corners: Iterable[str | None]) -> None:
        try:
            page.add(label, [box_polygon(*(float(number or '') for number in corners))])
        except ValueError:
            page.skipped[BAD_NUMBERS] += 1
