"""Which pages a process loads, and in which order."""
from .distributed_sampler import DistributedSampler, PageSampler
from .registry import SAMPLERS
from .repeated import RepeatAugSampler

__all__ = ['DistributedSampler', 'PageSampler', 'RepeatAugSampler', 'SAMPLERS']
