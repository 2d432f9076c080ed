"""Means over windows as matrix products, for exports that fix the sizes of pooling windows."""
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

# A length is a number, in a trace a tensor.
Spans = Callable[[Any], tuple[Tensor, Tensor]]


def pool_spans(x: Tensor, rows: Spans, columns: Spans) -> Tensor:
    """Return the means (N, C, h, w) of ``x`` (N, C, H, W) over windows that may overlap.

    Everything is arithmetic on the shape of ``x``, so a trace takes maps of any size.

    Args:
        x: Feature maps.
        rows: Takes H and gives the first row of each window and the one after its last, two
            integer tensors (h,).
        columns: The same for W.
    """
    down, across = (_weights(length, *spans(length), x)
                    for length, spans in zip(x.shape[2:], (rows, columns)))
    return down @ x @ across.transpose(0, 1)


def _weights(length: Any, starts: Tensor, ends: Tensor, like: Tensor) -> Tensor:
    """What each of ``length`` positions adds to the mean of each window (windows, length)."""
    positions = torch.arange(length, device=like.device)
    inside = (positions >= starts[:, None]) & (positions < ends[:, None])
    return inside.to(like.dtype) / (ends - starts)[:, None].to(like.dtype)


def adaptive_avg_pool(x: Tensor, output_size: int | Sequence[int | None] | None) -> Tensor:
    """Return the same as ``torch.nn.functional.adaptive_avg_pool2d``, from matrix products.

    Args:
        x: Feature maps (N, C, H, W).
        output_size: (h, w), one number for both, or None for a side that stays.
    """
    if isinstance(output_size, int):
        output_size = (output_size, output_size)
    height, width = output_size or (None, None)
    if height == 1 and width == 1:
        return x.mean(dim=(2, 3), keepdim=True)
    return pool_spans(x, _adaptive(height, x), _adaptive(width, x))


def _adaptive(count: int | None, like: Tensor) -> Spans:
    """Windows from ``floor(i n / count)`` to ``ceil((i + 1) n / count)``."""

    def spans(length: Any) -> tuple[Tensor, Tensor]:
        windows = length if count is None else count
        index = torch.arange(windows, device=like.device)
        return index * length // windows, ((index + 1) * length + windows - 1) // windows

    return spans
