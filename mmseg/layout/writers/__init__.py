"""Writers of pages with their regions, in the formats of OCR software and annotation tools.

``render(pages, 'alto')`` gives a file's bytes and ``write(pages, 'alto', path)`` puts them there,
atomically; :data:`FORMATS` lists the formats. A writer is a function of the dataclasses
in :mod:`mmseg.layout.region` and knows neither a network nor a folder.
"""
from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmseg.utils.atomic_write import atomic_write
from mmseg.utils.errors import InputError, UnknownNameError, nearest

from ..region import PageLayout
from ..region_types import REGION_TYPES, check_region_types, region_type_of
from .alto import alto_xml
from .coco import CocoFile, check_level, coco_text
from .hocr import hocr_text
from .layout_json import json_text, page_as_dict
from .overlay import draw_overlay, overlay_png, plain_jpeg
from .page_xml import page_xml

Pages = Sequence[PageLayout]
Images = Sequence[np.ndarray | None]
RegionTypes = Mapping[str, str] | None


@dataclass(frozen=True)
class Format:
    """A file format.

    Attributes:
        suffix: What the file's name ends in, unlike that of every other format.
        media_type: For HTTP.
        many: Whether a file can hold several pages.
        render: (pages, their images, class name → region type) → the file's bytes.
    """

    suffix: str
    media_type: str
    many: bool
    render: Callable[[Pages, Images, RegionTypes], bytes]


FORMATS: dict[str, Format] = {
    'json': Format('.json', 'application/json', True, lambda pages, _, __: json_text(pages)),
    'page': Format('.page.xml', 'application/xml', False,
                   lambda pages, _, region_types: page_xml(pages[0], region_types)),
    'alto': Format('.alto.xml', 'application/xml', False,
                   lambda pages, _, region_types: alto_xml(pages[0], region_types)),
    'hocr': Format('.hocr', 'application/xhtml+xml', True,
                   lambda pages, _, region_types: hocr_text(pages, region_types)),
    'coco': Format('.coco.json', 'application/json', True, lambda pages, _, __: coco_text(pages)),
    'png': Format('.png', 'image/png', False,
                  lambda pages, images, _: overlay_png(pages[0], images[0])),
    'jpg': Format('.jpg', 'image/jpeg', False, lambda pages, images, _: plain_jpeg(images[0])),
}


def find_format(name: str) -> Format:
    """The format of this name.

    Raises:
        UnknownNameError: There is none.
    """
    if name not in FORMATS:
        raise UnknownNameError(f"unknown format '{name}'{nearest(name, FORMATS)}; use one of "
                               f'{", ".join(FORMATS)}')
    return FORMATS[name]


def render(pages: Pages, name: str, images: Images | None = None,
           region_types: RegionTypes = None) -> bytes:
    """The pages as the content of one file.

    Args:
        pages: What was found on them; one where the format holds no more.
        name: A key of :data:`FORMATS`.
        images: The pages themselves, uint8 (H, W, 3) in BGR, for ``'png'`` (white paper where
            None) and ``'jpg'``.
        region_types: Class name → region type, a key of
            :data:`~mmseg.layout.region_types.REGION_TYPES`, for classes whose name does not say it.

    Raises:
        UnknownNameError: No such format, region type or class.
        InputError: No page, or several for a format that holds one.
    """
    found = find_format(name)
    if not pages or (len(pages) > 1 and not found.many):
        raise InputError(f"a file of the format '{name}' holds "
                         f"{'pages' if found.many else 'one page'}, got {len(pages)}")
    for page in pages if region_types else ():
        check_region_types(region_types or {}, page.classes)
    return found.render(pages, images or [None] * len(pages), region_types)


def write_bytes(content: bytes, path: str | os.PathLike[str]) -> None:
    """Write a file atomically; its folder is made.

    Raises:
        InputError: It cannot be written.
    """
    with atomic_write(path) as part:
        part.write_bytes(content)


def write(pages: Pages, name: str, path: str | os.PathLike[str], images: Images | None = None,
          region_types: RegionTypes = None) -> None:
    """Write the pages as one file, atomically; arguments and errors of :func:`render`.

    Raises:
        InputError: See :func:`render`, or the file cannot be written.
    """
    write_bytes(render(pages, name, images, region_types), path)


__all__ = [
    'FORMATS', 'REGION_TYPES', 'CocoFile', 'Format', 'check_level', 'check_region_types',
    'draw_overlay', 'find_format', 'page_as_dict', 'region_type_of', 'render', 'write',
    'write_bytes',
]
