"""Helpers for process groups."""
from __future__ import annotations

import os
from typing import Any

import torch
import torch.distributed as dist


def check_dist_init() -> bool:
    """True when this process belongs to an initialised process group."""
    return dist.is_available() and dist.is_initialized()


def message_device(group: dist.ProcessGroup | None = None) -> torch.device:
    """Device of messages to the other processes: this process's GPU for nccl."""
    if check_dist_init() and dist.get_backend(group) == 'nccl':
        return torch.device('cuda', torch.cuda.current_device())
    return torch.device('cpu')


def sync_random_seed(seed: int | None = None, device: Any = None) -> int:
    """A seed that is the same on every rank: the first rank's.

    Args:
        seed: The first rank's seed; None draws one below 2**31. Without a process group it comes
            back as it is.
        device: Without effect; the message is where the process group needs it.
    """
    if seed is None:
        seed = int.from_bytes(os.urandom(4), 'little') % 2**31
    if not check_dist_init() or dist.get_world_size() == 1:
        return seed
    message = torch.tensor(seed, device=message_device())
    dist.broadcast(message, src=0)
    return int(message)


def from_first(value: Any) -> Any:
    """The first process's ``value``, on every process."""
    if not check_dist_init() or dist.get_world_size() == 1:
        return value
    box = [value]
    dist.broadcast_object_list(box, src=0, device=message_device())
    return box[0]
