"""The checked validation set: listed pages of packages that give none to training, corrected."""
from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from tqdm import tqdm

from mmseg.corpora.jobs import write_file, write_lines
from mmseg.corpora.pdf import CLASSES
from mmseg.corpora.pdf.pages import IMAGES, LABELS, LINES, PagesJob, palette_png, record_file
from mmseg.utils.errors import InputError

from .packages import FILES, fetch_packages
from .refusals import LISTS

PAGES, EDITS, SPLIT = LISTS / 'checked_pages.tsv', LISTS / 'checked_edits.tsv', 'val'
_COLUMNS = ('page', 'package', 'document', 'number', 'sha256', 'label', 'genre', 'script')
_SECONDS_A_PAGE = 60.


@dataclass(frozen=True)
class CheckedPage:
    """A page of the set.

    Attributes:
        page: Name of its files.
        package: Of the document.
        document: File below the package's folder.
        number: Of the page, from 0.
        sha256: Of the picture's pixels, as they were looked at.
        label: SHA-256 of the label map, with the corrections.
        genre: Of the document.
        script: Of the document.
    """

    page: str
    package: str
    document: str
    number: int
    sha256: str
    label: str
    genre: str
    script: str


def read_checked(path: Path = PAGES) -> list[CheckedPage]:
    """Pages of a list.

    Raises:
        InputError: The list is not there, or a line has other columns.
    """
    if not path.is_file():
        raise InputError(f'{path}: no such list of checked pages')
    pages = []
    for number, line in enumerate(path.read_text().splitlines()[1:], 2):
        cells = line.split('\t')
        if len(cells) != len(_COLUMNS):
            raise InputError(f'{path}, line {number}: expected the columns '
                             f'{", ".join(_COLUMNS)}, got {line!r}')
        pages.append(CheckedPage(*cells[:3], int(cells[3]), *cells[4:]))  # type: ignore[misc]
    return pages
