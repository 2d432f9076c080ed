"""A folder of pages in, their regions as files out."""
from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from ...inference.predictor import Predictor
from ...utils.atomic_write import check_folder
from ...utils.errors import InputError
from ..writers import check_region_types
from .coco import CocoWriter
from .options import LayoutOptions, LayoutReport
from .pages import PageProcessor, PageResult
from .plan import LayoutPlan, PageJob, batches
from .workers import PagePool

Progress = Callable[[int, int], None]


def write_layouts(predictor: Predictor | PagePool, files: Sequence[Path],
                  folder: str | os.PathLike[str], options: LayoutOptions | None = None,
                  progress: Progress = lambda pages, more: None) -> LayoutReport:
    """Write the regions of all pages of the files, and say what could not be read.

    Results and their order do not depend on the number of processes.

    Args:
        predictor: What gives the scores of pages in this process, or the processes that process
            pages.
        files: Pictures, TIFF files of several pages, PDFs.
        folder: Where the results go.
        options: Formats and how regions are found; JSON by default.
        progress: Called with the number of pages that are done, and of those to be added to one
            page a file: more in files of several, less where one cannot be read.

    Raises:
        InputError: The folder cannot be written, a region type does not fit, the network cannot be
            opened or its memory does not suffice, or, if strict, a file cannot be read.
    """
    options = options or LayoutOptions()
    known = predictor.facts if isinstance(predictor, PagePool) else predictor
    check_region_types(options.region_types, tuple(known.classes))
    path, start = check_folder(folder), time.perf_counter()
    plan = LayoutPlan(path, files, options)
    report = LayoutReport()
    coco = CocoWriter(path, files, options) if 'coco' in options.formats else None
    jobs = _to_do(plan, coco, report, options, progress)
    waiting = batches(jobs, options.batch)
    results: Iterable[list[PageResult]]
    if isinstance(predictor, PagePool):
        report.workers = predictor.workers
        results = predictor.process(waiting, path, options, 1 if options.strict else None)
    else:
        results = map(PageProcessor(predictor, path, options).process, waiting)
    _gather(results, coco, report, options, progress)
    if coco is not None:
        coco.close()
        report.files += 1
    report.seconds = time.perf_counter() - start
    return report


def _to_do(plan: LayoutPlan, coco: CocoWriter | None, report: LayoutReport,
           options: LayoutOptions, progress: Progress) -> Iterator[PageJob]:
    """The pages that are not complete yet; problems of files go into the report."""
    for job in plan.jobs(lambda more: progress(0, more)):
        if job.problem is not None:
            if options.strict:
                raise InputError(job.problem)
            report.add(job.problem)
            progress(0, -1)
            continue
        skipped = options.resume and plan.is_complete(job)
        if coco is not None:
            skipped = coco.plan(job, skipped)
        if skipped:
            report.skipped += 1
            progress(1, 0)
        else:
            yield job


def _gather(batches: Iterable[list[PageResult]], coco: CocoWriter | None, report: LayoutReport,
            options: LayoutOptions, progress: Progress) -> None:
    """Put results into the report, and into the file of all pages."""
    for batch in batches:
        for result in batch:
            if result.problem is not None and options.strict:
                raise InputError(result.problem)
            report.add(result.problem, result.files, result.stages, result.tiles)
            if result.problem is not None:
                progress(0, -1)
                continue
            if coco is not None and result.layout is not None:
                coco.add(result)
            progress(1, 0)
