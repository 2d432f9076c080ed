"""The share of the pages that one process of several loads."""
from __future__ import annotations

from torch.utils.data import Dataset
from torch.utils.data import DistributedSampler as _DistributedSampler

from mmseg.core.utils import sync_random_seed


class DistributedSampler(_DistributedSampler):
    """torch's sampler with one seed for all processes, whatever each of them was given.

    Processes that shuffle by different seeds would load some pages twice and others never.

    Args:
        dataset: What is sampled.
        num_replicas: Number of processes; that of the process group where None.
        rank: Number of this process; that in the process group where None.
        shuffle: Whether each epoch has its own order.
        seed: Seed of the order; None draws one. The first process's seed serves all.
    """

    def __init__(self, dataset: Dataset, num_replicas: int | None = None, rank: int | None = None,
                 shuffle: bool = True, seed: int | None = 0) -> None:
        super().__init__(dataset, num_replicas=num_replicas, rank=rank, shuffle=shuffle,
                         seed=sync_random_seed(seed))
