"""Limits for networks: wide ones for your own config, close ones for that of a stranger."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.nn.modules.module import (
    register_module_buffer_registration_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)

from .errors import InputError

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

# A network may have numbers that its weights lack, such as tables that it computes, and layers
# without weights.
_TIMES, _NUMBERS = 2, 10_000_000
_MODULES_PER_TENSOR, _MODULES = 20, 10_000
MEMORY = 8 << 30
# The largest of the networks here have some 3000; a number that is mistyped makes them without end.
_MOST_MODULES = 30_000
_TOO_MANY = 'too many for the weights in the file'


class _Counter:
    """Counts what networks are made of, and ends the making of one that is too large."""

    def __init__(self, numbers: int, modules: int, what: str, why: str = _TOO_MANY) -> None:
        self.numbers, self.modules, self.what, self.why = numbers, modules, what, why
        self.most_numbers, self.most_modules = numbers, modules

    def tensor(self, module: torch.nn.Module, name: str, value: torch.Tensor | None) -> None:
        """Note a parameter or a buffer; its memory is not used yet."""
        self.numbers -= 0 if value is None else value.numel()
        if self.numbers < 0:
            raise InputError(f'{self.what} describes a network of more than '
                             f'{self.most_numbers:,} numbers, {self.why}')

    def module(self, module: torch.nn.Module, name: str, part: torch.nn.Module | None) -> None:
        """Note a layer."""
        self.modules -= 1
        if self.modules < 0:
            raise InputError(f'{self.what} describes a network of more than '
                             f'{self.most_modules:,} layers, {self.why}')


@contextmanager
def limited_layers(what: str = 'the config') -> Iterator[None]:
    """Within it, no network of more than 30,000 layers is made; parts count as those in them.

    Raises:
        InputError: A network is larger.
    """
    counter = _Counter(0, _MOST_MODULES, what, 'more than any can have: look at its numbers of '
                       'stages, layers and blocks')
    handle = register_module_module_registration_hook(counter.module)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def limited_network(checkpoint: Any, what: str, memory: int | None = MEMORY) -> Iterator[None]:
    """Within it, no network is made that is much larger than the weights that are there for it.

    The largest that may be made has twice as many numbers as the weights and 10 million more, and
    20 layers for each tensor and 10,000 more. A larger one is not given memory first.

    Args:
        checkpoint: Its ``state_dict`` holds the weights.
        what: The config, for messages.
        memory: In bytes, that this process may take beyond what it has; None for no limit, as a GPU
            needs. A library that gets no more raises MemoryError or RuntimeError. Not on Windows.

    Raises:
        InputError: A network is larger.
    """
    weights = checkpoint.get('state_dict') if isinstance(checkpoint, dict) else None
    tensors = [value for value in (weights.values() if isinstance(weights, dict) else ())
               if isinstance(value, torch.Tensor)]
    counter = _Counter(_TIMES * sum(value.numel() for value in tensors) + _NUMBERS,
                       _MODULES_PER_TENSOR * len(tensors) + _MODULES, what)
    handles = [register_module_parameter_registration_hook(counter.tensor),
               register_module_buffer_registration_hook(counter.tensor),
               register_module_module_registration_hook(counter.module)]
    try:
        with limited_memory(memory):
            yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def limited_memory(more: int | None) -> Iterator[None]:
    """Limit the memory of this process to what it has and ``more`` bytes; not on Windows.

    Args:
        more: In bytes; None for no limit, as a GPU needs.
    """
    if more is None or resource is None or not Path('/proc/self/statm').exists():
        yield
        return
    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path('/proc/self/statm').read_text().split()[0])
    allowed = pages * resource.getpagesize() + more
    for limit in (before, hard):
        allowed = allowed if limit == resource.RLIM_INFINITY else min(allowed, limit)
    resource.setrlimit(resource.RLIMIT_AS, (allowed, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))
