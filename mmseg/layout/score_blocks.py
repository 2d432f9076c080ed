"""Blocks of text in PAGE-XML files against true ones, of other PAGE-XML files or tagged PDFs."""
from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import shapely
from lxml import etree
from shapely.geometry import Polygon

from ..core.evaluation.block_counts import BlockCounts, block_counts, block_scores, sum_blocks
from ..core.text_lines import usable_polygon
from ..datasets.text_line_files import coords_of, parsed
from ..utils.errors import InputError, MissingFileError
from ..utils.pdf_paragraphs import read_tagged

_SUFFIXES = ('.page.xml', '.xml')


def score_blocks(true: str | os.PathLike[str],
                 found: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the scores of blocks of a folder, and ``pages`` with those of each page.

    Found blocks that are for the most part on text of a PDF that is in no paragraph, as running
    headers and tables, are not counted.

    Args:
        true: Folder of PAGE-XML files whose TextRegions are paragraphs, or of tagged PDFs; or one
            tagged PDF.
        found: Folder of PAGE-XML files as ``mmseg layout --format page`` writes them, of the same
            names.

    Raises:
        InputError: A folder is not there or has no such file, a PDF is not tagged, or a true page
            was not found.
    """
    path = Path(true)
    pdfs = [path] if path.suffix.lower() == '.pdf' else sorted(path.glob('*.[pP][dD][fF]'))
    tagged = dict(_tagged(pdfs))
    wanted: Mapping[str, Any] = tagged or _files(path)
    results = _files(Path(found))
    lost = sorted(set(wanted) - set(results))
    if lost:
        raise InputError(f'{found} has no PAGE-XML file for {len(lost)} of {len(wanted)} pages: '
                         f'{", ".join(lost[:3])}')
    pages = {name: _counts(results[name], tagged.get(name) or _Truth(read_blocks(wanted[name])))
             for name in wanted}
    return {**block_scores(sum_blocks(pages.values())),
            'pages': {name: block_scores(counts) for name, counts in pages.items()}}


class _Truth(NamedTuple):
    """True blocks of a page, and the outlines of its other text; in parts of its width and height
    where ``relative``."""
    blocks: list[Polygon]
    others: Sequence[Polygon] = ()
    relative: bool = False


def _tagged(pdfs: Sequence[Path]) -> Iterator[tuple[str, _Truth]]:
    """Name of each page of tagged PDFs that has paragraphs, and these."""
    for pdf in pdfs:
        pages = [(number, page) for number, page in enumerate(read_tagged(pdf), 1)
                 if len(page.paragraphs)]
        if not pages:
            raise InputError(f'{pdf} tells no paragraphs: it is not a tagged PDF')
        for number, page in pages:
            blocks, others = (list(shapely.box(*boxes.T)) for boxes in page)
            yield f'{pdf.stem}_{number:04d}', _Truth(blocks, others, relative=True)


def _counts(file: Path, truth: _Truth) -> BlockCounts:
    found, blocks, others = read_blocks(file), truth.blocks, truth.others
    if truth.relative:
        size = _size(file)
        blocks, others = (list(shapely.transform(list(shapes), lambda points: points * size))
                          for shapes in (blocks, others))
    return block_counts(found, blocks, others)


def _size(file: Path) -> tuple[float, float]:
    """Width and height of the page of a PAGE-XML file, in pixels."""
    page = parsed(file.read_bytes(), str(file)).find('{*}Page')
    width, height = (str(page.get(key)) for key in ('imageWidth', 'imageHeight'))
    if not (width.isdecimal() and height.isdecimal()):
        raise InputError(f'{file} lacks the imageWidth or imageHeight of its page')
    return float(width), float(height)


def _files(folder: Path) -> dict[str, Path]:
    """Name of a page → its PAGE-XML file."""
    if not folder.is_dir():
        raise MissingFileError(f'folder {folder} not found')
    found: dict[str, Path] = {}
    for suffix in _SUFFIXES[::-1]:
        found.update((path.name.removesuffix(suffix), path)
                     for path in sorted(folder.glob(f'*{suffix}'))
                     if suffix == '.page.xml' or not path.name.endswith(('.page.xml',
                                                                         '.alto.xml')))
    if not found:
        raise InputError(f'{folder} has no PAGE-XML file')
    return found


def read_blocks(path: str | os.PathLike[str]) -> list[Polygon]:
    """Return the outlines of the TextRegions of a PAGE-XML file, in reading order.

    Regions that the order does not name come last. Those within other TextRegions are parts of
    them, and those in tables and pictures are none of the page's.

    Raises:
        InputError: It is not such a file.
    """
    file = Path(path)
    try:
        root = parsed(file.read_bytes(), str(file))
    except OSError as error:
        raise InputError(f'{file} cannot be read: {error.strerror or error}') from error
    page = root.find('{*}Page')
    if page is None:
        raise InputError(f'{file} is not PAGE-XML: it has no Page')
    named = [item.get('regionRef') for item in page.iterfind('{*}ReadingOrder//*[@regionRef]')]
    place = {name: number for number, name in enumerate(named)}
    regions: list[tuple[int, Polygon]] = []
    for region in page.iterchildren(etree.Element):
        if etree.QName(region).localname == 'TextRegion':
            points, _ = usable_polygon(coords_of(region))
            if points is not None:
                regions.append((place.get(region.get('id'), len(place)), Polygon(points)))
    return [polygon for _, polygon in sorted(regions, key=lambda item: item[0])]
