"""Checks of all pages, in this process or several, always in the same order."""
from __future__ import annotations

import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import cv2
from tqdm import tqdm

from mmseg.utils.errors import InputError

from .findings import Findings
from .splits import Source
from .totals import Chunk, add_up, check_chunk, empty_chunk

_CHUNK = 8
# Chunks under way per process: enough to keep it busy, few enough to stop at once.
_AHEAD = 3

Job = tuple[int, int, int]
# What a child process works on, handed over once, since it lists all pages; and when to stop.
_work: tuple[Sequence[Source], bool] = ((), True)
_stop: Any = None


def check_pages(sources: Sequence[Source], findings: Findings, *, first: int | None = None,
                nproc: int = 1, look: bool = True, progress: bool = False) -> list[Chunk]:
    """The totals of each source.

    Args:
        sources: What to read.
        findings: Takes the pages' faults, in the order of the pages.
        first: Pages of each source to look at; all where None.
        nproc: Processes that read.
        look: Whether to hash how pages look.
        progress: Whether to show a bar.

    Raises:
        InputError: A reading process died.
    """
    totals = [empty_chunk(source, 0, len(source.pages) if first is None
                          else min(first, len(source.pages))) for source in sources]
    jobs = ((source.number, start, min(start + _CHUNK, len(total.sizes)))
            for source, total in zip(sources, totals, strict=True)
            for start in range(0, len(total.sizes), _CHUNK))
    number = sum(len(total.sizes) for total in totals)
    done = (_serial(sources, jobs, look) if nproc <= 1 or number <= _CHUNK
            else _parallel(sources, jobs, look, nproc))
    with tqdm(total=number, unit='page', desc='checking', disable=not progress,
              file=sys.stderr) as bar:
        for part in done:
            add_up(totals[part.source], part)
            findings.extend(part.findings)
            bar.update(len(part.sizes))
    return totals


def _serial(sources: Sequence[Source], jobs: Iterator[Job], look: bool) -> Iterator[Chunk]:
    for number, start, stop in jobs:
        yield check_chunk(sources[number], start, stop, look)


def _parallel(sources: Sequence[Source], jobs: Iterator[Job], look: bool,
              nproc: int) -> Iterator[Chunk]:
    """Chunks in order from several processes, never more than a few of them waiting."""
    # forked processes have the lists of pages already; elsewhere these are pickled once each
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context('fork' if 'fork' in methods else None)
    stop = context.Event()
    pool = ProcessPoolExecutor(nproc, context, _begin, (sources, look, stop))
    waiting: deque[Future[Chunk]] = deque()
    try:
        for job in jobs:
            waiting.append(pool.submit(_do, job))
            if len(waiting) >= _AHEAD * nproc:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise InputError('a reading process died, perhaps for want of memory: try a smaller '
                         '--nproc, or 1 to see where') from error
    finally:
        stop.set()  # what is under way still, as after Ctrl-C, is of no use any more
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(sources: Sequence[Source], look: bool, stop: Any) -> None:
    """In a child process: take over the work; Ctrl-C is the parent's business."""
    global _work, _stop
    _work, _stop = (sources, look), stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(0)


def _do(job: Job) -> Chunk:
    sources, look = _work
    number, start, stop = job
    if _stop.is_set():
        return empty_chunk(sources[number], start, 0)
    return check_chunk(sources[number], start, stop, look)
