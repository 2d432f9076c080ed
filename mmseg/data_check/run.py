"""Checks of all pages, in this process or several, always in the same order."""
from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import tee

import cv2
from tqdm import tqdm

from mmseg.utils.limited_pool import map_limited
from mmseg.utils.sandbox import HAS_FORK, LimitError

from .findings import Findings
from .page import unreadable_page
from .splits import Source
from .totals import Chunk, add_up, check_chunk, empty_chunk

_CHUNK = 8

Job = tuple[int, int, int]

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
    """
    totals = [empty_chunk(source, 0, len(source.pages) if first is None
                          else min(first, len(source.pages))) for source in sources]
    jobs = ((source.number, start, min(start + _CHUNK, len(total.sizes)))
            for source, total in zip(sources, totals, strict=True)
            for start in range(0, len(total.sizes), _CHUNK))
    number = sum(len(total.sizes) for total in totals)
    done = (_serial(sources, jobs, look) if nproc <= 1 or number <= _CHUNK or not HAS_FORK
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
    """Chunks in order from several processes; a page on which one ends is a finding."""

    def do(job: Job) -> Chunk:
        cv2.setNumThreads(0)  # there is one process for each core
        number, start, stop = job
        return check_chunk(sources[number], start, stop, look)

    def checked(jobs: Iterable[Job], nproc: int) -> Iterator[tuple[Job, Chunk | LimitError]]:
        jobs, again = tee(jobs)
        return zip(again, map_limited(do, jobs, nproc, what=lambda job: 'the page'), strict=True)

    for job, chunk in checked(jobs, nproc):
        if not isinstance(chunk, LimitError):
            yield chunk
            continue
        source, start, stop = job
        for page, one in checked(((source, page, page + 1) for page in range(start, stop)), 1):
            if isinstance(one, LimitError):
                why, one = str(one), empty_chunk(sources[source], page[1], 1)
                one.findings.append(unreadable_page(sources[source], page[1], why))
            yield one
