"""Layer-wise adaptive learning rates for large batches."""
from __future__ import annotations

from typing import Any

from mmcv.runner import OPTIMIZERS
from torch.optim import Optimizer

from mmseg.utils.errors import InputError


@OPTIMIZERS.register_module('Lamb')
def lamb(params: Any, **kwargs: Any) -> Optimizer:
    """The optimizer LAMB of timm (You et al., "Large Batch Optimization for Deep Learning", ICLR
    2020), which MMClassification's ``Lamb`` is a copy of.

    Args:
        params: The parameters, or groups of them.
        **kwargs: As timm's ``Lamb`` has them: ``lr`` (0.001), ``betas``, ``eps``,
            ``weight_decay`` (0.01), ``max_grad_norm`` (1.0), ``trust_clip``, ``always_adapt``.

    Raises:
        InputError: timm is not installed.
    """
    try:
        from timm.optim import Lamb  # optional, and slow to import
    except ImportError as error:
        raise InputError("the optimizer Lamb needs timm: install the extra 'optional' (pip install "
                         "'mmseg-layout[optional]')") from error
    return Lamb(params, **kwargs)
