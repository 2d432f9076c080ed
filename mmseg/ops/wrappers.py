"""Interpolation of feature maps, usable in a traced module at any image size."""
from __future__ import annotations

import warnings
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def _corners_misfit(source: Sequence[int], target: Sequence[int]) -> bool:
    """True where aligned corners would not put the source's grid points on target points."""
    pairs = list(zip(source, target, strict=True))
    grows = any(t > s for s, t in pairs)
    return grows and min(*source, *target) > 1 and any((t - 1) % (s - 1) for s, t in pairs)


def resize(input: Tensor,
           size: Sequence[int] | int | None = None,
           scale_factor: float | Sequence[float] | None = None,
           mode: str = 'nearest',
           align_corners: bool | None = None,
           warning: bool = True) -> Tensor:
    """The input ``(N, C, h, w)`` interpolated to ``(N, C, H, W)``.

    Args:
        input: Feature map or logits.
        size: Wanted (height, width) in pixels.  A slice of a tensor's shape stays dynamic when
            the caller is being traced.
        scale_factor: Ratio of the output's size to the input's, where ``size`` is None.
        mode: Interpolation mode of :func:`torch.nn.functional.interpolate`.
        align_corners: Whether the centres of the corner pixels stay in place.
        warning: Whether to warn where ``align_corners`` meets sizes that do not fit it: only
            (n·(h-1)+1, n·(w-1)+1) keeps every input pixel on an output pixel.
    """
    if warning and align_corners and size is not None and not torch.jit.is_tracing():
        source = tuple(input.shape[2:])
        target = (size, ) * len(source) if isinstance(size, int) else tuple(size)
        if _corners_misfit(source, target):
            warnings.warn(
                f'align_corners=True resizes {source} to {target}, which shifts the pixels '
                'between the corners: sizes of the form n*k+1 (such as 513) avoid it',
                stacklevel=2)
    return F.interpolate(input, size, scale_factor, mode, align_corners)


class Upsample(nn.Module):
    """The input resized to a fixed size, or by a factor rounded down to whole pixels.

    Args:
        size: Wanted (height, width) in pixels.
        scale_factor: Ratio to the input's size, one number or one per axis.  The size that
            comes of it is what the interpolation uses, so that a factor that gives no whole
            number still ends on the image's edge.
        mode: See :func:`resize`.
        align_corners: See :func:`resize`.
    """

    def __init__(self,
                 size: Sequence[int] | int | None = None,
                 scale_factor: float | Sequence[float] | None = None,
                 mode: str = 'nearest',
                 align_corners: bool | None = None) -> None:
        super().__init__()
        self.size = size
        self.scale_factor = scale_factor
        self.mode = mode
        self.align_corners = align_corners

    def forward(self, x: Tensor) -> Tensor:
        """The map ``(N, C, h, w)`` at the wanted size, ``(N, C, height, width)``."""
        if self.size is not None:
            return resize(x, self.size, None, self.mode, self.align_corners)
        return F.interpolate(x, None, self.scale_factor, self.mode, self.align_corners,
                             recompute_scale_factor=True)
