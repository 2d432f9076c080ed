"""What happens to a page: it is read, the network answers, regions are found and written.

:class:`PageProcessor` does this in the calling process. The functions below it are what a worker
process (:mod:`~mmseg.layout.runs.workers`) is called with: it holds one processor.
"""
from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch

from ...core.visualization import save_image
from ...inference.predictor import Predictor, PredictorFacts
from ...inference.tiles import TileCount
from ...utils.errors import InputError, plural
from ...utils.page_images import PageImage, read_page
from ..crops import line_picture
from ..region import PageLayout
from ..regions import page_layout
from ..vertical import predict_pages
from ..writers import write
from .options import LayoutOptions
from .plan import PageJob, output_paths


class PageResult(NamedTuple):
    """What came of a page.

    Attributes:
        job: The page.
        files: Number of files written.
        layout: Its regions, where a format holds all pages or ``rows`` are asked for; None
            otherwise.
        problem: Why there is no result; None where there is one.
        stages: Seconds spent in each stage.
        tiles: Pixels of larger scales that were computed for the page, or for the batch that it is
            the first page of.
    """
    job: PageJob
    files: int = 0
    layout: PageLayout | None = None
    problem: str | None = None
    stages: Mapping[str, float] = {}
    tiles: TileCount = TileCount()


class PageProcessor:
    """Processes pages in batches: each is read, then all are answered.

    Args:
        predictor: What gives the scores of pages.
        folder: Where the results go.
        options: Formats and how regions are found.
    """

    def __init__(self, predictor: Predictor, folder: Path, options: LayoutOptions) -> None:
        self.predictor, self.folder, self.options = predictor, folder, options
        self._read: list[tuple[PageJob, PageImage, float]] = []

    def read(self, job: PageJob) -> None:
        """Read a page of the next batch.

        Raises:
            InputError: It cannot be read.
        """
        start = time.perf_counter()
        page = read_page(job.file, job.number, job.source, dpi=self.options.dpi,
                         longer_side=self.options.longer_side)
        self._read.append((job, page, time.perf_counter() - start))

    def answer(self) -> list[PageResult]:
        """Return the results of the pages that were read, after their files were written.

        Raises:
            InputError: The network's memory does not suffice, or a file cannot be written.
        """
        batch, self._read = self._read, []
        if not batch:
            return []
        start, before = time.perf_counter(), self.predictor.tile_count
        try:
            with _memory([page for _, page, _ in batch]):
                answers = predict_pages(self.predictor, [page.image for _, page, _ in batch],
                                        self.options.regions)
        except InputError:
            raise
        except Exception as error:
            return self._alone(batch, error)
        network = (time.perf_counter() - start) / len(batch)
        results = []
        for (job, page, reading), arrays in zip(batch, answers, strict=True):
            stages = {'reading': reading, 'network': network}
            start = time.perf_counter()
            try:
                found = page_layout(
                    arrays, self.predictor.classes, self.predictor.palette,
                    self.predictor.page_classes, self.options.regions, source=page.source,
                    number=page.number, image=page.image)
            except Exception as error:
                results.append(PageResult(job, problem=_sentence(job, error), stages=stages))
                continue
            middle = time.perf_counter()
            try:
                files, layout = write_page(self.folder, job, page.image, found, self.options)
            except InputError:  # the folder cannot be written, which ends the run
                raise
            except Exception as error:
                results.append(PageResult(job, problem=_sentence(job, error), stages=stages))
                continue
            stages.update(regions=middle - start, writing=time.perf_counter() - middle)
            results.append(PageResult(job, files, layout, stages=stages))
        after = self.predictor.tile_count
        results[0] = results[0]._replace(
            tiles=TileCount(after.seen - before.seen, after.whole - before.whole))
        return results

    def _alone(self, batch: list[tuple[PageJob, PageImage, float]],
               error: Exception) -> list[PageResult]:
        """The results of pages that the network refuses together: of each by itself."""
        if len(batch) == 1:
            return [PageResult(batch[0][0], problem=_sentence(batch[0][0], error))]
        results = []
        for page in batch:
            self._read = [page]
            results += self.answer()
        return results

    def process(self, jobs: Sequence[PageJob]) -> list[PageResult]:
        """Return the results of a batch, in its order; see :meth:`answer` for errors."""
        return in_order(jobs, self.read, self.answer)


def in_order(jobs: Sequence[PageJob], read: Callable[[PageJob], None],
             answer: Callable[[], list[PageResult]]) -> list[PageResult]:
    """Return the results of ``jobs``: a problem where ``read`` raises, the answer otherwise."""
    problems: dict[PageJob, str] = {}
    for job in jobs:
        try:
            read(job)
        except InputError as error:
            problems[job] = str(error)
        except Exception as error:
            problems[job] = _sentence(job, error)
    answers = {result.job: result for result in answer()}
    return [answers.get(job) or PageResult(job, problem=problems[job]) for job in jobs]


def _sentence(job: PageJob, error: Exception) -> str:
    """Why a page has no result."""
    kind = '' if isinstance(error, InputError) else f'{type(error).__name__}: '
    return f'{job.title}: {kind}{error}'


def write_page(folder: Path, job: PageJob, image: np.ndarray, layout: PageLayout,
               options: LayoutOptions) -> tuple[int, PageLayout | None]:
    """Write the files of a page, whose picture is BGR ``(H, W, 3)``.

    Returns:
        Their number, and what a file of all pages needs; None without such a file.

    Raises:
        InputError: A file cannot be written.
    """
    whole, paths, files = layout, output_paths(folder, job.name, options), 0
    all_pages = options.rows or 'coco' in options.formats
    if 'jpg' in paths:  # the other files name that picture
        layout = replace(layout, source=paths['jpg'].name, number=0)
        whole = replace(layout, source=str(paths['jpg']))
    if options.crop:
        # before the others: a page whose files exist has all its lines
        files += _write_lines(folder / f'{job.name}_lines', image, layout)
    for kind, path in paths.items():
        write([layout], kind, path, [image], options.region_types)
    return files + len(paths), whole if all_pages else None


def _write_lines(folder: Path, image: np.ndarray, layout: PageLayout) -> int:
    """Write the page's lines as pictures, named by their place in the reading order."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [line for region in layout.regions for line in region.lines]
    for order, line in enumerate(lines, 1):
        save_image(folder / f'{order:04d}.png', line_picture(image, line))
    return len(lines)


@contextlib.contextmanager
def _memory(pages: Sequence[PageImage]) -> Iterator[None]:
    """Say in a sentence which pages were too large for the network's memory."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        height, width = np.max([page.image.shape[:2] for page in pages], axis=0)
        raise InputError(f'the memory does not suffice for {plural(len(pages), "page")} of up to '
                         f'{width} x {height} at once, the first of {pages[0].source}: '
                         'take a smaller batch or smaller pages') from error


_network: Predictor | None = None
_held: PageProcessor | None = None


def open_network(opener: Callable[[], Predictor]) -> PredictorFacts:
    """In a worker process: open the network, on one core, and return what it says of itself."""
    global _network
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    _network = opener()
    gc.freeze()  # or it would be searched for garbage again with every page
    return PredictorFacts.of(_network)


def read_held(job: PageJob, folder: Path, options: LayoutOptions) -> None:
    """In a worker process: see :meth:`PageProcessor.read`; a batch has one folder and options."""
    global _held
    assert _network is not None
    _held = _held or PageProcessor(_network, folder, options)
    _held.read(job)


def answer_held() -> list[PageResult]:
    """In a worker process: see :meth:`PageProcessor.answer`."""
    global _held
    assert _held is not None
    processor, _held = _held, None
    return processor.answer()
