"""A layout data set from a folder of PDFs."""
from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from prettytable import PrettyTable
from tqdm import tqdm

from mmseg.corpora.jobs import write_file, write_lines
from mmseg.utils.errors import InputError

from .documents import (
    Document,
    chosen_pages,
    find_documents,
    page_type,
    parse_page_types,
    split_documents,
)
from .label import CLASSES
from .pages import IMAGES, LABELS, LINES, PagesJob, record_file

REPORT = 'pdf_report.json'
SETTINGS = 'pdf_settings.json'
LONGER_SIDE = 1120
PAGE_CLASSES = ('document', 'slide')
# Counts up when the same page gets other labels: old and new ones are not mixed.
_LABELS_VERSION = 3
_PAGES_PER_JOB = 16


def convert_pdfs(folder: str | os.PathLike[str],
                 out_dir: str | os.PathLike[str],
                 longer_side: int | None = None,
                 dpi: float | None = None,
                 val: float = 0.2,
                 seed: int = 0,
                 max_pages: int | None = None,
                 page_types: Sequence[str] = (),
                 page_classes: Sequence[str] = PAGE_CLASSES,
                 nproc: int = 1,
                 timeout: float = 9.,
                 text: str = 'lines',
                 progress: bool = False) -> dict[str, Any]:
    """Write the data set of a folder's PDFs in VOC layout; its report.

    The folder gets ``JPEGImages``, ``SegmentationClassPNG``, ``TextLines``, the splits ``train``,
    ``val`` and ``trainval``, ``class_names.txt``, ``cls_label.json``, the report
    ``pdf_report.json``, and, to
    continue after an interruption, ``pdf_settings.json`` and ``pdf_pages``. The same PDFs give the
    same files, to the byte, with any number of processes.

    Args:
        folder: Of the PDFs, with folders below; or one PDF.
        out_dir: Folder of the data set: new, empty, or begun by an earlier call.
        longer_side: Of the pages in pixels, 1120 where ``dpi`` is not given either.
        dpi: Pixels per inch, in place of ``longer_side``.
        val: Share of the documents for validation, in [0, 1); pages of a document stay together.
        seed: Decides with the content of a document to which split it goes.
        max_pages: Of a document, evenly spread; all where None.
        page_types: ``'PATTERN=TYPE'`` for documents whose type is not to come from their shape.
        page_classes: Names of the page types.
        nproc: Number of processes.
        timeout: Seconds that a page may take before it is skipped.
        text: What is labelled as text: 'lines', or 'paragraphs' with the gaps between their lines.
        progress: Show progress bars.

    Raises:
        InputError: An argument is wrong, there is no PDF, the folder holds something else or pages
            with other settings, or no page could be labelled.
    """
    rules = parse_page_types(page_types, page_classes)
    if not 0 <= val < 1:
        raise InputError(f'--val is the share of the documents for validation, in [0, 1), not '
                         f'{val:g}')
    if longer_side is not None and dpi is not None:
        raise InputError('give --longer-side or --dpi, not both')
    for name, value in (('--longer-side', longer_side), ('--dpi', dpi),
                        ('--max-pages', max_pages), ('--timeout', timeout)):
        if value is not None and value <= 0:
            raise InputError(f'{name} must be above 0, got {value:g}')
    if text not in ('lines', 'paragraphs'):
        raise InputError(f"--text must be lines or paragraphs, got {text!r}")
    longer_side = LONGER_SIDE if longer_side is None and dpi is None else longer_side
    documents = find_documents(folder, progress)
    out = Path(out_dir)
    settings = {'longer_side': longer_side, 'dpi': dpi, 'max_pages': max_pages,
                'text': text, 'labels': _LABELS_VERSION}
    _prepare(out, settings, documents)
    names = {document.file: {number: f'{document.name}_p{number + 1:04d}' for number in
                             chosen_pages(document.pages, max_pages)} for document in documents}
    root = Path(folder).parent if Path(folder).is_file() else Path(folder)
    _make_pages([PagesJob(root / document.file, out, dict(list(names[document.file].items())[
                     first:first + _PAGES_PER_JOB]), longer_side, dpi, timeout,
                          text == 'paragraphs')
                 for document in documents
                 for first in range(0, len(names[document.file]), _PAGES_PER_JOB)], nproc)
    report = _collect(out, documents, names, val, seed, rules, page_classes)
    report = {'settings': {**settings, 'val': val, 'seed': seed}, **report}
    _write_lists(out, report)
    return report


def _prepare(out: Path, settings: dict[str, Any], documents: Sequence[Document]) -> None:
    """Make the folders, or see that what lies in them was begun with these settings and PDFs.

    Raises:
        InputError: It was not.
    """
    file = out / SETTINGS
    contents = {document.content: document.file for document in documents}
    if file.is_file():
        begun = json.loads(file.read_text())
        other = [f'{key}={begun["settings"].get(key)}' for key in settings
                 if begun['settings'].get(key) != settings[key]]
        if other:
            raise InputError(f'{out} was begun with {", ".join(other)}: name another folder, or '
                             'give the same again')
        gone = sorted(name for content, name in begun['documents'].items()
                      if content not in contents)
        if gone:
            raise InputError(f'{out} has pages of {len(gone)} documents that the folder does not '
                             f'have, such as {gone[0]}: put all PDFs below one folder, or name '
                             'another one for the data set')
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f'{out} exists and does not hold pages of PDFs: name a new or empty '
                         'folder')
    for name in (IMAGES, LABELS, LINES, record_file(out, '').parent.name):
        (out / name).mkdir(parents=True, exist_ok=True)
    known = {document.content: document.file for document in documents
             if document.pages}
    _write_json(file, {'settings': settings, 'documents': known})


def _make_pages(jobs: Sequence[PagesJob], nproc: int) -> None:
    """Run the jobs, each with a process of its own, so many at a time."""
    if nproc < 1:
        raise InputError(f'--nproc must be at least 1, got {nproc}')
    with ThreadPoolExecutor(nproc) as threads:
        try:
            with tqdm(total=sum(len(job.names) for job in jobs), desc='convert', unit=' pages',
                      leave=False) as bar:
                for job, _ in zip(jobs, threads.map(PagesJob.run, jobs)):
                    bar.update(len(job.names))
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise


def _collect(out: Path, documents: Sequence[Document], names: dict[str, dict[int, str]],
             val: float, seed: int, rules: list[tuple[str, str]],
             page_classes: Sequence[str]) -> dict[str, Any]:
    """What became of each document and page."""
    records = {document.file: {name: json.loads(record_file(out, name).read_text())
                               for name in names[document.file].values()}
               for document in documents}
    labelled = {document.content: sum('size' in facts for facts in records[document.file].values())
                for document in documents if not document.skipped}
    splits = split_documents(labelled, val, seed)
    entries = []
    for document in documents:
        entry: dict[str, Any] = {'file': document.file, 'sha256': document.content}
        if document.skipped:
            entries.append({**entry, 'skipped': document.skipped})
            continue
        pages = records[document.file]
        good = [name for name, facts in pages.items() if 'size' in facts]
        kinds = dict(zip(good, page_type(document.file, [pages[name]['size'] for name in good],
                                         rules, page_classes)))
        entry.update(pages=document.pages, split=splits.get(document.content))
        entry['taken'] = {name: {**facts, 'page_type': page_classes[kinds[name]]}
                          if name in kinds else facts for name, facts in pages.items()}
        entries.append(entry)
    return {'page_classes': list(page_classes), 'documents': entries}


def _write_lists(out: Path, report: dict[str, Any]) -> None:
    """Write splits, page types, class names and the report.

    Raises:
        InputError: There is no labelled page.
    """
    lists: dict[str, list[str]] = {'train': [], 'val': []}
    kinds: dict[str, int] = {}
    for document in report['documents']:
        for name, facts in document.get('taken', {}).items():
            if 'page_type' in facts:
                lists[document['split']].append(name)
                kinds[f'{name}.jpg'] = report['page_classes'].index(facts['page_type'])
    _write_json(out / REPORT, report)
    if not kinds:
        raise InputError(f'no page could be labelled; {out / REPORT} says why')
    lists['trainval'] = lists['train'] + lists['val']
    for split, pages in lists.items():
        file = out / 'ImageSets' / 'Segmentation' / f'{split}.txt'
        if pages:
            write_lines(str(file), sorted(pages))
        else:
            file.unlink(missing_ok=True)  # an empty list is taken for a mistake by the data set
    write_lines(str(out / 'class_names.txt'), CLASSES)
    _write_json(out / 'cls_label.json', dict(sorted(kinds.items())))


def _write_json(path: Path, content: Any) -> None:
    write_file(str(path), (json.dumps(content, indent=1, ensure_ascii=False) + '\n').encode())


def report_table(report: dict[str, Any]) -> str:
    """The report as tables: what the data set holds, and what was skipped for which reason."""
    pages = [(document, facts) for document in report['documents']
             for facts in document.get('taken', {}).values()]
    good = [(document, facts) for document, facts in pages if 'page_type' in facts]
    made = PrettyTable(['split', 'documents', 'pages', *report['page_classes'],
                        *(f'with {name}' for name in CLASSES[1:])], align='r')
    for split in ('train', 'val'):
        here = [facts for document, facts in good if document['split'] == split]
        held = {document['file'] for document, _ in good if document['split'] == split}
        made.add_row([split, len(held), len(here),
                      *(sum(facts['page_type'] == kind for facts in here)
                        for kind in report['page_classes']),
                      *(sum(facts['pixels'][name] > 0 for facts in here)
                        for name in CLASSES[1:])])
    text = made.get_string()
    skipped = Counter(facts['skipped'] for _, facts in pages if 'skipped' in facts)
    if skipped:
        reasons = PrettyTable(['skipped pages', 'reason'], align='l')
        reasons.add_rows([[count, reason] for reason, count in skipped.most_common()])
        text += f'\n{reasons.get_string()}'
    lost = [document for document in report['documents'] if 'skipped' in document]
    if lost:
        files = PrettyTable(['skipped document', 'reason'], align='l')
        files.add_rows([[document['file'], document['skipped']] for document in lost])
        text += f'\n{files.get_string()}'
    return text
