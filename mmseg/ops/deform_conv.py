"""Deformable convolution without compiled operators of our own."""
from __future__ import annotations

import importlib

import torch
import torch.nn.functional as F
from mmcv.cnn import CONV_LAYERS
from torch import Tensor, nn
from torch.nn.modules.utils import _pair

from mmseg.utils.late_import import torchvision_ops

Pair = tuple[int, int]


def sampled_deform_conv2d(x: Tensor, offset: Tensor, weight: Tensor, bias: Tensor | None,
                          stride: Pair, padding: Pair, dilation: Pair, mask: Tensor | None,
                          kernel_size: Pair, groups: int, deform_groups: int) -> Tensor:
    """What torchvision's ``deform_conv2d`` gives, ``(N, C', H', W')``, from plain operators.

    Each kernel tap looks up the whole map once (bilinear, zero outside), then the taps are
    weighed together.  A traced module needs it: the operator that torchvision compiles is not
    part of libtorch.

    Args:
        x: Features ``(N, C, H, W)``.
        offset: Shift of every tap in pixels, ``(N, 2·G·taps, H', W')``, pairs (y, x).
        weight: ``(C', C / groups, kernel_h, kernel_w)``.
        bias: ``(C',)`` or None.
        stride: Step in pixels, (y, x).
        padding: Zeros around the input in pixels, (y, x).
        dilation: Distance of the taps in pixels, (y, x).
        mask: Weight of every tap, ``(N, G·taps, H', W')``, or None.
        kernel_size: (kernel_h, kernel_w); the weight's shape is not constant in a trace.
        groups: Groups of the convolution.
        deform_groups: G, the groups of channels that share their offsets.
    """
    taps = kernel_size[0] * kernel_size[1]
    n, out_h, out_w = offset.shape[0], offset.shape[2], offset.shape[3]
    height, width = x.shape[2], x.shape[3]
    offset = offset.reshape(n, deform_groups, taps, 2, out_h, out_w)
    grouped = x.reshape(n * deform_groups, -1, height, width)
    rows = torch.arange(out_h, device=x.device, dtype=x.dtype) * stride[0] - padding[0]
    cols = torch.arange(out_w, device=x.device, dtype=x.dtype) * stride[1] - padding[1]
    columns = []
    for tap in range(taps):
        down, right = divmod(tap, kernel_size[1])
        y = rows[:, None] + down * dilation[0] + offset[:, :, tap, 0]
        z = cols[None, :] + right * dilation[1] + offset[:, :, tap, 1]
        # Pixel i's centre lies at (2i + 1) / size - 1 of the [-1, 1] span.
        grid = torch.stack([(2 * z + 1) / width - 1, (2 * y + 1) / height - 1], dim=-1)
        seen = F.grid_sample(grouped, grid.reshape(n * deform_groups, out_h, out_w, 2),
                             padding_mode='zeros', align_corners=False)
        if mask is not None:
            tap_mask = mask.reshape(n, deform_groups, taps, out_h, out_w)[:, :, tap]
            seen = seen * tap_mask.reshape(n * deform_groups, 1, out_h, out_w)
        columns.append(seen.reshape(n, -1, out_h, out_w))
    stacked = torch.stack(columns, dim=2).flatten(1, 2)  # (N, C * taps, H', W')
    return F.conv2d(stacked, weight.flatten(1)[..., None, None], bias, groups=groups)


class _DeformConvPack(nn.Module):
    """Convolution whose taps move by the offsets that a second convolution predicts."""

    _channels_per_tap: int
    _init_slope: float  # of the Kaiming initialisation: 0 keeps a ReLU's variance

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | Pair,
                 stride: int | Pair, padding: int | Pair, dilation: int | Pair, groups: int,
                 deform_groups: int, bias: bool) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = _pair(kernel_size)
        self.stride = _pair(stride)
        self.padding = _pair(padding)
        self.dilation = _pair(dilation)
        self.groups = groups
        self.deform_groups = deform_groups
        # ConvModule reads these two of every convolution.
        self.transposed = False
        self.output_padding = (0, 0)
        self.weight = nn.Parameter(
            torch.empty(out_channels, in_channels // groups, *self.kernel_size))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        nn.init.kaiming_uniform_(self.weight, a=self._init_slope)
        taps = self.kernel_size[0] * self.kernel_size[1]
        self.conv_offset = nn.Conv2d(in_channels, deform_groups * self._channels_per_tap * taps,
                                     self.kernel_size, self.stride, self.padding, self.dilation)
        self.init_weights()

    def init_weights(self) -> None:
        """Zero offsets: training starts from the plain convolution.

        The model's own initialisation reaches ``conv_offset`` as it does any convolution and
        calls this afterwards.
        """
        for parameter in self.conv_offset.parameters():
            nn.init.zeros_(parameter)

    def _convolve(self, x: Tensor, offset: Tensor, mask: Tensor | None = None) -> Tensor:
        # Under autocast the parts come in different precisions; the operator wants one, and
        # positions of pixels want 32 bits.
        x = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
        weight, offset = self.weight.to(x.dtype), offset.to(x.dtype)
        mask = None if mask is None else mask.to(x.dtype)
        bias = None if self.bias is None else self.bias.to(x.dtype)
        steps = (self.stride, self.padding, self.dilation)
        if torch.jit.is_tracing():
            return sampled_deform_conv2d(x, offset, weight, bias, *steps, mask, self.kernel_size,
                                         self.groups, self.deform_groups)
        return torchvision_ops.deform_conv2d(x, offset, weight, bias, *steps, mask)

    def extra_repr(self) -> str:
        return (f'{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, '
                f'stride={self.stride}, padding={self.padding}, dilation={self.dilation}, '
                f'groups={self.groups}, deform_groups={self.deform_groups}')


class DeformConv2dPack(_DeformConvPack):
    """Deformable convolution, version 1: the taps move, their weights stay.

    Dai et al., "Deformable Convolutional Networks", ICCV 2017, section 2.1.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        kernel_size: Taps, one number or (y, x); the same for the next three.
        stride: Step in pixels.
        padding: Zeros around the input in pixels.
        dilation: Distance of the taps in pixels.
        groups: Groups of the convolution itself.
        deform_groups: Groups of channels that share their offsets.
        bias: Accepted for the sake of the common signature; there is none in version 1.
        im2col_step: Accepted for the sake of existing configs; it steers nothing here.
    """

    _channels_per_tap = 2
    _init_slope = 0.0

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | Pair,
                 stride: int | Pair = 1, padding: int | Pair = 0, dilation: int | Pair = 1,
                 groups: int = 1, deform_groups: int = 1, bias: bool = False,
                 im2col_step: int = 32) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups,
                         deform_groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, out_channels, h / stride, w / stride)`` of a map ``(N, in_channels, h, w)``."""
        return self._convolve(x, self.conv_offset(x))


class ModulatedDeformConv2dPack(_DeformConvPack):
    """Deformable convolution, version 2: each tap has a learnt weight in [0, 1] as well.

    Zhu et al., "Deformable ConvNets v2: More Deformable, Better Results", CVPR 2019, section 3.2.

    Args: see :class:`DeformConv2dPack`; ``bias`` counts here.
    """

    _channels_per_tap = 3
    _init_slope = 5**0.5  # as torch's own convolutions

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | Pair,
                 stride: int | Pair = 1, padding: int | Pair = 0, dilation: int | Pair = 1,
                 groups: int = 1, deform_groups: int = 1, bias: bool = True) -> None:
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups,
                         deform_groups, bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, out_channels, h / stride, w / stride)`` of a map ``(N, in_channels, h, w)``."""
        predicted = self.conv_offset(x)
        moves = self.conv_offset.out_channels * 2 // 3
        offset, mask = predicted[:, :moves], predicted[:, moves:]
        return self._convolve(x, offset, mask.sigmoid())


def portable_deform_convs(model: nn.Module) -> nn.Module:
    """The model with mmcv-full's deformable convolutions replaced by those of this file.

    Those compute the same but cannot be traced into a file.  The weights are shared.
    """
    ours = {'DeformConv2dPack': DeformConv2dPack,
            'ModulatedDeformConv2dPack': ModulatedDeformConv2dPack}
    for parent in list(model.modules()):
        for name, layer in parent.named_children():
            kind = ours.get(type(layer).__name__)
            if kind is None or isinstance(layer, _DeformConvPack):
                continue
            bias = getattr(layer, 'bias', None)
            twin = kind(layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride,
                        layer.padding, layer.dilation, layer.groups, layer.deform_groups,
                        bias=bias is not None)
            twin.weight, twin.bias, twin.conv_offset = layer.weight, bias, layer.conv_offset
            setattr(parent, name, twin.train(layer.training))
    return model


def register_deform_conv() -> None:
    """Make the config types ``DCN`` and ``DCNv2`` known where mmcv-full has not done so."""
    try:
        importlib.import_module('mmcv.ops')
    except (ImportError, OSError, AssertionError):
        pass  # plain mmcv, or operators compiled for another torch
    for name, layer in (('DCN', DeformConv2dPack), ('DCNv2', ModulatedDeformConv2dPack)):
        if name not in CONV_LAYERS:
            CONV_LAYERS.register_module(name, module=layer)
