"""Shards of files in, a Parquet file of each table for each shard out.

A shard is the unit of work on one machine and on many: its tables depend on its files alone.
"""
from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from ...inference.predictor import Predictor
from ...utils.errors import InputError
from ...utils.storage import Storage, fetch, is_address
from ..writers.parquet import (
    TABLES,
    import_arrow,
    page_rows,
    read_table,
    table_bytes,
    table_of,
)
from .options import LayoutOptions, LayoutReport
from .pages import PageProcessor, PageResult
from .plan import LayoutPlan, PageJob, batches
from .sources import Shard
from .workers import PagePool

Progress = Callable[[int, int], None]
# Files of an object store that are copied at once, while others are processed.
_COPIES = 8


class ShardTables:
    """The rows of one shard, those of an earlier run included.

    Args:
        target: Where the tables are.
        shard: The files.
        settings: Of the run, for the files' metadata.
        resume: Keep the rows of files that had no error and did not change.
    """

    def __init__(self, target: Storage, shard: Shard, settings: Mapping[str, Any],
                 resume: bool) -> None:
        self.target, self.shard, self.settings = target, shard, settings
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        before = self._read() if resume else {}
        complete = self._complete(before) if before else set()
        self.kept = {table: _only(rows, complete) for table, rows in before.items()}
        self.todo = [source for source in shard.sources if source not in complete]
        self.kept_pages = len(self.kept['pages']) if before else 0
        self.unchanged = bool(before) and not self.todo and all(
            len(self.kept[table]) == len(before[table]) for table in TABLES)

    def _path(self, table: str) -> str:
        return f'{table}/{self.shard.name}.parquet'

    def _read(self) -> dict[str, Any]:
        """The tables of an earlier run; {} where the shard was not written."""
        found = {}
        for table in TABLES:
            content = self.target.read(self._path(table))
            if content is None:
                return {}
            found[table], _ = read_table(content, f'{self.target.root}/{self._path(table)}')
        return found

    def _complete(self, before: Mapping[str, Any]) -> set[str]:
        """Files that have rows and no error, and did not change."""
        failed = set(before['errors']['source'].to_pylist())
        written = self.target.modified(self._path('pages'))
        return {source
                for source in set(before['pages']['source'].to_pylist()) & {*self.shard.sources}
                if source not in failed and not _newer(source, written)}

    def add(self, result: PageResult) -> None:
        """Take the rows of a page, or why it has none."""
        job = result.job
        if result.problem is not None:
            self.fail(job.source, result.problem, None if job.problem else job.number + 1)
            return
        assert result.layout is not None
        files = job.name if result.files else None
        for table, rows in page_rows(result.layout, job.source, files).items():
            self.rows[table] += rows

    def fail(self, source: str, reason: str, page: int | None = None) -> None:
        """Take note of a page, or of a whole file, that has no result."""
        self.rows['errors'].append(dict(source=source, page_number=page, reason=reason))

    def write(self) -> None:
        """Write the tables, pages last: a shard with that file is complete.

        Raises:
            InputError: They cannot be written.
        """
        order = {source: place for place, source in enumerate(self.shard.sources)}
        for table in sorted(TABLES, key='pages'.__eq__):
            rows = [table_of(self.rows[table], table)]
            if self.kept:
                rows.insert(0, self.kept[table].cast(rows[0].schema))
            self.target.write(self._path(table), table_bytes(_in_order(rows, order), self.settings))


def _only(table: Any, sources: set[str]) -> Any:
    arrow = import_arrow()
    return table.filter(arrow.array(
        [source in sources for source in table['source'].to_pylist()], arrow.bool_()))


def _in_order(tables: list[Any], order: Mapping[str, int]) -> Any:
    """Rows of several tables, files in the given order; rows of a file keep theirs."""
    arrow = import_arrow()
    table = arrow.concat_tables(tables)
    places = [order[source] for source in table['source'].to_pylist()]
    return table.take(arrow.array(sorted(range(len(places)), key=places.__getitem__),
                                  arrow.int64()))


def _newer(source: str, written: int | None) -> bool:
    """Whether a file on a disk changed after the tables were written."""
    if written is None or is_address(source):
        return False
    try:
        return os.stat(source).st_mtime_ns > written
    except OSError:
        return True


class ShardProcessor:
    """Processes shards one after the other, with processes that stay from shard to shard.

    Args:
        opener: Returns the network; called in each process, to which it is sent by name.
        target: Path or address of the folder of the results.
        options: Formats and how regions are found, with ``rows``.
        settings: Of the run, for the metadata of the tables.
        workers: Number of processes; 0 works in this one.
    """

    def __init__(self, opener: Callable[[], Predictor], target: str, options: LayoutOptions,
                 settings: Mapping[str, Any], workers: int) -> None:
        self.target, self.settings = Storage(target), settings
        self.folder, self.options, self.workers = Path(self.target.root), options, workers
        self._ahead = 1 if options.strict else None
        self._close = ExitStack()
        if workers:
            pool = self._close.enter_context(PagePool(workers, opener))
            self._answers = lambda jobs: pool.process(jobs, self.folder, options, self._ahead)
        else:
            processor = PageProcessor(opener(), self.folder, options)
            self._answers = lambda jobs: map(processor.process, jobs)

    def close(self) -> None:
        """End the processes."""
        self._close.close()

    def process(self, shard: Shard,
                progress: Progress = lambda pages, more: None) -> LayoutReport:
        """Write the tables of a shard, and the pages' other files into a folder of its own.

        Args:
            shard: The files.
            progress: Called with the number of pages that are done, and of those to be added to one
                page a file.

        Raises:
            InputError: The network cannot be opened, a result cannot be written, or, if strict, a
                page cannot be read.
        """
        start = time.perf_counter()
        tables = ShardTables(self.target, shard, self.settings, self.options.resume)
        report = LayoutReport(skipped=tables.kept_pages, workers=self.workers)
        done = len(shard.sources) - len(tables.todo)
        progress(tables.kept_pages, tables.kept_pages - done)
        if not tables.unchanged:
            for result in self._results(shard, tables.todo, progress):
                if result.problem is not None and self.options.strict:
                    raise InputError(result.problem)
                tables.add(result)
                report.add(result.problem, result.files, result.stages, result.tiles)
                progress(int(result.problem is None), -int(result.problem is not None))
            tables.write()
        report.seconds = time.perf_counter() - start
        return report

    def _results(self, shard: Shard, sources: Iterable[str],
                 progress: Progress) -> Iterator[PageResult]:
        unreadable: list[PageResult] = []

        def jobs(plan: LayoutPlan) -> Iterator[PageJob]:
            for job in plan.jobs(lambda more: progress(0, more)):
                if job.problem is None:
                    yield job
                else:
                    unreadable.append(PageResult(job, problem=job.problem))

        with _local_files(sources) as (files, wait):
            plan = LayoutPlan(self.folder, list(files), self.options, origins=files, wait=wait,
                              prefix=f'files/{shard.name}/')
            for batch in self._answers(batches(jobs(plan), self.options.batch)):
                yield from batch
        yield from unreadable


@contextmanager
def _local_files(sources: Iterable[str]) -> Iterator[
        tuple[dict[Path, str], Callable[[Path], None]]]:
    """Give a path for each source, and a function that waits until the file is there.

    Files of object stores are copied in the background, into a folder that is removed.
    """
    files: dict[Path, str] = {}
    copies: dict[Path, Future[None]] = {}
    folder: str | None = None

    def wait(path: Path) -> None:
        if path in copies:
            copies[path].result()

    with ThreadPoolExecutor(_COPIES, thread_name_prefix='copies') as threads:
        try:
            for place, source in enumerate(sources):
                if not is_address(source):
                    files[Path(source)] = source
                    continue
                folder = folder or tempfile.mkdtemp(prefix='mmseg-')
                path = Path(folder, f'{place:06d}', PurePosixPath(source).name)
                path.parent.mkdir()
                files[path] = source
                copies[path] = threads.submit(fetch, source, path)
            yield files, wait
        finally:
            threads.shutdown(cancel_futures=True)
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)


def check_target(target: Storage, settings: Mapping[str, Any], resume: bool) -> None:
    """See that a run may write its tables into a folder.

    Raises:
        InputError: Tables of an earlier run are there, and this one does not continue it, or has
            other settings.
    """
    names = target.names('pages')
    if not names:
        return
    if not resume:
        raise InputError(f'{target.root} holds tables of an earlier run: continue it with '
                         '--resume, or name another folder')
    name = f'pages/{names[0]}'
    _, before = read_table(target.read(name) or b'', f'{target.root}/{name}')
    other = [f'{key} was {before.get(key)!r} and is {settings.get(key)!r}'
             for key in sorted({*before, *settings}) if before.get(key) != settings.get(key)]
    if other:
        raise InputError(f'the run in {target.root} had other options, {"; ".join(other)}: '
                         'continue it with those, or name another folder')


def remove_rest(target: Storage, count: int) -> None:
    """Remove the tables of an earlier run from shard ``count`` on.

    Raises:
        InputError: They cannot be removed.
    """
    last = Shard(count, ()).name
    for table in sorted(TABLES, key='pages'.__ne__):
        for name in target.names(table):
            if name.startswith('part-') and name.removesuffix('.parquet') >= last:
                target.remove(f'{table}/{name}')
