"""Dilated depthwise convolutions that are fast on a CPU."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from .eager import learns, runs_on_cpu

# oneDNN has kernels of its own for smaller paddings, but none for their gradients.
_SLOW_PADDING = 7
# Values of a map that are worked on at once, which stay in a core's cache.
_BAND = 1 << 20


class DilatedDepthwiseConv2d(nn.Conv2d):
    """A depthwise convolution of 3 x 3, dilated, with stride 1 and as much padding as dilation.

    On a CPU, maps are shifted, multiplied and added, in float32 at least; oneDNN computes such
    convolutions, or their gradients alone where the dilation is below 7, value by value, which
    takes 4 to 50 times as long. Elsewhere, and while a network is traced, exported or compiled,
    this is an ordinary convolution. It takes and gives (N, C, H, W), and has the parameters of one.
    """

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if not (runs_on_cpu(input)
                and (self.dilation[0] >= _SLOW_PADDING or learns(input, weight))):
            return super()._conv_forward(input, weight, bias)
        dtype = torch.get_autocast_dtype('cpu') if torch.is_autocast_enabled('cpu') else input.dtype
        return _DilatedDepthwise.apply(input, weight, bias, self.dilation[0]).to(dtype)


class _DilatedDepthwise(torch.autograd.Function):

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, dilation: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.dilation, ctx.has_bias = dilation, bias is not None
        return _convolved(_last(x), _taps(weight), dilation, bias).permute(0, 3, 1, 2)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        grad, of_x, of_weight, of_bias = _last(grad), None, None, None
        if ctx.needs_input_grad[0]:
            of_x = _convolved(grad, _taps(weight).flip(0), ctx.dilation).permute(0, 3, 1, 2)
        if ctx.needs_input_grad[1]:
            of_weight = _gradient_of_taps(_last(x), grad, ctx.dilation).T.view_as(weight)
        if ctx.has_bias and ctx.needs_input_grad[2]:
            of_bias = grad.sum((0, 1, 2))
        return of_x, of_weight, of_bias, None


def _last(x: Tensor) -> Tensor:
    """A map (N, C, H, W) as (N, H, W, C)."""
    return x.permute(0, 2, 3, 1).to(torch.promote_types(x.dtype, torch.float32),
                                    memory_format=torch.contiguous_format)


def _taps(weight: Tensor) -> Tensor:
    """The weights (C, 1, 3, 3) as (9, C)."""
    return weight.flatten(1).T.to(torch.promote_types(weight.dtype, torch.float32),
                                  memory_format=torch.contiguous_format)


def _convolved(x: Tensor, taps: Tensor, dilation: int, bias: Tensor | None = None) -> Tensor:
    """The convolution of ``x`` (N, H, W, C) with ``taps`` (9, C)."""
    answer = torch.zeros_like(x) if bias is None else bias.to(x.dtype).expand(x.shape).contiguous()
    for tap, target, source in _shifts(answer, x, dilation):
        target.addcmul_(source, taps[tap])
    return answer


def _gradient_of_taps(x: Tensor, grad: Tensor, dilation: int) -> Tensor:
    """The gradient (9, C) of the taps, from that of the answer (N, H, W, C)."""
    answer = x.new_zeros(9, x.shape[3])
    for tap, target, source in _shifts(grad, x, dilation):
        answer[tap] += (target * source).sum((0, 1, 2))
    return answer


def _shifts(target: Tensor, source: Tensor, dilation: int) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Which values of ``source`` (N, H, W, C) each of nine taps brings to which of ``target``.

    The pairs of a band of rows follow one another. Values beyond the edges, which are zero, are
    left out.
    """
    pages, height, width, channels = target.shape
    rows = max(1, _BAND // (pages * width * channels))
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        for tap in range(9):
            down, right = (dilation * (number - 1) for number in divmod(tap, 3))
            first, last = max(top, -down), min(bottom, height - down)
            left, end = max(0, -right), min(width, width - right)
            if first < last and left < end:
                yield (tap, target[:, first:last, left:end],
                       source[:, first + down:last + down, left + right:end + right])


def speed_up_depthwise(model: nn.Module) -> None:
    """Let the convolutions of a network that can be :class:`DilatedDepthwiseConv2d` be that.

    They keep their parameters, names and hooks.
    """
    for layer in model.modules():
        if (type(layer) is nn.Conv2d and layer.kernel_size == (3, 3) and layer.stride == (1, 1)
                and layer.groups == layer.in_channels == layer.out_channels
                and 1 < layer.dilation[0] == layer.dilation[1]
                and layer.padding == layer.dilation and layer.padding_mode == 'zeros'):
            layer.__class__ = DilatedDepthwiseConv2d
