"""Networks that answer questions for a while and are the same afterwards, also without numbers."""
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


def _unchanged(x: Tensor) -> Tensor:
    return x


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Let ``module`` compute in evaluation mode within the context.

    All attributes of its parts are put back at the end.

    Args:
        module: Any network.
    """
    saved = [(part, dict(vars(part)), dict(part._parameters), dict(part._buffers))
             for part in module.modules()]
    try:
        for part, *_ in saved:
            part.training = False  # not eval(), which some backbones override
        yield
    finally:
        for part, attributes, parameters, buffers in saved:
            vars(part).clear()
            vars(part).update(attributes)
            part._parameters.clear()
            part._parameters.update(parameters)
            part._buffers.clear()
            part._buffers.update(buffers)


@contextmanager
def meta_tensors(module: nn.Module) -> Iterator[None]:
    """Let ``module`` compute on torch's ``meta`` device, in evaluation mode, within the context.

    Its tensors are replaced by empty ones of the same shape and put back at the end, together with
    all attributes of its parts, so that nothing is copied and nothing changes. Batch norms are
    skipped: they change no shape, and are the slowest of all layers on that device.

    Args:
        module: Any network. A parameter or tensor that several parts share stays shared.
    """
    empty: dict[int, Tensor] = {}

    def without_numbers(value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        if id(value) not in empty:
            empty[id(value)] = torch.empty_like(value, device='meta')
        return empty[id(value)]

    with evaluating(module):
        for part in module.modules():
            for place in (part._parameters, part._buffers, vars(part)):
                place.update({name: without_numbers(value) for name, value in place.items()})
            if isinstance(part, nn.modules.batchnorm._BatchNorm):
                part.forward = _unchanged  # type: ignore[assignment]
        yield
