"""COCO's annotation file: one for all pages, each region or text line a run-length mask."""
from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import IO, Any

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


# Bytes of a file that are kept in memory rather than in a temporary file.
_IN_MEMORY = 1 << 20
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


def check_level(level: str) -> None:
    """Raise InputError unless ``level`` says what an annotation is."""
    if level not in LEVELS:
        raise InputError(f'level is one of {", ".join(LEVELS)}, got {level!r}'
                         f'{nearest(level, LEVELS)}')


class _Records:
    """JSON objects, one a line of a temporary file, so that memory does not grow with them."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY, 'w+', encoding='utf-8',
                                                   newline='\n')
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, record: Mapping[str, Any]) -> None:
        self._file.seek(0, os.SEEK_END)
        self._file.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + '\n')
        self._count += 1

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        return (line.rstrip('\n') for line in self._file)


class CocoFile:
    """Pages gathered into one file; images and annotations are numbered from 1 as they come.

    The category of a class is its label in the network, so that it is the same in every file. Pages
    of one PDF or TIFF share its name and are told apart by ``page_number``. Memory does not grow
    with the number of pages.

    Args:
        level: ``'region'`` for an annotation of each region, ``'line'`` for one of each text line,
            whose category is that of the region it is in.
        root: The folder that names of files are relative to; None for names as they are.

    Raises:
        InputError: Another level.
    """

    def __init__(self, level: str = 'region',
                 root: str | os.PathLike[str] | None = None) -> None:
        check_level(level)
        self.level = level
        self.root = root
        self.categories: dict[int, str] = {}
        self._images, self._annotations = _Records(), _Records()

    def add(self, page: PageLayout) -> None:
        """Append a page.

        Raises:
            InputError: pycocotools is not installed.
        """
        # label 0 is what no region is made of
        self.categories.update((label, clean(name))
                               for label, name in enumerate(page.classes) if label)
        height, width = (int(length) for length in page.size)
        found: list[tuple[int, Region | TextLine]] = [
            (region.label, part) for region in page.regions
            for part in ((region, ) if self.level == 'region' else region.lines)]
        self.add_records({
            'file_name': (f'page_{len(self._images) + 1}' if page.source is None else
                          self.file_name(page.source)),
            'height': height, 'width': width, 'page_number': page.number + 1,
            'page_type': page.page_type,
            'page_scores': {clean(k): round(float(v), 4) for k, v in page.page_scores.items()},
        }, [_annotation(part, label, order, page.size)
            for order, (label, part) in enumerate(found)])

    def add_records(self, image: Mapping[str, Any],
                    annotations: Sequence[Mapping[str, Any]]) -> None:
        """Append a page as another such file has it; its numbers are replaced."""
        number = len(self._images) + 1
        self._images.append({'id': number} | dict(image) | {'id': number})
        for annotation in annotations:
            own = {'id': len(self._annotations) + 1, 'image_id': number}
            self._annotations.append(own | dict(annotation) | own)

    def file_name(self, source: str) -> str:
        """Return the name of a page's file as it is found from the root."""
        path = PurePath(source)
        if self.root is not None:
            path = PurePath(os.path.relpath(path, self.root))
        return clean((PurePath(path.name) if path.is_absolute() or '..' in path.parts
                      else path).as_posix())

    @property
    def description(self) -> str:
        """What the file says it holds."""
        return f'{self.level}s of pages'

    def write(self, file: IO[str]) -> None:
        """Write the file's content."""
        head = {'info': {'description': self.description, 'version': GENERATOR}, 'licenses': [],
                'categories': [{'id': label, 'name': name, 'supercategory': 'region'}
                               for label, name in sorted(self.categories.items())]}
        file.write(json.dumps(head, ensure_ascii=False)[:-1])
        for key, records in (('images', self._images), ('annotations', self._annotations)):
            file.write(f', "{key}": [')
            for number, record in enumerate(records):
                file.write(f', {record}' if number else record)
            file.write(']')
        file.write('}\n')

    def text(self) -> bytes:
        """Return the file's content in UTF-8."""
        file = io.StringIO()
        self.write(file)
        return file.getvalue().encode()


def _annotation(part: Region | TextLine, label: int, order: int,
                size: tuple[int, int]) -> dict[str, Any]:
    """A region or line as COCO has it, but for its numbers."""
    mask, tools = run_lengths(part, size), _mask_tools()
    return {'category_id': int(label), 'segmentation': mask, 'area': int(tools.area(mask)),
            'bbox': [float(edge) for edge in tools.toBbox(mask)], 'iscrowd': 0,
            'score': round(float(part.confidence), 4), 'order': order}


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
