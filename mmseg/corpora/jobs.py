"""Conversion of many files in parallel, with a progress bar; existing files are skipped."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from tqdm import tqdm

from mmseg.utils.atomic_write import atomic_path
from mmseg.utils.errors import InputError, plural
from mmseg.utils.limited_pool import map_limited
from mmseg.utils.safe_files import FAULTS, in_words

# What a job may take; an aerial photograph has hundreds of megapixels and hundreds of tiles.
_SECONDS = 900.
_MEMORY = 12 << 30


class Tally(NamedTuple):
    """How many files were written, and how many were there before."""
    written: int
    there: int

    def __str__(self) -> str:
        return f'{plural(self.written, "file")} written, {self.there} were there already'


@dataclass(frozen=True)
class Job:
    """A file to make.

    Attributes:
        target: Its name.
        make: Gives its bytes, or the picture that it holds: ``(H, W)``, or ``(H, W, 3)`` in BGR
            order, which becomes a PNG. Other processes call it: a function of a module, with
            arguments by ``functools.partial``.
    """

    target: str
    make: Callable[[], np.ndarray | bytes]

    def run(self) -> Tally:
        """Make the file unless it is there."""
        if os.path.exists(self.target):
            return Tally(0, 1)
        content = self.make()
        write_file(self.target, content if isinstance(content, bytes) else png_of(content))
        return Tally(1, 0)


def run_jobs(jobs: Sequence[Any], nproc: int, unit: str = 'file') -> Tally:
    """Call ``run`` of each job and add up what they give.

    Args:
        jobs: :class:`Job` or others that have a ``run``.
        nproc: Number of processes.
        unit: What a job is, for the progress bar.

    Raises:
        InputError: ``nproc`` is not at least 1; or, once all other jobs are done: jobs raised
            one, met a damaged file, ended their process, or took more time or memory than they may.
    """
    if nproc < 1:
        raise InputError(f'--nproc must be at least 1, got {nproc}')
    bar = tqdm(total=len(jobs), desc='convert', unit=unit, leave=False)
    with bar:
        return _add(map_limited(_run, jobs, nproc, seconds=_SECONDS, memory=_MEMORY,
                                what=lambda job: str(getattr(job, 'target', unit))), bar)


def _add(results: Iterable[Tally | InputError], bar: tqdm) -> Tally:
    written = there = 0
    errors = []
    for result in results:
        if isinstance(result, InputError):
            errors.append(result)
        else:
            written, there = written + result.written, there + result.there
        bar.update()
    if len(errors) > 1:
        raise InputError(f'{errors[0]} ({len(errors)} of {bar.total} failed, this one first)')
    if errors:
        raise errors[0]
    return Tally(written, there)


def _run(job: Any) -> Tally | InputError:
    cv2.setNumThreads(0)  # there is one process for each core
    try:
        return job.run()
    except InputError as error:
        return error
    except OSError:  # of the disk, which the next job meets too
        raise
    except (cv2.error, *FAULTS) as error:
        return InputError(f'{getattr(job, "target", "a file")} cannot be made, since what it is '
                          f'made of is damaged: {in_words(error)}')


def png_of(picture: np.ndarray) -> bytes:
    """A picture ``(H, W)`` or, in BGR order, ``(H, W, 3)`` as the bytes of a PNG.

    Raises:
        InputError: OpenCV cannot write a picture of this size.
    """
    done, content = cv2.imencode('.png', picture)
    if not done:
        raise InputError(f'{picture.shape[1]} x {picture.shape[0]} pixels cannot become a PNG')
    return content.tobytes()


def write_file(path: str, content: bytes) -> None:
    """Write a file atomically; its folder is made."""
    with atomic_path(path) as part:
        part.write_bytes(content)


def write_lines(path: str, lines: Iterable[str]) -> None:
    """Write a list of names, one a line."""
    write_file(path, ''.join(f'{line}\n' for line in lines).encode())
