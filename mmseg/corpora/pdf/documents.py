"""Which PDFs a folder holds, what their pages are called, and to which split they go."""
from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
from tqdm import tqdm

from mmseg.utils.errors import InputError, nearest
from mmseg.utils.pdf_pages import count_pages
from mmseg.utils.sandbox import run_limited

# Width over height of a slide: from 5:4 over 4:3, 16:10 and 16:9 to a little wider.
SLIDE_SHAPES = (1.2, 1.9)
# Sheets of paper, A4 and letter, that lie on their side are none, within one hundredth.
PAPER_SHAPES = (2 ** 0.5, 11 / 8.5)
_SECONDS_TO_OPEN = 10.


@dataclass(frozen=True)
class Document:
    """A PDF of the folder.

    Attributes:
        file: Its path below the folder, with slashes.
        name: What the names of its pages begin with: its own name and a part of its hash, so that
            they are the same whatever else the folder holds.
        content: SHA-256 of its bytes, hexadecimal.
        pages: Their number, 0 for a document that is skipped.
        skipped: Why it is skipped, None where it is not.
    """

    file: str
    name: str
    content: str
    pages: int
    skipped: str | None = None


def find_documents(folder: str | os.PathLike[str], progress: bool = False) -> list[Document]:
    """All PDFs in a folder and below, sorted by path.

    Args:
        folder: To look into; or one PDF.
        progress: Show a progress bar.

    Raises:
        InputError: The folder is not there or holds no PDF; pypdfium2 is not installed.
    """
    root = Path(folder)
    if root.is_file():
        root, files = root.parent, [root]
    elif root.is_dir():
        files = [Path(base) / name for base, _, names in os.walk(root) for name in names
                 if name.lower().endswith('.pdf')]
    else:
        raise InputError(f'{root} is not a folder of PDFs')
    if not files:
        raise InputError(f"no PDF found in {root}: looked for names that end in '.pdf' there and "
                         'below')
    documents: list[Document] = []
    seen: dict[str, str] = {}
    for path in tqdm(sorted(files, key=lambda path: path.relative_to(root).as_posix()),
                     desc='documents', unit='file', disable=not progress, leave=False):
        document = _look_at(path, path.relative_to(root).as_posix(), seen)
        seen.setdefault(document.content, document.file)
        documents.append(document)
    return documents


def _look_at(path: Path, file: str, seen: Mapping[str, str]) -> Document:
    """A document with its number of pages, or with the reason why it has none for us."""
    try:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        return Document(file, '', '', 0, f'cannot be read: {error.strerror or error}')
    stem = re.sub(r'[^A-Za-z0-9.-]+', '_', path.stem).strip('_.')[:60] or 'document'
    name = f'{stem}_{content[:8]}'
    if content in seen:
        return Document(file, name, content, 0, f'the same file as {seen[content]}')
    try:
        return Document(file, name, content, run_limited(
            count_pages, path, 'it', what='it', seconds=_SECONDS_TO_OPEN))
    except InputError as error:
        if 'install the extra' in str(error):
            raise
        return Document(file, name, content, 0, str(error).removeprefix('it '))


def chosen_pages(pages: int, most: int | None) -> list[int]:
    """Numbers of the pages to take, from 0: all, or ``most`` of them, evenly spread."""
    if most is None or pages <= most:
        return list(range(pages))
    return sorted({int(number) for number in np.linspace(0, pages - 1, most).round()})


def split_documents(pages: Mapping[str, int], val: float, seed: int) -> dict[str, str]:
    """Split of each document: 'train' or 'val'.

    A hash of seed and content decides, so that a document stays in its split when others are
    added. Where a split would be empty, and there are two documents at least, the nearest one goes
    there.

    Args:
        pages: Content hash of each document, with its number of labelled pages.
        val: Share of the documents for validation, in [0, 1).
        seed: Another seed gives another division.
    """
    draw = {content: int(hashlib.sha256(f'{seed}:{content}'.encode()).hexdigest()[:12], 16) / 16**12
            for content, number in pages.items() if number}
    split = {content: 'val' if number < val else 'train' for content, number in draw.items()}
    if val > 0 and len(draw) > 1:
        order = sorted(draw, key=draw.__getitem__)
        if 'val' not in split.values():
            split[order[0]] = 'val'
        elif 'train' not in split.values():
            split[order[-1]] = 'train'
    return split


def page_type(file: str, sizes: Sequence[tuple[int, int]], rules: Iterable[tuple[str, str]],
              page_classes: Sequence[str]) -> list[int]:
    """Page type of each page of a document, as index.

    The first rule whose pattern its file matches decides. Where none does, pages of the shape of a
    slide are slides if most of the document's pages are: a page that is turned for a wide table
    does not make a report one.

    Args:
        file: Of the document, below the folder.
        sizes: (height, width) of each page.
        rules: Pattern (``*`` and ``?``, or the name of a folder) and page type.
        page_classes: Names of the page types; without 'slide' and a rule all are the first.
    """
    for pattern, kind in rules:
        if fnmatch(file, pattern) or file.startswith(f'{pattern.rstrip("/")}/'):
            return [page_classes.index(kind)] * len(sizes)
    low, high = SLIDE_SHAPES
    wide = [low <= width / height <= high
            and all(abs(width / height / shape - 1) > 0.01 for shape in PAPER_SHAPES)
            for height, width in sizes]
    other = page_classes.index('document') if 'document' in page_classes else 0
    if 'slide' not in page_classes or 2 * sum(wide) <= len(wide):
        return [other] * len(sizes)
    return [page_classes.index('slide') if flag else other for flag in wide]


def parse_page_types(texts: Iterable[str], page_classes: Sequence[str]) -> list[tuple[str, str]]:
    """Pattern and page type of each ``'slides/*=slide'``.

    Raises:
        InputError: Something else is given, or a page type that does not exist.
    """
    rules = []
    for text in texts:
        pattern, equals, kind = text.rpartition('=')
        if not equals or not pattern:
            raise InputError(f"a page type is given as 'PATTERN=TYPE', such as 'slides/*=slide', "
                             f'not {text!r}')
        if kind not in page_classes:
            raise InputError(f'{text!r} names the page type {kind!r}, which does not exist'
                             f'{nearest(kind, page_classes)}; there are '
                             f"{', '.join(page_classes)}")
        rules.append((pattern, kind))
    return rules
