"""Fingerprints of the pages that are held out, to recognise near-duplicates of them elsewhere."""
from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from mmseg.corpora.pdf.documents import chosen_pages
from mmseg.utils.pdf_pages import load_page, open_pdf, render_page

from .fingerprints import Pictures, Texts, picture_hash, text_sketch
from .refusals import Refusals, stem_of
from .watched import pdfs_below, read_lines, write_lines_of

# Pages of a document whose texts and whose pictures are looked at, evenly spread.
TEXTS_SEEN, PICTURES_SEEN = 200, 24
_LONGER_SIDE = 256


def held_pages(files: Path, packages: Iterable[str], refusals: Refusals, records: Path,
               only: Mapping[str, Collection[str]] | None = None,
               seconds: float = 120.) -> tuple[Texts, Pictures]:
    """Texts and pictures of the pages of refused documents among the fetched packages.

    Args:
        files: Folder of the fetched packages.
        packages: Their names.
        refusals: Which of their documents are refused.
        records: Folder that keeps what was found, a file a package; what is there is not looked
            at again.
        only: Documents of a package that are looked at in addition to those refused by their own
            name, for packages of which few are used.
        seconds: That a document may take.
    """
    texts, pictures = Texts(), Pictures()
    for package in sorted(packages):
        held = [file for file in pdfs_below(files / package) if refusals.document(package, file)
                and (package not in (only or {}) or file in (only or {})[package]
                     or stem_of(file) in refusals.documents)]
        if not held:
            continue
        record = records / f'{package}.jsonl'
        if not record.is_file() or not set(held) <= {entry['file'] for entry in read_lines(record)}:
            record.unlink(missing_ok=True)
            write_lines_of(fingerprints, files / package, held, record, seconds)
        for entry in read_lines(record):
            name = f'{package}/{entry["file"]}'
            for sketch in entry.get('texts', ()):
                texts.add(name, sketch)
            for picture in entry.get('pictures', ()):
                pictures.add(name, picture)
    return texts, pictures


def fingerprints(path: Path) -> dict[str, Any]:
    """``{'texts': [sketch, ...], 'pictures': [hash, ...]}`` of a PDF's pages; of a broken one
    those before the first page that cannot be read."""
    found: dict[str, Any] = {'texts': [], 'pictures': []}
    try:
        with open_pdf(path) as document:
            shown = set(chosen_pages(len(document), PICTURES_SEEN))
            for number in sorted({*chosen_pages(len(document), TEXTS_SEEN), *shown}):
                page = load_page(document, number)
                found['texts'].append(text_sketch(page.get_textpage().get_text_range()))
                if number in shown:
                    found['pictures'].append(
                        picture_hash(render_page(page, _LONGER_SIDE, annotations=False)))
    except Exception as error:  # whatever a broken file raises: what was read of it counts
        found['broken'] = type(error).__name__
    return found
