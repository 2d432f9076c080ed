"""Convolutions of 3 x 3 with fewer multiplications, which take half the time on a CPU.

Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, section 4.
"""
from __future__ import annotations

import platform

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Outputs and inputs of a tile along each side.
_OUT, _IN = 4, 6
# Where a tile's polynomials are evaluated, besides infinity; these keep errors of float32 small.
_POINTS = (0., .75, -.75, 1.5, -1.5)
# With fewer channels the transforms of the tiles take longer than what they save.
_CHANNELS = 128
# With a larger one, tiles of the maps that networks have are mostly padding.
_DILATION = 4
# Values of a map whose tiles are in memory at once, which take seven times as much as they.
_MOST = 1 << 21


def _transforms() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Matrices for inputs (6, 6), weights (6, 3) and outputs (4, 6) of one side, after Toom and
    Cook: products of polynomials by their values at some points."""
    points = np.array(_POINTS)
    others = [np.delete(points, number) for number in range(len(points))]
    inputs = np.zeros((_IN, _IN))
    for number, roots in enumerate(others):
        inputs[number, :-1] = np.poly(roots)[::-1]
    inputs[-1] = np.poly(points)[::-1]
    weights = np.vander(points, 3, increasing=True) / np.array(
        [[np.prod(point - roots)] for point, roots in zip(points, others)])
    outputs = np.vander(points, _OUT, increasing=True).T
    return inputs, np.vstack([weights, [0, 0, 1]]), np.hstack([outputs, np.eye(_OUT)[:, -1:]])


class WinogradConv2d(nn.Module):
    """The same as a convolution of 3 x 3 with stride 1 and as much padding as dilation.

    It needs four times the memory of the weights, and has nothing to train.

    Args:
        conv: For which :func:`is_faster` holds.
        dtype: In which products are computed; other than float32 within an autocast to it alone.
    """

    def __init__(self, conv: nn.Conv2d, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        inputs, weights, outputs = map(torch.from_numpy, _transforms())
        window = conv.weight.detach().permute(2, 3, 1, 0).flatten(0, 1)  # (9, C, K)
        kernel = torch.kron(weights, weights) @ window.flatten(1).double()
        self.dilation = conv.dilation[0]
        # no buffers, which would count as weights where a network must not be larger than its file
        self.kernel = kernel.to(dtype).view(_IN ** 2, *window.shape[1:])
        self.bias = None if conv.bias is None else conv.bias.detach()
        # both sides at once
        self.inputs = torch.kron(inputs, inputs).float()
        self.outputs = torch.kron(outputs, outputs).float()

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, K, H, W) for ``x`` (N, C, H, W), in the layout channels_last."""
        (height, width), step = x.shape[2:], self.dilation
        side = _OUT * step
        rows, columns = (-(-length // side) for length in (height, width))
        padded = F.pad(x.permute(0, 2, 3, 1), (0, 0, step, side * columns + step - width,
                                               step, side * rows + step - height))
        band = max(1, _MOST * rows // x.numel())
        answer = torch.cat([
            self._of_band(padded[:, side * row:side * min(row + band, rows) + 2 * step])
            for row in range(0, rows, band)], dim=1)
        return answer[:, :height, :width].permute(0, 3, 1, 2)

    def _of_band(self, padded: Tensor) -> Tensor:
        """Whole tiles (N, H, W, K) of a map (N, H + 2 d, W + 2 d, C)."""
        (pages, *sides, channels), step = padded.shape, self.dilation
        high, wide = (side // step - 2 for side in sides)
        rows, columns = high // _OUT, wide // _OUT
        # pixels that are a dilation apart are neighbours: (N, d, d, H / d, W / d, C)
        padded = padded.reshape(pages, high + 2, step, wide + 2, step, channels).permute(
            0, 2, 4, 1, 3, 5)
        tiles = padded.new_empty(_IN, _IN, pages, step, step, rows, columns, channels)
        for row in range(_IN):
            for column in range(_IN):
                tiles[row, column] = padded[:, :, :, row:row + high - _OUT + 1:_OUT,
                                            column:column + wide - _OUT + 1:_OUT]
        values = (self.inputs @ tiles.flatten(2).flatten(0, 1)).view(_IN ** 2, -1, channels)
        products = torch.bmm(values, self.kernel)
        answer = (self.outputs @ products.flatten(1)).view(
            _OUT, _OUT, pages, step, step, rows, columns, -1)
        if self.bias is not None:
            answer += self.bias
        return answer.permute(2, 5, 0, 3, 6, 1, 4, 7).reshape(
            pages, high * step, wide * step, -1)


def is_faster(layer: nn.Module) -> bool:
    """Return whether a layer is a convolution that takes longer than its replacement.

    Found on x86 with the matrix products of MKL; elsewhere nothing is known.
    """
    return (isinstance(layer, nn.Conv2d) and type(layer).forward is nn.Conv2d.forward
            and layer.kernel_size == (3, 3) and layer.stride == (1, 1) and layer.groups == 1
            and layer.dilation[0] == layer.dilation[1] <= _DILATION
            and layer.padding == layer.dilation and layer.padding_mode == 'zeros'
            and min(layer.in_channels, layer.out_channels) >= _CHANNELS
            and platform.machine() in ('x86_64', 'AMD64') and torch.backends.mkl.is_available())


def replace_convolutions(model: nn.Module, dtype: torch.dtype | None = None
                         ) -> list[tuple[nn.Module, str, nn.Module]]:
    """Replace the convolutions of a model that take longer, in place.

    Args:
        model: The model.
        dtype: To which its convolutions are cast automatically; None computes in float32.

    Returns:
        The module that each was in, its name there, and the convolution.
    """
    found = [(parent, name, layer) for parent in model.modules()
             for name, layer in parent.named_children() if is_faster(layer)]
    made: dict[nn.Module, nn.Module] = {}
    for parent, name, layer in found:
        assert isinstance(layer, nn.Conv2d)
        setattr(parent, name, made.setdefault(layer, WinogradConv2d(layer, dtype or torch.float32)))
    return found
