"""Each page several times in an epoch, with other random numbers each time."""
from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice

import torch
from torch.utils.data import Dataset

from mmseg.core.utils import sync_random_seed
from mmseg.utils.errors import InputError

from .distributed_sampler import PageSampler, SeededIndex
from .registry import SAMPLERS


@SAMPLERS.register_module()
class RepeatAugSampler(PageSampler):
    """Pages of which each comes several times in a row, dealt to the processes in turn.

    An epoch takes as many pages as there are in rounds of ``selected_round``, so that it sees a
    part of the data set, each page with several augmentations (Hoffer et al., "Augment your
    batch", CVPR 2020; as DeiT and the ResNets of "ResNet strikes back" are trained).

    Args:
        dataset: What is sampled.
        num_replicas: Number of processes; that of the process group where None.
        rank: Number of this process; that in the process group where None.
        shuffle: Whether each epoch has its own order.
        num_repeats: How often a page comes.
        selected_round: The pages of an epoch are a multiple of it; 0 takes as many as there are.
        selected_ratio: What the pages of an epoch are divided by for each process; 0 takes the
            number of processes.
        seed: Seed of the order; the first process's serves all.

    Raises:
        InputError: The data set is smaller than ``selected_round``, so an epoch would be empty.
    """

    def __init__(self, dataset: Dataset, num_replicas: int | None = None, rank: int | None = None,
                 shuffle: bool = True, num_repeats: int = 3, selected_round: int = 256,
                 selected_ratio: int = 0, seed: int | None = 0) -> None:
        super().__init__(dataset, num_replicas, rank, shuffle, seed=sync_random_seed(seed))
        self.num_repeats, pages = num_repeats, len(dataset)  # type: ignore[arg-type]
        ratio = selected_ratio or self.num_replicas
        self.num_selected = (int(pages // selected_round * selected_round / ratio)
                             if selected_round else math.ceil(pages / ratio))
        if self.num_selected < 1:
            raise InputError(f'RepeatAugSampler takes pages in rounds of selected_round='
                             f'{selected_round}, but the data set has {pages}: set a smaller one, '
                             'or 0')

    def __len__(self) -> int:
        return self.num_selected

    def __iter__(self) -> Iterator[int]:
        skip, self._skip = self._skip, 0
        pages = len(self.dataset)  # type: ignore[arg-type]
        order = torch.arange(pages)
        if self.shuffle:
            generator = torch.Generator()
            generator.manual_seed(self.seed + self.epoch)
            order = torch.randperm(pages, generator=generator)
        every = order.repeat_interleave(self.num_repeats)
        every = torch.cat([every, every[:-len(every) % self.num_replicas]])
        places = range(self.rank, len(every), self.num_replicas)
        return (SeededIndex(int(every[place]), (self.seed, self.epoch, place))
                for place in islice(places, skip, self.num_selected))
