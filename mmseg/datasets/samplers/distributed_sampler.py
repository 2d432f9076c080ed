"""The order of the pages, epoch after epoch, and the share of one process of several."""
from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from torch.utils.data import Dataset
from torch.utils.data import DistributedSampler as _DistributedSampler

from mmseg.core.utils import sync_random_seed

from .reading_order import Reading, reading_order


class SeededIndex(int):
    """Number of a page, with the seed of what is drawn for it in this epoch."""

    seed: tuple[int, ...]

    def __new__(cls, index: int, seed: tuple[int, ...]) -> SeededIndex:
        self = super().__new__(cls, index)
        self.seed = seed
        return self

    def __reduce__(self) -> tuple:
        return type(self), (int(self), self.seed)


class PageSampler(_DistributedSampler):
    """Pages in an order that depends only on seed and epoch, and that can start anywhere.

    Each index carries a seed of its own (see :mod:`mmseg.utils.seeds`), so that a page of an
    epoch gets the same random numbers whichever worker loads it, and after a resume too.

    Args:
        dataset: What is sampled.
        num_replicas: Number of processes that share the pages.
        rank: Number of this process.
        shuffle: Whether each epoch has its own order.
        seed: Seed of the order and of the pages' random numbers.
        reading: Where pages of shards lie; a shuffled order then reads them nearly as they lie.
        batch: Pages of a batch, for ``reading``.
    """

    def __init__(self, dataset: Dataset, num_replicas: int | None = 1, rank: int | None = 0,
                 shuffle: bool = True, seed: int = 0, reading: Reading | None = None,
                 batch: int = 1) -> None:
        super().__init__(dataset, num_replicas=num_replicas, rank=rank, shuffle=shuffle, seed=seed)
        self.reading, self.batch = reading, batch
        self._started = False
        self._skip = 0

    def set_epoch(self, epoch: int) -> None:
        """Take the order and the random numbers of ``epoch`` from the next pass on."""
        self.epoch = epoch
        self._started = False
        self._skip = 0

    def seek(self, epoch: int, pages: int) -> None:
        """Let the next pass be that of ``epoch`` without the first ``pages`` of this process."""
        self.set_epoch(epoch)
        self._skip = pages

    def start_pass(self) -> None:
        """Continue with the next epoch, unless ``set_epoch`` has named it."""
        if self._started:
            self.set_epoch(self.epoch + 1)
        self._started = True

    def __iter__(self) -> Iterator[int]:
        skip, self._skip = self._skip, 0
        places = range(self.rank, self.total_size, self.num_replicas)
        pages = zip(places, super().__iter__() if self.reading is None or not self.shuffle else
                    map(int, reading_order(self.reading, self.seed, self.epoch, self.num_replicas,
                                           self.rank, self.batch)))
        return (SeededIndex(page, (self.seed, self.epoch, place))
                for place, page in islice(pages, skip, None))


class DistributedSampler(PageSampler):
    """A :class:`PageSampler` with one seed for all processes, whatever each of them was given.

    Processes that shuffle by different seeds would load some pages twice and others never.

    Args:
        dataset: What is sampled.
        num_replicas: Number of processes; that of the process group where None.
        rank: Number of this process; that in the process group where None.
        shuffle: Whether each epoch has its own order.
        seed: Seed of the order; None draws one. The first process's seed serves all.
        reading: See :class:`PageSampler`.
        batch: See :class:`PageSampler`.
    """

    def __init__(self, dataset: Dataset, num_replicas: int | None = None, rank: int | None = None,
                 shuffle: bool = True, seed: int | None = 0, reading: Reading | None = None,
                 batch: int = 1) -> None:
        super().__init__(dataset, num_replicas=num_replicas, rank=rank, shuffle=shuffle,
                         seed=sync_random_seed(seed), reading=reading, batch=batch)
