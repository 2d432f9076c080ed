"""Which pages a process loads, and in which order."""
from .distributed_sampler import DistributedSampler, PageSampler

__all__ = ['DistributedSampler', 'PageSampler']
