"""Which pages the files of a run have, and what the results of each are called."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ...utils.errors import InputError
from ...utils.page_images import count_frames, may_have_pages
from ...utils.sandbox import run_limited
from ..writers import FORMATS
from .options import LayoutOptions

COCO_NAME = 'layout'


class PageJob(NamedTuple):
    """A page to process.

    Attributes:
        file: Where it is.
        number: Of the page in that file, from 0.
        total: Number of pages in that file.
        name: What its results are called, without suffix.
        problem: Why the pages of the file cannot be counted; None where they can.
        origin: What the file is called, where that is not its path; '' otherwise.
    """
    file: Path
    number: int = 0
    total: int = 1
    name: str = ''
    problem: str | None = None
    origin: str = ''

    @property
    def source(self) -> str:
        """What the file is called."""
        return self.origin or str(self.file)

    @property
    def title(self) -> str:
        """What error messages call the page."""
        return self.source if self.total == 1 else f'page {self.number + 1} of {self.source}'


def output_names(files: Sequence[Path]) -> dict[Path, str]:
    """A name for each file's results, unlike the others' also where case does not count.

    It is the file's stem; files of one stem are told apart by their suffix (``a_png``), by as
    many folders above as it takes (``left_a``), or by both.
    """
    by_stem: dict[str, list[Path]] = {}
    for file in files:
        by_stem.setdefault(file.stem.casefold(), []).append(file)
    return {file: name for group in by_stem.values() for file, name in _told_apart(group)}


def _told_apart(files: list[Path]) -> Iterable[tuple[Path, str]]:
    """Each file of one stem with the shortest name that only it has."""
    if len(files) == 1:
        return [(files[0], files[0].stem)]
    # without the root of the file system
    folders = [file.absolute().parts[1:-1] for file in files]
    for above in range(max(map(len, folders)) + 1):
        for suffixes in (False, True):
            names = ['_'.join([*parts[max(len(parts) - above, 0):], file.stem,
                               *([file.suffix[1:]] if suffixes else [])])
                     for file, parts in zip(files, folders)]
            if len({name.casefold() for name in names}) == len(names):
                return zip(files, names)
    # such as a/b_c.png and a_b/c.png
    return [(file, f'{file.stem}_{index}') for index, file in enumerate(files, 1)]


def common_folder(files: Iterable[Path]) -> str | None:
    """The deepest folder in or below which all files are."""
    folders = [os.path.dirname(os.path.abspath(file)) for file in files]
    return os.path.commonpath(folders) if folders else None


class LayoutPlan:
    """The pages of files in their order, each with a name of its own.

    Names depend on the files and their numbers of pages alone, so that a run which continues
    another one, and one with more processes, gives the same.

    Args:
        folder: Where the results go.
        files: Pictures, TIFF files of several pages, PDFs.
        options: Which formats.
        prefix: What all names begin with, such as a folder below ``folder``.
        origins: What files are called, where that is not their path.
        wait: Called with each file before it is opened; raises InputError where it does not come.
    """

    def __init__(self, folder: Path, files: Sequence[Path], options: LayoutOptions, *,
                 prefix: str = '', origins: Mapping[Path, str] | None = None,
                 wait: Callable[[Path], None] = lambda file: None) -> None:
        self.folder, self.names, self.options = folder, output_names(files), options
        self._prefix, self._origins, self._wait = prefix, origins or {}, wait
        self._inputs = {file.resolve() for file in files}
        self._taken: set[str] = {COCO_NAME} if 'coco' in options.formats else set()

    def jobs(self, pages: Callable[[int], None] = lambda more: None) -> Iterator[PageJob]:
        """Yield the pages; a file that cannot be opened is one job with its problem.

        Args:
            pages: Called for each file of several pages with their number less one.

        Raises:
            InputError: A result would replace a page.
        """
        for file, wanted in self.names.items():
            origin = self._origins.get(file, '')
            try:
                self._wait(file)
                total = _count(file, origin)
            except InputError as error:
                yield PageJob(file, problem=str(error), origin=origin)
                continue
            if total > 1:
                pages(total - 1)
            numbered = total > 1 or file.suffix.lower() == '.pdf'
            for number in range(total):
                name = self._free_name(f'{wanted}_{number + 1:04d}' if numbered else wanted)
                self._check(name)
                yield PageJob(file, number, total, name, origin=origin)

    def _free_name(self, wanted: str) -> str:
        """``a`` for the only page of a file, ``a_0003`` for the third of several or of a PDF."""
        name, again = wanted, 1
        # a_0003 may also be the third page of a.pdf
        while name.casefold() in self._taken:
            again += 1
            name = f'{wanted}-{again}'
        self._taken.add(name.casefold())
        return self._prefix + name

    def _check(self, name: str) -> None:
        for path in self.paths(name).values():
            if path.resolve() in self._inputs:
                raise InputError(f'{path} is a page itself, which the result would replace: name '
                                 'another folder')

    def paths(self, name: str) -> dict[str, Path]:
        """Return the file of each format that has one for each page."""
        return output_paths(self.folder, name, self.options)

    def is_complete(self, job: PageJob) -> bool:
        """Return whether all files of the page exist and none is older than the page."""
        paths = self.paths(job.name)
        if not paths and self.options.crop:
            return False  # nothing tells whether all its lines are there
        try:
            since = job.file.stat().st_mtime_ns
            return all(path.stat().st_mtime_ns >= since for path in paths.values())
        except OSError:
            return False


def output_paths(folder: Path, name: str, options: LayoutOptions) -> dict[str, Path]:
    """Return the file of each format that has one for each page, for the page of that name."""
    return {kind: folder / f'{name}{FORMATS[kind].suffix}' for kind in options.page_formats}


def _count(file: Path, name: str = '') -> int:
    """Number of pages; 1 for files other than PDFs and TIFFs, and for those that cannot be opened.

    Counted in a process with limits, since the file may be made to do harm.
    """
    if not may_have_pages(file):
        return 1
    name = name or os.fspath(file)
    return run_limited(count_frames, os.fspath(file), name, what=name)


def has_pages(files: Sequence[Path], most: int) -> bool:
    """Return whether the files have ``most`` pages or more together."""
    pages = 0
    for left, file in zip(range(len(files), 0, -1), files):
        if pages + left >= most:
            return True
        try:
            pages += _count(file)
        except InputError:
            pages += 1
    return pages >= most


def batches(jobs: Iterable[PageJob], size: int) -> Iterator[list[PageJob]]:
    """Yield the jobs in lists of ``size``, the last one shorter."""
    batch: list[PageJob] = []
    for job in jobs:
        batch.append(job)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
