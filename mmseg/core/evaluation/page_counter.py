"""Sums of the counts of a test, each page once, in one process or several."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch.utils.data import DataLoader

from mmseg.core.evaluation.counts import PageCounts, all_reduce_counts, sum_counts
from mmseg.core.utils import message_device
from mmseg.utils.errors import InputError


class PageCounter:
    """Sums per-page counts over a data loader and over the ranks of a process group.

    A distributed sampler repeats some pages at the end so that every rank gets equally many. So
    the ranks first agree which of them counts which page: the lowest rank that is handed it (one
    message of one integer per page). Repeated pages are still run through the model, which keeps
    the ranks in step, and add nothing. A test loop looks like this on every rank, with or without
    a process group::

        counter = PageCounter(loader)
        for indices, data in zip(loader.batch_sampler, loader):
            results = model(return_loss=False, **data)
            counter.add(loader.dataset.pre_eval(results, indices), indices)
        sums = counter.sums()  # the same on every rank; what dataset.evaluate takes

    Args:
        loader: Its batch sampler must hand out the same pages each time it is asked, as samplers
            that do not shuffle do.
        device: Where the messages live: the current GPU for nccl and the CPU otherwise, when None.
        group: The process group; None is the default group.
    """

    def __init__(self, loader: DataLoader, device: torch.device | str | None = None,
                 group: dist.ProcessGroup | None = None) -> None:
        self.dataset = loader.dataset
        self.device, self.group = device, group
        self.distributed = dist.is_available() and dist.is_initialized()
        # an array, for there may be a million pages
        self._mine = np.zeros(len(self.dataset), bool)  # type: ignore[arg-type]
        for batch in loader.batch_sampler or ():
            self._mine[[int(index) for index in batch]] = True
        self._expected = int(self._mine.sum())
        if self.distributed:
            self._expected = self._share_out()
        # a concatenation of data sets evaluates each of them by itself
        parts = getattr(self.dataset, 'datasets', None)
        splits = parts is not None and hasattr(self.dataset, 'get_dataset_idx_and_sample_idx')
        self._sums: list[PageCounts | None] = [None] * (len(parts) if splits and parts else 1)

    def _share_out(self) -> int:
        """Leave pages that a lower rank counts; how many pages all ranks count together."""
        if self.device is None:
            self.device = message_device(self.group)
        rank, world = dist.get_rank(self.group), dist.get_world_size(self.group)
        owner = torch.where(torch.from_numpy(self._mine), rank, world).to(torch.int32)
        owner = owner.to(self.device)
        dist.all_reduce(owner, op=dist.ReduceOp.MIN, group=self.group)
        owner = owner.cpu()
        self._mine &= (owner == rank).numpy()
        return int((owner < world).sum())

    def add(self, results: Sequence[Any], indices: Iterable[int]) -> None:
        """Add the counts of a batch of pages; pages of other ranks or of earlier batches are
        skipped.

        Args:
            results: As ``dataset.pre_eval`` gives them, one per page.
            indices: The pages' places in the data set.
        """
        for counts, index in zip(results, indices, strict=True):
            if not self._mine[int(index)]:
                continue
            self._mine[int(index)] = False
            part = 0
            if len(self._sums) > 1:
                part, _ = self.dataset.get_dataset_idx_and_sample_idx(int(index))  # type: ignore
            before = self._sums[part]
            self._sums[part] = sum_counts([counts] if before is None else [before, counts])

    def sums(self) -> list[PageCounts]:
        """The summed counts: one item, or one per part of a concatenation of data sets.

        Raises:
            InputError: Not every page was counted.
        """
        sums = [all_reduce_counts(part, self.device, self.group) for part in self._sums]
        counted = sum(part.pages for part in sums)
        if counted != self._expected:
            raise InputError(f'{self._expected} pages should have been evaluated, but {counted} '
                             'were: the test loader must give the same pages whenever it is asked '
                             '(shuffle=False)')
        return sums
