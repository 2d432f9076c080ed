"""Networks that have shapes but no numbers for a while, for questions about shapes only."""
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


def _unchanged(x: Tensor) -> Tensor:
    return x


@contextmanager
def meta_tensors(module: nn.Module) -> Iterator[None]:
    """Let ``module`` compute on torch's ``meta`` device, in evaluation mode, within the context.

    Its tensors are replaced by empty ones of the same shape and put back at the end, together with
    all attributes of its parts, so that nothing is copied and nothing changes. Batch norms are
    skipped: they change no shape, and are the slowest of all layers on that device.

    Args:
        module: Any network. A parameter or tensor that several parts share stays shared.
    """
    parts = list(module.modules())
    saved = [(part, dict(vars(part)), dict(part._parameters), dict(part._buffers))
             for part in parts]
    empty: dict[int, Tensor] = {}

    def without_numbers(value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        if id(value) not in empty:
            empty[id(value)] = torch.empty_like(value, device='meta')
        return empty[id(value)]

    try:
        for part in parts:
            for place in (part._parameters, part._buffers, vars(part)):
                place.update({name: without_numbers(value) for name, value in place.items()})
            part.training = False  # not eval(), which some backbones override
            if isinstance(part, nn.modules.batchnorm._BatchNorm):
                part.forward = _unchanged  # type: ignore[assignment]
        yield
    finally:
        for part, attributes, parameters, buffers in saved:
            vars(part).clear()
            vars(part).update(attributes)
            part._parameters.clear()
            part._parameters.update(parameters)
            part._buffers.clear()
            part._buffers.update(buffers)
