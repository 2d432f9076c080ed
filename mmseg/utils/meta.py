"""Copies of networks that have shapes but no numbers, for questions about shapes alone."""
import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


def on_meta(module: nn.Module, leave_out: Sequence[nn.Module] = ()) -> nn.Module:
    """Return a copy of ``module`` in evaluation mode on torch's ``meta`` device.

    No weights are copied, and nothing of ``module`` changes. Batch norms become identities: they
    change no shape, and are the slowest of all layers on that device.

    Args:
        module: Any network whose parts can be copied.
        leave_out: Parts of it that become empty modules.
    """
    memo: dict[int, Any] = {id(part): nn.Module() for part in leave_out}
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            memo[id(part)] = nn.Identity()
            continue
        own = (part._parameters, part._buffers, vars(part))
        for tensor in (value for place in own for value in place.values()):
            if isinstance(tensor, Tensor):
                memo[id(tensor)] = torch.empty_like(tensor, device='meta')
    twin = copy.deepcopy(module, memo)
    for part in twin.modules():  # not eval(), which some backbones override
        part.training = False
    return twin
