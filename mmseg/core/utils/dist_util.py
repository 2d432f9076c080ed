"""Helpers for process groups."""
from __future__ import annotations

import os

import torch
import torch.distributed as dist


def check_dist_init() -> bool:
    """True when this process belongs to an initialised process group."""
    return dist.is_available() and dist.is_initialized()


def sync_random_seed(seed: int | None = None, device: str = 'cuda') -> int:
    """A seed that is the same on every rank: the first rank's.

    Args:
        seed: The first rank's seed; None draws one below 2**31. Without a process group it comes
            back as it is.
        device: Where the message lives; the CPU where the group talks through gloo.
    """
    if seed is None:
        seed = int.from_bytes(os.urandom(4), 'little') % 2**31
    if not check_dist_init() or dist.get_world_size() == 1:
        return seed
    message = torch.tensor(seed, device='cpu' if dist.get_backend() == 'gloo' else device)
    dist.broadcast(message, src=0)
    return int(message)
