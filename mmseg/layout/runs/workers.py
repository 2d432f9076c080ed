"""Processes that read pages, run the network, find regions and write them, a batch each.

Each holds a network of its own and works on one core, so that reading, network, regions and writing
of different pages overlap and no scores travel between processes. What a page gets does not depend
on the number of processes, since each computes in the same way.
"""
from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from ...inference.predictor import Predictor, PredictorFacts
from ...utils.errors import InputError
from ...utils.sandbox import EndedError, LimitError, Worker
from .options import LayoutOptions
from .pages import PageResult, answer_held, in_order, open_network, read_held
from .plan import PageJob

# What reading a page may take; a page of 178 million pixels needs less.
_SECONDS = 120.
_MEMORY = 6 << 30
# Pages after which a process is replaced: libraries in C lose memory in the long run.
_PAGES = 2000


class PagePool:
    """Processes batches of pages in several processes; a context that ends them.

    The processes start at once, and open the network while the caller does something else.

    A page on which a process crashes, hangs or takes too much memory while it is read is a problem
    of that page; the process is replaced. One that ends while the network answers (the system
    ends the largest process where memory is short) is replaced too, and its pages are processed
    again, one by one.

    Args:
        workers: Number of processes.
        opener: Returns the network; called in each process, to which it is sent by name: a function
            of a module, with arguments by ``functools.partial``.
    """

    def __init__(self, workers: int, opener: Callable[[], Predictor]) -> None:
        self.workers, self._opener = workers, opener
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix='pages')
        self._own = threading.local()
        self._all: list[Worker] = []
        self._closed = False
        self._opening = [self._threads.submit(self._worker) for _ in range(workers)]

    def __enter__(self) -> PagePool:
        return self

    def __exit__(self, *error: object) -> None:
        self._closed = True
        for worker in self._all:
            worker.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)

    @property
    def facts(self) -> PredictorFacts:
        """What the network says of itself; waits until a process has opened it.

        Raises:
            InputError: The network cannot be opened.
        """
        self._opening[0].result()
        return self._facts

    def process(self, batches: Iterable[Sequence[PageJob]], folder: Path, options: LayoutOptions,
                ahead: int | None = None) -> Iterator[list[PageResult]]:
        """Yield the results of each batch, in the order of the batches.

        Args:
            batches: Taken one by one, only as far ahead as there are processes to work on them.
            folder: Where the results go.
            options: Formats and how regions are found.
            ahead: Number of batches that may be in work or waiting; twice the processes by default.

        Raises:
            InputError: A file cannot be written, or the network cannot be opened.
        """
        waiting: deque[Future[list[PageResult]]] = deque()
        for batch in batches:
            waiting.append(self._threads.submit(self._process, batch, folder, options))
            if len(waiting) >= (2 * self.workers if ahead is None else ahead):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _process(self, jobs: Sequence[PageJob], folder: Path,
                 options: LayoutOptions) -> list[PageResult]:
        """The results of a batch, from the process of this thread."""
        lost: dict[PageJob, str] = {}
        while True:
            left = [job for job in jobs if job not in lost]
            try:
                found = {result.job: result for result in self._attempt(left, folder, options)}
            except _Lost as error:
                if error.job is not None:
                    lost[error.job] = str(error)
                    continue
                if len(left) == 1:
                    lost[left[0]] = f'{left[0].title}: {error}'
                    continue
                found = {job: self._process([job], folder, options)[0] for job in left}
            return [found.get(job) or PageResult(job, problem=lost[job]) for job in jobs]

    def _attempt(self, jobs: Sequence[PageJob], folder: Path,
                 options: LayoutOptions) -> list[PageResult]:
        if not jobs:
            return []
        worker = self._worker()

        def read(job: PageJob) -> None:
            try:
                worker.call(read_held, job, folder, options, what=job.title, seconds=_SECONDS,
                            memory=_MEMORY)
            except EndedError as error:
                raise _Lost(str(error)) from error
            except LimitError as error:
                raise _Lost(str(error), job) from error

        def answer() -> list[PageResult]:
            try:
                return worker.call(answer_held, what='the network', seconds=None, memory=None)
            except LimitError as error:
                raise _Lost('the process ended while the network answered; is there enough memory '
                            'for the number of workers and pages of a batch?') from error

        return in_order(jobs, read, answer)

    def _worker(self) -> Worker:
        worker: Worker | None = getattr(self._own, 'worker', None)
        if worker is not None and worker.calls > 2 * _PAGES:
            worker.kill()
        if worker is None or not worker.ready:
            if self._closed:
                raise InputError('the run was ended')
            worker = Worker(open_network.__module__)
            self._all = [other for other in self._all if other.alive] + [worker]
            if self._closed:
                worker.kill()
            self._facts = worker.call(open_network, self._opener, what='the network', seconds=None,
                                      memory=None)
            self._own.worker = worker
        return worker


class _Lost(BaseException):
    """A process ended; ``job`` is the page that it was reading, None while the network answered.

    No Exception, since those are a page's own problem.
    """

    def __init__(self, message: str, job: PageJob | None = None) -> None:
        super().__init__(message)
        self.job = job
