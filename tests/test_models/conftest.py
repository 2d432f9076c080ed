"""Weights that depend on nothing but names and shapes, so that outputs can be literal."""
import zlib

import pytest
import torch


def _pattern(name: str, shape: tuple) -> torch.Tensor:
    """Values in [-1, 1] that differ for every name."""
    count = torch.Size(shape).numel()
    start = zlib.crc32(name.encode()) % 1000
    return torch.sin((torch.arange(count, dtype=torch.float64) + start) * 1.7).view(shape).float()


@pytest.fixture
def filled():
    """Function: the module with every weight set by its name, in evaluation mode."""

    def fill(module: torch.nn.Module) -> torch.nn.Module:
        state = module.state_dict()
        for name, value in state.items():
            if not value.is_floating_point():
                continue
            wave = _pattern(name, tuple(value.shape))
            if name.endswith('running_var'):
                wave = 1 + .5 * wave.abs()
            elif value.dim() > 1:
                wave = wave * (2 / value[0].numel())**.5
            elif name.endswith('weight'):
                wave = 1 + .2 * wave
            else:
                wave = .1 * wave
            value.copy_(wave)
        module.load_state_dict(state)
        module.eval()
        return module

    return fill


@pytest.fixture
def waves():
    """Function: an input of the given shape with values in [-1, 1]."""
    return lambda *shape: _pattern('input', shape)
