"""Networks whose parts ``torch.compile`` turns into programs of their own."""
from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from .errors import InputError

_COMPILERS = ('c++', 'g++', 'clang++')


def compile_parts(model: nn.Module, cfg: Mapping[str, Any]) -> nn.Module:
    """Compile the forward pass of each part of a network where a config asks for it, in place.

    Parts are its direct children (backbone, neck, heads). Each is compiled when it first computes,
    and again for maps of other sizes until torch takes sizes as unknown. Parameters keep their
    names.

    Args:
        model: A network that is not copied afterwards.
        cfg: With ``compile``: True, or arguments of :func:`torch.compile`, such as
            ``dict(mode='max-autotune')``; False and None compile nothing.

    Returns:
        The model.

    Raises:
        InputError: ``compile`` is something else, an argument is unknown, or a C++ compiler is
            missing, which torch's own backend needs on a CPU.
    """
    asked = cfg.get('compile')
    if not asked:
        return model
    if asked is not True and not isinstance(asked, Mapping):
        raise InputError('compile is True, False or arguments of torch.compile, such as '
                         f"dict(mode='max-autotune'), got {asked!r}")
    arguments = {} if asked is True else dict(asked)
    on_cpu = next(model.parameters()).device.type == 'cpu'
    if (on_cpu and arguments.get('backend', 'inductor') == 'inductor'
            and not any(map(shutil.which, _COMPILERS))):
        raise InputError(f'compile needs a C++ compiler on a CPU ({" or ".join(_COMPILERS)}): '
                         'install one, or leave compile out of the config')
    for part in model.children():
        for module in part if isinstance(part, nn.ModuleList) else [part]:
            try:
                module.forward = torch.compile(module.forward, **arguments)  # type: ignore
            except TypeError as error:
                raise InputError(f'compile has arguments that torch.compile does not take: {error}'
                                 ) from None
    return model
