"""COCO's annotation file: one for all pages, each region or text line a run-length mask."""
from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import numpy as np

from mmseg.utils.errors import InputError, nearest
from mmseg.utils.polygons import fill_rings

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
    """The pixels of a region or line as a compressed run-length mask, holes left out.

    A pixel is the region's where its centre lies inside.
    """
    tools = _mask_tools()
    exterior, *holes = (np.asarray(ring.coords[:-1], float) for ring in
                        (region.polygon.exterior, *region.polygon.interiors))
    mask = tools.frPyObjects(_counts(*fill_rings(exterior, holes, size), size), *size)
    return {'size': [int(length) for length in size], 'counts': mask['counts'].decode('ascii')}


def _counts(corner: tuple[int, int], inside: np.ndarray, size: tuple[int, int]) -> dict[str, Any]:
    """Lengths of the runs, column by column, of pixels outside and inside in turn."""
    height, width = size
    (top, left), columns = corner, np.zeros((inside.shape[1], height), np.int8)
    columns[:, top:top + inside.shape[0]] = inside.T
    before = left * height
    steps = np.flatnonzero(np.diff(columns.ravel(), prepend=0, append=0)) + before
    edges = [0, *steps.tolist(), height * width]
    return {'size': [height, width], 'counts': np.diff(edges).tolist()}


class CocoFile:
    """Pages gathered into one file; images and annotations are numbered from 1 as they come.

    The category of a class is its label in the network, so that it is the same in every file. Pages
    of one PDF or TIFF share its name and are told apart by ``page_number``.

    Args:
        level: ``'region'`` for an annotation of each region, ``'line'`` for one of each text line,
            whose category is that of the region it is in.
        root: The folder that names of files are relative to; None for names as they are.

    Raises:
        InputError: Another level.
    """

    def __init__(self, level: str = 'region',
                 root: str | os.PathLike[str] | None = None) -> None:
        if level not in LEVELS:
            raise InputError(f'level is one of {", ".join(LEVELS)}, got {level!r}'
                             f'{nearest(level, LEVELS)}')
        self.level = level
        self.root = root
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
            'id': image, 'file_name': self._name(page, image), 'height': height,
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

    def _name(self, page: PageLayout, image: int) -> str:
        """The page's file as it is found from the root."""
        if page.source is None:
            return f'page_{image}'
        path = PurePath(page.source)
        if self.root is not None:
            path = PurePath(os.path.relpath(path, self.root))
        return clean((PurePath(path.name) if path.is_absolute() or '..' in path.parts
                      else path).as_posix())

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
    sources = [page.source for page in pages if page.source]
    folders = [os.path.dirname(os.path.abspath(source)) for source in sources]
    root = os.path.commonpath(folders) if any(map(os.path.isabs, sources)) else None
    file = CocoFile(root=root)
    for page in pages:
        file.add(page)
    return file.text()
