"""COCO's annotation file: one for all pages, each region or text line a run-length mask."""
from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from mmseg.utils.errors import InputError, nearest

from ..region import PageLayout, Region, TextLine
from .text import GENERATOR, clean


def _mask_tools() -> Any:
    try:
        from pycocotools import mask  # type: ignore[import-untyped]
    except ImportError as error:
        raise InputError("writing COCO needs pycocotools: install the extra 'data' "
                         "(pip install 'mmseg-layout[data]')") from error
    return mask


# What an annotation is.
LEVELS = ('region', 'line')


def run_lengths(region: Region | TextLine, size: tuple[int, int]) -> dict[str, Any]:
    """The pixels of a region or line as a compressed run-length mask, holes left out."""
    tools = _mask_tools()
    height, width = size

    def filled(ring: Any) -> dict[str, Any]:
        corners = np.asarray(ring.coords[:-1], float)
        return tools.frPyObjects([corners.ravel().tolist()], height, width)[0]

    mask = filled(region.polygon.exterior)
    if region.polygon.interiors:
        holes = tools.decode(tools.merge([filled(hole) for hole in region.polygon.interiors]))
        mask = tools.encode(np.asfortranarray(tools.decode(mask) & (1 - holes)))
    return {'size': [int(height), int(width)], 'counts': mask['counts'].decode('ascii')}


class CocoFile:
    """Pages gathered into one file; images and annotations are numbered from 1 as they come.

    The category of a class is its label in the network, so that it is the same in every file.

    Args:
        level: ``'region'`` for an annotation of each region, ``'line'`` for one of each text line,
            whose category is that of the region it is in.

    Raises:
        InputError: Another level.
    """

    def __init__(self, level: str = 'region') -> None:
        if level not in LEVELS:
            raise InputError(f'level is one of {", ".join(LEVELS)}, got {level!r}'
                             f'{nearest(level, LEVELS)}')
        self.level = level
        self.categories: dict[int, str] = {}
        self.images: list[dict[str, Any]] = []
        self.annotations: list[dict[str, Any]] = []

    def add(self, page: PageLayout) -> None:
        """Append a page.

        Raises:
            InputError: pycocotools is not installed.
        """
        # label 0 is what no region is made of
        self.categories.update((label, clean(name))
                               for label, name in enumerate(page.classes) if label)
        image = len(self.images) + 1
        height, width = (int(length) for length in page.size)
        self.images.append({
            'id': image, 'file_name': clean(page.source or f'page_{image}'), 'height': height,
            'width': width, 'page_number': page.number + 1, 'page_type': page.page_type,
            'page_scores': {clean(k): round(float(v), 4) for k, v in page.page_scores.items()}})
        found: list[tuple[int, Region | TextLine]] = [
            (region.label, part) for region in page.regions
            for part in ((region, ) if self.level == 'region' else region.lines)]
        for order, (label, region) in enumerate(found):
            mask = run_lengths(region, page.size)
            tools = _mask_tools()
            self.annotations.append({
                'id': len(self.annotations) + 1, 'image_id': image,
                'category_id': int(label), 'segmentation': mask,
                'area': int(tools.area(mask)),
                'bbox': [float(edge) for edge in tools.toBbox(mask)], 'iscrowd': 0,
                'score': round(float(region.confidence), 4), 'order': order})

    def text(self) -> bytes:
        """The file's content in UTF-8."""
        document = {
            'info': {'description': f'{self.level}s of pages', 'version': GENERATOR},
            'licenses': [],
            'categories': [{'id': label, 'name': name, 'supercategory': 'region'}
                           for label, name in sorted(self.categories.items())],
            'images': self.images, 'annotations': self.annotations}
        return (json.dumps(document, ensure_ascii=False, allow_nan=False) + '\n').encode()


def coco_text(pages: Sequence[PageLayout]) -> bytes:
    """The pages as one COCO file.

    Raises:
        InputError: pycocotools is not installed.
    """
    file = CocoFile()
    for page in pages:
        file.add(page)
    return file.text()
