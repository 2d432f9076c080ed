"""Square windows of a feature map, in which attention stays."""
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def pad_to_windows(x: Tensor, side: int) -> Tensor:
    """``x (N, H, W, C)`` with zeros at the bottom and the right, up to whole windows."""
    rows, columns = -x.shape[1] % side, -x.shape[2] % side
    if not torch.jit.is_tracing() and rows == columns == 0:
        return x
    return F.pad(x, [0, 0, 0, columns, 0, rows])


def split_windows(x: Tensor, side: int) -> Tensor:
    """Windows ``(N, windows, side * side, C)`` of ``x (N, H, W, C)``, row by row."""
    n, height, width, channels = x.shape
    x = x.reshape(n, height // side, side, width // side, side, channels).transpose(2, 3)
    return x.flatten(3, 4).flatten(1, 2)


def join_windows(x: Tensor, side: int, height: int, width: int) -> Tensor:
    """The map ``(N, H, W, C)`` of the windows ``x (N, windows, side * side, C)``."""
    channels = x.shape[3]
    x = x.reshape(-1, height // side, width // side, side, side, channels).transpose(2, 3)
    return x.reshape(-1, height, width, channels)
