"""A loader of pages with random numbers for each page, which can start at any position."""
from __future__ import annotations

import copy
import os
import random
import signal
import threading
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import torch
from mmcv.parallel import DataContainer, collate
from torch.utils.data import DataLoader, Dataset, get_worker_info

from mmseg.utils.seeds import seeded

from .samplers import PageSampler
from .samplers.distributed_sampler import SeededIndex

# How often a loading process looks whether the one that started it is still there.
_PARENT_CHECK_SECONDS = 3


class PageLoader(DataLoader):
    """torch's loader over a :class:`PageSampler`, which each pass takes to its next epoch."""

    def __iter__(self) -> Any:
        if isinstance(self.sampler, PageSampler):
            self.sampler.start_pass()
        return super().__iter__()

    def _get_iterator(self) -> Any:
        # Only what iterates sees the wrapped data set; the attribute `dataset` is the caller's.
        view = copy.copy(self)
        if isinstance(self.sampler, PageSampler):
            vars(view)['dataset'] = _SeededPages(self.dataset)
        return super(PageLoader, view)._get_iterator()

    def seek(self, epoch: int, batches: int) -> None:
        """Let the next pass be that of ``epoch`` without its first ``batches``.

        Without effect where pages come from an iterable data set, which defines its own order.
        """
        if isinstance(self.sampler, PageSampler):
            self.sampler.seek(epoch, batches * (self.batch_size or 1))


class _SeededPages(Dataset):
    """A data set that draws for each page by the seed of its index."""

    def __init__(self, pages: Any) -> None:
        self.pages = pages

    def __len__(self) -> int:
        return len(self.pages)

    def __getitem__(self, index: int) -> Any:
        if not isinstance(index, SeededIndex):
            return self.pages[index]
        with seeded(index.seed):
            return self.pages[int(index)]


class PinnedContainer(DataContainer):
    """A ``DataContainer`` whose tensors torch can put into page-locked memory."""

    def pin_memory(self, device: Any = None) -> PinnedContainer:
        """The same with page-locked tensors, which a GPU fetches while it computes."""
        return PinnedContainer(_pinned(self.data), self.stack, self.padding_value, self.cpu_only,
                               self.pad_dims)


def _pinned(data: Any) -> Any:
    if isinstance(data, torch.Tensor):
        return data.pin_memory()
    return [_pinned(part) for part in data] if isinstance(data, list) else data


def collate_pages(batch: Sequence[Any], samples_per_gpu: int) -> Any:
    """mmcv's batch of ``batch``, with containers that can be page-locked."""
    return _pinnable(collate(_of_one_size(batch), samples_per_gpu=samples_per_gpu))


def _of_one_size(batch: Sequence[Any]) -> Sequence[Any]:
    """The pages of a batch, where mmcv need not fill up those of one size, which copies them."""
    if not all(isinstance(page, dict) for page in batch):
        return batch
    alike = {key for key, first in batch[0].items()
             if isinstance(first, DataContainer) and first.stack and not first.cpu_only
             and len({page[key].data.shape for page in batch}) == 1}
    return [{key: DataContainer(value.data, True, value.padding_value, pad_dims=None)
             if key in alike else value for key, value in page.items()} for page in batch]


def _pinnable(data: Any) -> Any:
    if isinstance(data, DataContainer):
        return PinnedContainer(data.data, data.stack, data.padding_value, data.cpu_only,
                               data.pad_dims)
    if isinstance(data, dict):
        return {key: _pinnable(value) for key, value in data.items()}
    return [_pinnable(value) for value in data] if isinstance(data, list) else data


def worker_init_fn(worker_id: int, num_workers: int, rank: int, seed: int | None) -> None:
    """Seed a loading process by its place among all of them, and keep OpenCV to its one core.

    Pages of a :class:`PageSampler` bring seeds of their own; these are for what else draws. Signals
    for the whole group of processes (Ctrl-C, SIGTERM) are the main process's to answer.

    Args:
        worker_id: Number of the worker in this process, from 0.
        num_workers: Workers of each process.
        rank: Number of this process.
        seed: Seed of the run; None takes torch's, which differs from worker to worker and from
            epoch to epoch.
    """
    cv2.setNumThreads(0)
    if seed is None:
        worker_seed = torch.initial_seed() % 2**32
    else:
        worker_seed = (num_workers * rank + worker_id + seed) % 2**32
        torch.manual_seed(worker_seed)
    np.random.seed(worker_seed)
    random.seed(worker_seed)
    if get_worker_info() is not None and threading.current_thread() is threading.main_thread():
        _leave_signals_to_parent()


def _leave_signals_to_parent() -> None:
    """Ignore Ctrl-C, and SIGTERM from anyone but the process that started this one; end with it.

    torch's own check that the parent is alive waits for pages that nobody takes any more.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not hasattr(signal, 'sigtimedwait'):  # macOS
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    parent = os.getppid()

    def wait() -> None:
        while os.getppid() == parent:
            received = signal.sigtimedwait([signal.SIGTERM], _PARENT_CHECK_SECONDS)
            if received is not None and received.si_pid == parent:
                break
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
