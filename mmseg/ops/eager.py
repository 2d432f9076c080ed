"""When an operation of our own may take the place of torch's."""
from __future__ import annotations

import torch
from torch import Tensor


def runs_on_cpu(x: Tensor) -> bool:
    """Whether maps ``x`` (N, C, H, W) are computed now, on a CPU: not traced, exported or so."""
    return (x.device.type == 'cpu' and x.dim() == 4 and not torch.jit.is_tracing()
            and not torch.compiler.is_compiling() and not torch.onnx.is_in_onnx_export())


def learns(x: Tensor, weight: Tensor) -> bool:
    """Whether gradients of a layer of ``x`` (N, C, H, W) and ``weight`` will be asked for."""
    return torch.is_grad_enabled() and (x.requires_grad or weight.requires_grad)
