"""The checked validation set: listed pages of packages that give none to training, corrected."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import groupby
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from mmseg.corpora.jobs import write_file, write_lines
from mmseg.corpora.pdf import CLASSES
from mmseg.corpora.pdf.label import SkippedPage
from mmseg.corpora.pdf.pages import COLOURS, LABELS, LINES, PagesJob, record_file
from mmseg.utils.errors import InputError
from mmseg.utils.label_files import write_label_map

from .edits import Edit, apply_edits, read_edits
from .packages import FILES, fetch_packages
from .refusals import LISTS

PAGES, EDITS, SPLIT = LISTS / 'checked_pages.tsv', LISTS / 'checked_edits.txt', 'val'
_SECONDS_A_PAGE = 60.


@dataclass(frozen=True)
class CheckedPage:
    """A page of the set.

    Attributes:
        page: Name of its files.
        package: Of the document.
        document: File below the package's folder.
        number: Of the page, from 0.
        sha256: Of the document.
        genre: Of the document.
        script: Of the document.
        label: First 16 digits of the SHA-256 of the label map that was looked at.
    """

    page: str
    package: str
    document: str
    number: int
    sha256: str
    genre: str
    script: str
    label: str = ''


def read_checked(path: Path = PAGES) -> list[CheckedPage]:
    """Pages of a list.

    Raises:
        InputError: The list is not there, or a line has other columns.
    """
    if not path.is_file():
        raise InputError(f'{path}: no such list of checked pages')
    pages = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        cells = line.split('\t')
        if line.startswith('#') or cells[0] == 'page':
            continue
        if len(cells) != len(fields(CheckedPage)) or not cells[3].isdecimal():
            raise InputError(f'{path}, line {number}: expected the columns '
                             f'{", ".join(field.name for field in fields(CheckedPage))}, '
                             f'got {line!r}')
        page, package, document, count, *others = cells
        pages.append(CheckedPage(page, package, document, int(count), *others))
    return pages


def write_checked(pages: Iterable[CheckedPage], path: Path, remark: str) -> None:
    """Write a list of pages, sorted by name, with a remark in its first line."""
    rows = [f'# {remark}', '\t'.join(field.name for field in fields(CheckedPage))]
    rows += ['\t'.join(map(str, asdict(page).values()))
             for page in sorted(pages, key=lambda page: page.page)]
    write_file(str(path), ('\n'.join(rows) + '\n').encode())


def build_checked(work: Path, out: Path, pages: Sequence[CheckedPage],
                  edits: dict[str, list[Edit]], longer_side: int = 1120,
                  progress: bool = False) -> dict[str, str]:
    """Make the checked set in VOC layout; why pages of it are left out.

    Documents are fetched where they are not there yet. Corrections are for labels as they were
    looked at: where a page's document or label is another one now, it is left out. A page that
    could not be converted is tried again by the next call.

    Args:
        work: Folder of the packages.
        out: Folder of the set.
        pages: To make.
        edits: Corrections of pages, by their names.
        longer_side: Of a page in pixels.
        progress: Show progress bars.

    Returns:
        Name of each page that is left out → the reason.
    """
    fetch_packages(sorted({page.package for page in pages}), work, progress=progress)
    missed: dict[str, str] = {}
    done: list[CheckedPage] = []
    order = sorted(pages, key=lambda page: (page.package, page.document, page.number))
    with tqdm(total=len(order), desc='convert', unit='page', disable=not progress,
              leave=False) as bar:
        for key, group in groupby(order, key=lambda page: (page.package, page.document)):
            here = list(group)
            path = work / FILES / key[0] / key[1]
            known = path.is_file() and hashlib.sha256(
                path.read_bytes()).hexdigest() == here[0].sha256
            if known:
                PagesJob(path, out, {page.number: page.page for page in here}, longer_side, None,
                         _SECONDS_A_PAGE).run()
            for page in here:
                try:
                    if not known:
                        raise SkippedPage('its document is not the one that was looked at: the '
                                          'package is missing or has another version')
                    done.append(_correct(out, page, edits.get(page.page, ())))
                except SkippedPage as skipped:
                    missed[page.page] = str(skipped)
            bar.update(len(here))
    _write_lists(out, done)
    return missed


def _correct(out: Path, page: CheckedPage, edits: Iterable[Edit]) -> CheckedPage:
    """Correct a page's label map where it was not corrected before; the page with its digits.

    Raises:
        SkippedPage: It was not converted, or its label map is not the one that was looked at.
    """
    record = record_file(out, page.page)
    facts = json.loads(record.read_text())
    if 'skipped' in facts:
        record.unlink()  # time may have been short
        raise SkippedPage(f'it was not converted: {facts["skipped"]}')
    path = out / LABELS / f'{page.page}.png'
    label = np.array(Image.open(path))
    if not facts.get('corrected'):
        lines = json.loads((out / LINES / f'{page.page}.json').read_text())['lines']
        label = apply_edits(label, edits, lines)
        write_label_map(path, label, COLOURS)
        pixels = np.bincount(label.ravel(), minlength=len(CLASSES)).tolist()
        facts.update(corrected=True, pixels=dict(zip(CLASSES, pixels)))
        write_file(str(record), json.dumps(facts).encode())
    digits = label_digits(label)
    if page.label not in ('', digits):
        raise SkippedPage(f'its label map is not the one that was looked at, {page.label}, but '
                          f'{digits}')
    return CheckedPage(**{**asdict(page), 'label': digits})


def label_digits(label: np.ndarray) -> str:
    """First 16 digits of the SHA-256 of the pixels of a label map ``(H, W)``."""
    return hashlib.sha256(np.ascontiguousarray(label, np.uint8).tobytes()).hexdigest()[:16]


def _write_lists(out: Path, pages: Sequence[CheckedPage]) -> None:
    kinds = {f'{page.page}.jpg': int(page.genre == 'slide') for page in pages}
    write_file(str(out / 'cls_label.json'),
               (json.dumps(dict(sorted(kinds.items())), indent=1) + '\n').encode())
    write_checked(pages, out / 'pages.tsv', 'pages of this folder')
    write_lines(str(out / 'class_names.txt'), CLASSES)
    write_lines(str(out / 'ImageSets' / 'Segmentation' / f'{SPLIT}.txt'),
                sorted(page.page for page in pages))


__all__ = ['EDITS', 'PAGES', 'CheckedPage', 'build_checked', 'label_digits', 'read_checked',
           'read_edits', 'write_checked']
