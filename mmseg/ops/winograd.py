"""Convolutions of 3 x 3 with fewer multiplications.

Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, section 4: some
neighbouring outputs are polynomials' products, computed by their values at a few points.
"""
from __future__ import annotations

import functools
import platform

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .eager import learns, runs_on_cpu

# Neighbouring outputs, and the inputs that they depend on.
OUT, IN = 4, 6
# Where polynomials are evaluated, besides infinity; these keep errors of rounding small.
_POINTS = (0., .75, -.75, 1.5, -1.5)
# With fewer channels the transforms take longer than what they save.
CHANNELS = 128
# How much wider a map may become that is filled up to whole groups of outputs.
_FILLED = 1.25


@functools.cache
def transforms() -> tuple[Tensor, Tensor, Tensor]:
    """Matrices for inputs (6, 6), weights (6, 3) and outputs (4, 6), in float64, after Toom and
    Cook."""
    points = np.array(_POINTS)
    others = [np.delete(points, number) for number in range(len(points))]
    inputs = np.zeros((IN, IN))
    for number, roots in enumerate(others):
        inputs[number, :-1] = np.poly(roots)[::-1]
    inputs[-1] = np.poly(points)[::-1]
    weights = np.vander(points, 3, increasing=True) / np.array(
        [[np.prod(point - roots)] for point, roots in zip(points, others)])
    outputs = np.vander(points, OUT, increasing=True).T
    found = (inputs, np.vstack([weights, [0, 0, 1]]),
             np.hstack([outputs, np.eye(OUT)[:, -1:]]))
    return tuple(map(torch.from_numpy, found))  # type: ignore[return-value]


def may_take_fewer(layer: nn.Module) -> bool:
    """Whether a layer is a convolution of 3 x 3 for which fewer multiplications save time.

    Found on x86 with the matrix products of MKL; elsewhere nothing is known.
    """
    return (isinstance(layer, nn.Conv2d) and type(layer).forward is nn.Conv2d.forward
            and layer.kernel_size == (3, 3) and layer.stride == (1, 1) and layer.groups == 1
            and layer.dilation[0] == layer.dilation[1]
            and layer.padding == layer.dilation and layer.padding_mode == 'zeros'
            and min(layer.in_channels, layer.out_channels) >= CHANNELS
            and platform.machine() in ('x86_64', 'AMD64') and torch.backends.mkl.is_available())


def multiplies_tiles() -> bool:
    """Whether the processor has instructions for products of matrices in bfloat16 (AMX), which are
    so much faster than all else that fewer products save nothing."""
    found = getattr(torch.cpu, '_is_amx_tile_supported', None)
    return found is not None and bool(found())


class RowWinogradConv2d(nn.Conv2d):
    """A convolution of 3 x 3 that trains in bfloat16 with half of the multiplications.

    Four outputs of a row are computed together, so that rounding errors of answers and gradients
    are twice those of bfloat16 (0.6 % of their deviation instead of 0.3 %). Where no gradients are
    asked for, without an autocast to bfloat16, and on small maps, this is an ordinary convolution.
    It takes and gives (N, C, H, W), and has the parameters of one.
    """

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if not (runs_on_cpu(input) and learns(input, weight) and torch.is_autocast_enabled('cpu')
                and torch.get_autocast_dtype('cpu') is torch.bfloat16
                and _filled(input.shape[3], self.dilation[0]) <= _FILLED * input.shape[3]):
            return super()._conv_forward(input, weight, bias)
        with torch.autocast('cpu', enabled=False):
            answer = convolve_rows(input.bfloat16(), weight, self.dilation[0])
            return answer if bias is None else answer + bias.bfloat16()[:, None, None]


def _filled(width: int, dilation: int) -> int:
    """The width of a map of whole groups of outputs, which are a dilation apart."""
    side = OUT * dilation
    return -(-width // side) * side


def convolve_rows(x: Tensor, weight: Tensor, dilation: int) -> Tensor:
    """Return the convolution (N, K, H, W) of ``x`` (N, C, H, W), in the layout channels_last.

    Args:
        x: In the type in which products are computed.
        weight: (K, C, 3, 3), in a type that need not be that of ``x``.
        dilation: Of rows and columns, also the padding.
    """
    of_inputs, of_weights, of_outputs = transforms()
    (pages, channels, height, width), kernels = x.shape, len(weight)
    filled = _filled(width, dilation)
    groups = filled // (OUT * dilation)
    # columns as (group, output, dilation), with a group more of which two inputs are used
    padded = F.pad(x.permute(0, 2, 3, 1), (0, 0, dilation, filled - width + (OUT - 1) * dilation))
    inputs = padded.view(pages, height, groups + 1, OUT, dilation, channels).permute(
        3, 0, 1, 2, 4, 5).reshape(OUT, -1)
    matrix = of_inputs.to(x.dtype)
    own, next_ones = (
        (matrix[:, columns] @ inputs[:matrix[:, columns].shape[1]]).view(
            IN, pages, height, groups + 1, dilation, channels)
        for columns in (slice(OUT), slice(OUT, IN)))
    values = (own[:, :, :, :-1] + next_ones[:, :, :, 1:]).view(
        IN, pages, height, groups * dilation, channels).permute(0, 1, 4, 2, 3)
    # (6, K, C, 3, 1): columns are transformed, rows are left to the convolutions
    kernel = (of_weights.to(weight.dtype) @ weight.permute(3, 0, 2, 1).flatten(1)).to(x.dtype).view(
        IN, kernels, 3, channels).permute(0, 1, 3, 2).unsqueeze(-1)
    products = torch.stack([
        F.conv2d(value, taps, padding=(dilation, 0), dilation=(dilation, 1)).permute(0, 2, 3, 1)
        for value, taps in zip(values.unbind(), kernel.unbind())])
    answer = (of_outputs.to(x.dtype) @ products.flatten(1)).view(
        OUT, pages, height, groups, dilation, kernels).permute(1, 2, 3, 0, 4, 5)
    return answer.reshape(pages, height, filled, kernels)[:, :, :width].permute(
        0, 3, 1, 2).contiguous(memory_format=torch.channels_last)


def speed_up_training(model: nn.Module) -> None:
    """Let the convolutions of a network that train faster in bfloat16 on a CPU be
    :class:`RowWinogradConv2d`.

    They keep their parameters, names and hooks.
    """
    if multiplies_tiles():
        return
    for layer in model.modules():
        if type(layer) is nn.Conv2d and may_take_fewer(layer):
            layer.__class__ = RowWinogradConv2d
