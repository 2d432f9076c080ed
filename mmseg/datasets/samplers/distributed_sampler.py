"""The share of the pages that one process of several loads."""
from __future__ import annotations

import torch
import torch.distributed as dist
from torch.utils.data import Dataset
from torch.utils.data import DistributedSampler as _DistributedSampler


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
                         seed=_agreed_seed(seed))


def _agreed_seed(seed: int | None) -> int:
    """The first process's seed, on every process."""
    if seed is None:
        seed = int(torch.randint(2**31, ()))
    if not (dist.is_available() and dist.is_initialized()) or dist.get_world_size() == 1:
        return seed
    # nccl sends only what lies on a GPU
    device = torch.device('cuda') if dist.get_backend() == 'nccl' else torch.device('cpu')
    agreed = torch.tensor(seed, dtype=torch.int64, device=device)
    dist.broadcast(agreed, src=0)
    return int(agreed)
