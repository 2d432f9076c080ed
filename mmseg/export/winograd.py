"""Convolutions of 3 x 3 with fewer multiplications, which take half the time on a CPU.

Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, section 4.
"""
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..ops.winograd import IN, OUT, may_take_fewer, multiplies_tiles, transforms

# With a larger one, tiles of the maps that networks have are mostly padding.
_DILATION = 4
# Values of a map whose tiles are in memory at once, which take seven times as much as they.
_MOST = 1 << 21


class WinogradConv2d(nn.Module):
    """The same as a convolution of 3 x 3 with stride 1 and as much padding as dilation.

    It needs four times the memory of the weights, and has nothing to train.

    Args:
        conv: For which :func:`is_faster` holds.
        dtype: In which products are computed; other than float32 within an autocast to it alone.
    """

    def __init__(self, conv: nn.Conv2d, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        inputs, weights, outputs = transforms()
        window = conv.weight.detach().permute(2, 3, 1, 0).flatten(0, 1)  # (9, C, K)
        kernel = torch.kron(weights, weights) @ window.flatten(1).double()
        self.dilation = conv.dilation[0]
        # no buffers, which would count as weights where a network must not be larger than its file
        self.kernel = kernel.to(dtype).view(IN ** 2, *window.shape[1:])
        self.bias = None if conv.bias is None else conv.bias.detach()
        # both sides at once
        self.inputs = torch.kron(inputs, inputs).float()
        self.outputs = torch.kron(outputs, outputs).float()

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, K, H, W) for ``x`` (N, C, H, W), in the layout channels_last."""
        (height, width), step = x.shape[2:], self.dilation
        side = OUT * step
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
        rows, columns = high // OUT, wide // OUT
        # pixels that are a dilation apart are neighbours: (N, d, d, H / d, W / d, C)
        padded = padded.reshape(pages, high + 2, step, wide + 2, step, channels).permute(
            0, 2, 4, 1, 3, 5)
        tiles = padded.new_empty(IN, IN, pages, step, step, rows, columns, channels)
        for row in range(IN):
            for column in range(IN):
                tiles[row, column] = padded[:, :, :, row:row + high - OUT + 1:OUT,
                                            column:column + wide - OUT + 1:OUT]
        values = (self.inputs @ tiles.flatten(2).flatten(0, 1)).view(IN ** 2, -1, channels)
        products = torch.bmm(values, self.kernel)
        answer = (self.outputs @ products.flatten(1)).view(
            OUT, OUT, pages, step, step, rows, columns, -1)
        if self.bias is not None:
            answer += self.bias
        return answer.permute(2, 5, 0, 3, 6, 1, 4, 7).reshape(
            pages, high * step, wide * step, -1)


def is_faster(layer: nn.Module) -> bool:
    """Return whether a layer is a convolution that takes longer than its replacement."""
    return may_take_fewer(layer) and layer.dilation[0] <= _DILATION  # type: ignore[operator,index]


def replace_convolutions(model: nn.Module, dtype: torch.dtype | None = None
                         ) -> list[tuple[nn.Module, str, nn.Module]]:
    """Replace the convolutions of a model that take longer, in place.

    Args:
        model: The model.
        dtype: To which its convolutions are cast automatically; None computes in float32.

    Returns:
        The module that each was in, its name there, and the convolution.
    """
    if dtype is torch.bfloat16 and multiplies_tiles():
        return []
    found = [(parent, name, layer) for parent in model.modules()
             for name, layer in parent.named_children() if is_faster(layer)]
    made: dict[nn.Module, nn.Module] = {}
    for parent, name, layer in found:
        assert isinstance(layer, nn.Conv2d)
        setattr(parent, name, made.setdefault(layer, WinogradConv2d(layer, dtype or torch.float32)))
    return found
