"""Position embeddings of one grid of tokens, brought to another."""
from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...utils.errors import InputError


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


def resize_pos_embed(pos_embed: Tensor, source: Sequence[int], target: Sequence[int],
                     mode: str = 'bicubic') -> Tensor:
    """``pos_embed (1, 1 + H * W, C)`` of a class token and patches, brought to ``1 + h * w``.

    Args:
        pos_embed: The first is that of the class token, which does not change.
        source: (H, W).
        target: (h, w).
        mode: As :func:`torch.nn.functional.interpolate` has it.
    """
    return torch.cat([pos_embed[:, :1], resize_grid(pos_embed[:, 1:], source, target, mode)], 1)


def square_side(stored: Tensor, extra: int, name: str) -> int:
    """Side of the square grid in a file's table ``stored (L, C)`` without its ``extra`` rows.

    Raises:
        InputError: The number of the other rows is not a square.
    """
    side = round(max(stored.shape[0] - extra, 0)**.5)
    if side**2 + extra != stored.shape[0]:
        raise InputError(f'the pretrained {name} has {stored.shape[0]} rows, which are not a '
                         f'square and {extra} more')
    return side


def _spline_matrix(at: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Matrix (wanted, at) that takes values at the points ``at`` to those ``wanted``.

    It evaluates the cubic spline through the values whose first two and last two pieces are one
    polynomial each ("not a knot"); beyond the ends the value of the end stays.
    """
    count, step = len(at), np.diff(at)
    # Second derivatives at the points solve left @ bend = right @ values.
    left, right = np.zeros((count, count)), np.zeros((count, count))
    for i in range(1, count - 1):
        before, after = step[i - 1], step[i]
        left[i, i - 1:i + 2] = before, 2 * (before + after), after
        right[i, i - 1:i + 2] = 6 / before, -6 / before - 6 / after, 6 / after
    left[0, :3] = step[1], -step[0] - step[1], step[0]
    left[-1, -3:] = step[-1], -step[-2] - step[-1], step[-2]
    bend = np.linalg.solve(left, right)

    wanted = np.clip(wanted, at[0], at[-1])
    piece = np.clip(np.searchsorted(at, wanted, side='right') - 1, 0, count - 2)
    width = step[piece]
    far = (wanted - at[piece]) / width
    near = 1 - far
    values = np.eye(count)
    return (near[:, None] * values[piece] + far[:, None] * values[piece + 1] +
            ((near**3 - near) * width**2 / 6)[:, None] * bend[piece] +
            ((far**3 - far) * width**2 / 6)[:, None] * bend[piece + 1])


def _geometric_points(count: int, reach: int) -> np.ndarray:
    """``count`` points around 0, each step longer by one factor, the outmost at ``reach``."""
    low, high = 1.01, 1.5
    while high - low > 1e-6:
        factor = (low + high) / 2
        if (factor**np.arange(count // 2)).sum() > reach:
            high = factor
        else:
            low = factor
    outward = np.cumsum(factor**np.arange(count // 2))
    return np.concatenate([-outward[::-1], [0.], outward])


def resize_distances(table: Tensor, source: int, target: Sequence[int]) -> Tensor:
    """Biases ``(H * W, C)`` of all distances, for more distances than they were learnt for.

    The learnt distances are thought of as farther apart the longer they are, so that the middle
    keeps its values; between them a cubic spline goes.  Bao et al., "BEiT", ICLR 2022, whose code
    fine-tunes on larger images so.

    Args:
        table: ``(source * source, C)``.
        source: Distances down, and as many across; an odd number, at least 5.
        target: Distances (H, W), odd numbers.
    """
    if tuple(target) == (source, source):
        return table
    down, across = (
        torch.as_tensor(np.eye(size) if size == source else _spline_matrix(
            _geometric_points(source, size // 2), np.arange(size) - size // 2.))
        for size in target)
    grid = table.double().reshape(source, source, -1)
    return torch.einsum('ys,xt,stc->yxc', down, across, grid).flatten(0, 1).to(table)
