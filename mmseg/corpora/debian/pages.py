"""The converted pages as a data set that can be used while it grows."""
from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
from prettytable import PrettyTable
from tqdm import tqdm

from mmseg.corpora.jobs import Tally, write_file, write_lines
from mmseg.corpora.pdf import CLASSES
from mmseg.corpora.pdf.pages import IMAGES, PagesJob, record_file

from .choose import Candidate
from .fingerprints import Pictures, picture_hash
from .refusals import stem_of

TABLE, SPLIT = 'pages.tsv', 'train'
_COLUMNS = ('page', 'package', 'document', 'number', 'sha256', 'genre', 'script')
# Documents between two states of the lists.
_AT_ONCE = 48
_SECONDS_A_PAGE = 20.
# Share of a page beyond which a class is a mistake of the labels: squared paper, a slide's
# background.
_MOST_OF_A_PAGE = {'validline': 0.05, 'figure': 0.8}


class PageFolder:
    """A folder in VOC layout that documents are converted into, with a table of its pages.

    Args:
        root: The folder.
        longer_side: Of a page in pixels.
    """

    def __init__(self, root: Path, longer_side: int = 1120) -> None:
        self.root = root
        self._longer_side = longer_side

    def convert(self, files: Path, documents: Sequence[Sequence[Candidate]], held: Pictures,
                most: int, nproc: int = 1, progress: bool = False) -> None:
        """Convert documents in order, until there are ``most`` pages, and list those to use.

        A page is left out where its picture is like one of the pages before it or one held out.
        Lists are written again after every 48 documents; those of an earlier run stay until this
        one has as many pages.

        Args:
            files: Folder of the packages.
            documents: Their chosen pages.
            held: Pictures of pages that are held out.
            most: Pages to reach.
            nproc: Number of processes.
            progress: Show a progress bar.
        """
        own = Pictures()
        before_this = len(self._rows())
        taken: list[tuple[str, Candidate]] = []
        left_out: Counter[str] = Counter()
        with tqdm(total=most, desc='convert', unit='page', disable=not progress,
                  leave=False) as bar:
            for count, pages in enumerate(self._converted(files, documents, nproc), 1):
                before = len(taken)
                for page in pages:
                    reason = self._left_out(page, held, own)
                    if reason:
                        left_out[reason] += 1
                    else:
                        taken.append((page_name(page), page))
                bar.update(len(taken) - before)
                if count % _AT_ONCE == 0 and len(taken) >= before_this:
                    self._write_lists(taken, left_out)
                if len(taken) >= most:
                    break
        self._write_lists(taken, left_out)

    def _converted(self, files: Path, documents: Iterable[Sequence[Candidate]],
                   nproc: int) -> Iterator[Sequence[Candidate]]:
        """Documents in their order, as they are converted, a few of them ahead."""
        ahead: deque[tuple[Sequence[Candidate], Future[Tally]]] = deque()
        with ThreadPoolExecutor(nproc) as threads:  # each job has a process of its own
            try:
                for pages in documents:
                    ahead.append((pages, threads.submit(self._job(files, pages).run)))
                    if len(ahead) > 4 * nproc:
                        done, tally = ahead.popleft()
                        tally.result()
                        yield done
                while ahead:
                    done, tally = ahead.popleft()
                    tally.result()
                    yield done
            finally:
                threads.shutdown(cancel_futures=True)

    def _job(self, files: Path, pages: Sequence[Candidate]) -> PagesJob:
        return PagesJob(files / pages[0].package / pages[0].file, self.root,
                        {page.number: page_name(page) for page in pages}, self._longer_side, None,
                        _SECONDS_A_PAGE)

    def _left_out(self, page: Candidate, held: Pictures, own: Pictures) -> str | None:
        """Why a page is not used, None where it is; its picture is known from then on."""
        name = page_name(page)
        facts = json.loads(record_file(self.root, name).read_text())
        if 'skipped' in facts:
            return f'page is not converted: {facts["skipped"]}'
        whole = sum(facts['pixels'].values())
        for label, share in _MOST_OF_A_PAGE.items():
            if facts['pixels'][label] > share * whole:
                return f'page is covered by {label}'
        small = cv2.imread(str(self.root / IMAGES / f'{name}.jpg'), cv2.IMREAD_REDUCED_GRAYSCALE_4)
        if small is None:
            return 'page is not converted: its picture cannot be read'
        picture = picture_hash(small)
        if held.alike(page.sha256, picture):
            return 'page is like one held out (picture)'
        if own.alike(page.sha256, picture):
            return 'page is like another (picture)'
        own.add(page.sha256, picture)
        return None

    def _write_lists(self, taken: Sequence[tuple[str, Candidate]],
                     left_out: Counter[str]) -> None:
        """Write splits, page types, the table of pages and what was left out."""
        types = {f'{name}.jpg': int(page.genre == 'slide') for name, page in taken}
        rows = ['\t'.join(_COLUMNS)]
        rows += ['\t'.join(map(str, (name, page.package, page.file, page.number, page.sha256,
                                     page.genre, page.script))) for name, page in taken]
        self._write('cls_label.json', json.dumps(dict(sorted(types.items())), indent=1))
        self._write('left_out.json', json.dumps(left_out.most_common(), indent=1))
        self._write(TABLE, '\n'.join(rows))
        write_lines(str(self.root / 'class_names.txt'), CLASSES)
        write_lines(str(self.root / 'ImageSets' / 'Segmentation' / f'{SPLIT}.txt'),
                    sorted(name for name, _ in taken))

    def _write(self, name: str, text: str) -> None:
        write_file(str(self.root / name), f'{text}\n'.encode())

    def _rows(self) -> list[dict[str, str]]:
        """Lines of the table of pages."""
        table = self.root / TABLE
        lines = table.read_text().splitlines()[1:] if table.is_file() else []
        return [dict(zip(_COLUMNS, line.split('\t'))) for line in lines]

    def counts(self) -> dict[str, Any]:
        """Pages and documents, and pages by genre, script and class; empty before the first."""
        rows = self._rows()
        if not rows:
            return {}
        held: Counter[str] = Counter()
        shares: Counter[str] = Counter()
        for row in rows:
            facts = json.loads(record_file(self.root, row['page']).read_text())
            pixels = facts['pixels']
            held.update(name for name, number in pixels.items() if number)
            shares.update(pixels)
        return {'pages': len(rows), 'documents': len({row['sha256'] for row in rows}),
                'packages': len({row['package'] for row in rows}),
                'genre': Counter(row['genre'] for row in rows),
                'script': Counter(row['script'] or 'none' for row in rows),
                'pages with': held,
                'pixels': {name: round(number / shares.total(), 4)
                           for name, number in shares.items()},
                'left out': dict(json.loads((self.root / 'left_out.json').read_text()))}


def page_name(page: Candidate) -> str:
    """Name of a page's files: the document's name, a part of its hash, and the page from 1."""
    stem = ''.join(char if char.isascii() and (char.isalnum() or char in '.-') else '_'
                   for char in stem_of(page.file)).strip('_.') or 'document'
    return f'{stem}_{page.sha256[:8]}_p{page.number + 1:04d}'


def counts_table(counts: dict[str, Any]) -> str:
    """Counts as tables to read."""
    if not counts:
        return 'no page is converted yet'
    text = (f"{counts['pages']} pages of {counts['documents']} documents out of "
            f"{counts['packages']} packages")
    for key in ('genre', 'script', 'pages with', 'pixels', 'left out'):
        table = PrettyTable([key, 'share of pixels' if key == 'pixels' else 'pages'], align='l')
        table.add_rows([[name, number] for name, number in
                        sorted(counts[key].items(), key=lambda item: -item[1])])
        text += f'\n{table}'
    return text
