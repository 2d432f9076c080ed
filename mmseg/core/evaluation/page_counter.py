"""Summing a test loop's pages as they come, each page once, in one process or in many."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch.utils.data import DataLoader

from mmseg.core.evaluation.counts import PageCounts, all_reduce_counts, sum_counts
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
        pages = {int(i) for batch in loader.batch_sampler or () for i in batch}
        self._expected = len(pages)
        if self.distributed:
            pages, self._expected = self._share_out(pages)
        self._mine = pages
        # a concatenation of data sets evaluates each of them by itself
        parts = getattr(self.dataset, 'datasets', None)
        splits = parts is not None and hasattr(self.dataset, 'get_dataset_idx_and_sample_idx')
        self._sums: list[PageCounts | None] = [None] * (len(parts) if splits and parts else 1)

    def _share_out(self, pages: set[int]) -> tuple[set[int], int]:
        """Which of this rank's pages it counts, and how many pages all ranks count together."""
        if self.device is None and dist.get_backend(self.group) == 'nccl':
            self.device = torch.device('cuda', torch.cuda.current_device())
        rank, world = dist.get_rank(self.group), dist.get_world_size(self.group)
        mine = torch.tensor(sorted(pages), dtype=torch.int64)
        owner = torch.full((len(self.dataset), ), world, dtype=torch.int32)  # type: ignore
        owner[mine] = rank
        owner = owner.to(self.device or 'cpu')
        dist.all_reduce(owner, op=dist.ReduceOp.MIN, group=self.group)
        owner = owner.cpu()
        return set(mine[owner[mine] == rank].tolist()), int((owner < world).sum())

    def add(self, results: Sequence[Any], indices: Iterable[int]) -> None:
        """Add the counts of a batch of pages; what another rank counts, or came before, is left.

        Args:
            results: As ``dataset.pre_eval`` gives them, one per page.
            indices: The pages' places in the data set.
        """
        for counts, index in zip(results, indices, strict=True):
            if int(index) not in self._mine:
                continue
            self._mine.remove(int(index))
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
