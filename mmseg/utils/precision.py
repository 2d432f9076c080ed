"""One rule for mixed precision, for every way of prediction and training.

A segmentor computes its logits in the precision that its config asks for: ``autocast_dtype``, which
:func:`mmseg.apis.init_segmentor` and the optimizer hook set. Where it is None, the caller's own
``torch.autocast`` holds, or none. What is done with logits (enlarging them, adding up windows and
views, softmax, losses) is done in float32.
"""
from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from .errors import InputError, nearest

_DTYPES = {'float16': torch.float16, 'bfloat16': torch.bfloat16}
# mmcv's optimizer hooks for mixed precision, by which configs of 0.x ask for it too
FP16_HOOKS = ('Fp16OptimizerHook', 'GradientCumulativeFp16OptimizerHook')
_ASKING = (*FP16_HOOKS, 'AutocastOptimizerHook')


def dtype_named(name: Any) -> torch.dtype:
    """The precision of a config's ``fp16.dtype``.

    Raises:
        InputError: Neither ``'float16'`` nor ``'bfloat16'``.
    """
    if name not in _DTYPES:
        raise InputError(f'fp16 has dtype={name!r}: expected one of '
                         f'{", ".join(_DTYPES)}{nearest(str(name), _DTYPES)}')
    return _DTYPES[name]


def fitting_dtype(device: torch.device | str, dtype: torch.dtype) -> torch.dtype:
    """``dtype``, or on a CPU bfloat16, for which it has instructions."""
    return torch.bfloat16 if torch.device(device).type == 'cpu' else dtype


def autocast_dtype(cfg: Mapping[str, Any], device: torch.device | str) -> torch.dtype | None:
    """The precision that a config asks for on ``device``; None is float32.

    Args:
        cfg: With ``fp16``, or ``optimizer_config`` of a type for mixed precision.
        device: Where the network runs.

    Raises:
        InputError: An unknown dtype.
    """
    fp16, hook = cfg.get('fp16'), cfg.get('optimizer_config') or {}
    asked = isinstance(hook, Mapping) and hook.get('type') in _ASKING
    if fp16 is None and not asked:
        return None
    name = {**(hook if asked else {}), **(fp16 or {})}.get('dtype', 'float16')
    return fitting_dtype(device, dtype_named(name))


def computing_in(dtype: torch.dtype | None, sample: Any) -> AbstractContextManager[Any]:
    """Autocast in ``dtype`` on the device of ``sample``; None leaves what the caller has set."""
    if dtype is None:
        return nullcontext()
    device = sample.device.type if isinstance(sample, torch.Tensor) else 'cpu'
    return torch.autocast(device, dtype=dtype)


def in_full(logits: torch.Tensor) -> torch.Tensor:
    """``logits`` of 16 bits as float32, others as they are."""
    return logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits
