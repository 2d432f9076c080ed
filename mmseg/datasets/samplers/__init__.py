"""Which pages a process loads, and in which order."""
from .distributed_sampler import DistributedSampler

__all__ = ['DistributedSampler']
