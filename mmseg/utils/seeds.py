"""Random numbers that depend on their purpose, not on earlier draws.

A training seeds its generators for each iteration, and for each page that it loads, by the run's
seed and the number of the iteration or page. So a run that is resumed from a checkpoint draws what
it would have drawn without the interruption, in any number of processes and loading workers, and
nothing of their states has to be kept.
"""
from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch

_BITS = 2**64 - 1


def _words(numbers: Sequence[int]) -> np.ndarray:
    """Four well mixed 64-bit words from some numbers."""
    return np.random.SeedSequence([number & _BITS for number in numbers]).generate_state(
        4, np.uint64)


def seed_for(*numbers: int) -> None:
    """Seed Python, numpy and torch (on all its devices) by ``numbers``, such as seed and step."""
    words = _words(numbers)
    random.seed(int(words[0]))
    np.random.seed(words[1:3].view(np.uint32))
    torch.manual_seed(int(words[3] >> np.uint64(1)))


@contextmanager
def seeded(numbers: Sequence[int]) -> Iterator[None]:
    """In this context, Python, numpy and torch's CPU generators are seeded by ``numbers``."""
    words = _words(numbers)
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    random.seed(int(words[0]))
    np.random.seed(words[1:3].view(np.uint32))
    torch.default_generator.manual_seed(int(words[3] >> np.uint64(1)))
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])
