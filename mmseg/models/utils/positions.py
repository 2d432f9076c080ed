"""Position embeddings of one grid of tokens, brought to another."""
from __future__ import annotations

import logging
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def resize_grid(tokens: Tensor, source: Sequence[int], target: Sequence[int],
                mode: str = 'bicubic') -> Tensor:
    """``tokens (N, H * W, C)`` of a grid, interpolated to another: ``(N, h * w, C)``.

    Args:
        tokens: Row by row.
        source: (H, W).
        target: (h, w).
        mode: As :func:`torch.nn.functional.interpolate` has it.
    """
    corners = None if mode == 'nearest' else False
    grid = tokens.reshape(tokens.shape[0], *source, -1).permute(0, 3, 1, 2)
    grid = F.interpolate(grid, size=tuple(target), mode=mode, align_corners=corners)
    return grid.flatten(2).transpose(1, 2)


def fits_grid(module: nn.Module, source: Sequence[int], target: Sequence[int]) -> bool:
    """Whether positions of grid ``source`` serve an image of ``target`` patches as they are.

    The log is told the first time that they do not.

    Args:
        module: Whose positions they are.
        source: Patches (down, across) of the positions.
        target: Patches (down, across) of the image.
    """
    if torch.jit.is_tracing():
        return False  # to interpolate to the same grid changes nothing, and other sizes can follow
    fits = tuple(source) == tuple(target)
    if not fits and not getattr(module, '_told_of_grid', False):
        module._told_of_grid = True  # type: ignore[assignment]
        logging.getLogger('mmseg').info(
            '%s has positions of %d x %d patches and got an image of %d x %d: it interpolates '
            'them, here and for any other size', type(module).__name__, *source, *target)
    return fits
