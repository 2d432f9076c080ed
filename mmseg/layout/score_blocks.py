"""Blocks of text in PAGE-XML files against true ones in other PAGE-XML files."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lxml import etree
from shapely.geometry import Polygon

from ..core.evaluation.block_counts import BlockCounts, block_counts, block_scores, sum_blocks
from ..core.text_lines import usable_polygon
from ..datasets.text_line_files import coords_of, parsed
from ..utils.errors import InputError, MissingFileError

_SUFFIXES = ('.page.xml', '.xml')


def score_blocks(true: str | os.PathLike[str],
                 found: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the scores of blocks of a folder, and ``pages`` with those of each page.

    Args:
        true: Folder of PAGE-XML files whose TextRegions are paragraphs.
        found: Folder of those of ``mmseg layout --format page``, of the same names.

    Raises:
        InputError: A folder is not there or has no such file, or a true page was not found.
    """
    wanted, results = _files(Path(true)), _files(Path(found))
    lost = sorted(set(wanted) - set(results))
    if lost:
        raise InputError(f'{found} has no PAGE-XML file for {len(lost)} of {len(wanted)} pages: '
                         f'{", ".join(lost[:3])}')
    pages: dict[str, BlockCounts] = {
        name: block_counts(read_blocks(results[name]), read_blocks(path))
        for name, path in wanted.items()}
    return {**block_scores(sum_blocks(pages.values())),
            'pages': {name: block_scores(counts) for name, counts in pages.items()}}


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
