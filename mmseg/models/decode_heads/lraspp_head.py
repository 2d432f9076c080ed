"""The light pyramid of MobileNetV3."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ...ops import pool_spans, resize
from ...utils.errors import InputError
from ..builder import HEADS
from ..utils.check_lists import check_list
from .decode_head import BaseDecodeHead


class _WindowPool(nn.Module):
    """Means over large windows, 49x49 at steps of 16 down and 20 across.

    A map smaller than the window is one window.
    """

    window = 49
    step = (16, 20)

    def _side(self, length: int | Tensor) -> int | Tensor:
        """Side of the window on a map of that length; a trace stays open to other sizes."""
        return (length.clamp(max=self.window) if isinstance(length, Tensor)
                else min(length, self.window))

    def _spans(self, step: int) -> Callable[[Any], tuple[Tensor, Tensor]]:
        def spans(length: Any) -> tuple[Tensor, Tensor]:
            side = self._side(length)
            starts = torch.arange(0, length - side + 1, step)
            return starts, starts + side

        return spans

    def forward(self, x: Tensor) -> Tensor:
        if torch.onnx.is_in_onnx_export():  # whose average pooling has windows of fixed sides
            return pool_spans(x, self._spans(self.step[0]), self._spans(self.step[1]))
        window: list = [self._side(length) for length in x.shape[2:]]
        return F.avg_pool2d(x, window, self.step)


@HEADS.register_module()
class LRASPPHead(BaseDecodeHead):
    """Coarse features gated by their surroundings, sharpened by finer ones (Howard et al.,
    "Searching for MobileNetV3", ICCV 2019, section 6.4: lite reduced ASPP).

    Args:
        branch_channels: Channels that each of the finer inputs is reduced to.
        **kwargs: See :class:`BaseDecodeHead`; ``in_channels`` and ``in_index`` are lists from
            fine to coarse.

    Raises:
        InputError: ``input_transform`` is another than ``'multiple_select'``, or the inputs are
            not one more than ``branch_channels``.
    """

    def __init__(self, branch_channels: Sequence[int] = (32, 64), **kwargs: Any) -> None:
        check_list('LRASPPHead', 'branch_channels', branch_channels)
        super().__init__(**kwargs)
        if self.input_transform != 'multiple_select':
            raise InputError(f'LRASPPHead has input_transform={self.input_transform!r}; expected '
                             "'multiple_select'")
        *fine, coarse = self.in_channels
        if len(fine) != len(branch_channels):
            raise InputError(f'LRASPPHead has branch_channels={tuple(branch_channels)} for '
                             f'in_channels={tuple(self.in_channels)}; expected one for each input '
                             'but the last')
        channels = self.channels
        style = dict(norm_cfg=self.norm_cfg, act_cfg=self.act_cfg, bias=False)
        self.branch_channels = branch_channels
        self.convs, self.conv_ups = nn.Sequential(), nn.Sequential()
        for i, (source, branch) in enumerate(zip(fine, branch_channels, strict=True)):
            self.convs.add_module(f'conv{i}', nn.Conv2d(source, branch, 1, bias=False))
            self.conv_ups.add_module(f'conv_up{i}',
                                     ConvModule(channels + branch, channels, 1, **style))
        self.conv_up_input = nn.Conv2d(channels, channels, 1)
        self.aspp_conv = ConvModule(coarse, channels, 1, **style)
        self.image_pool = nn.Sequential(
            _WindowPool(),
            ConvModule(coarse, channels, 1, act_cfg=dict(type='Sigmoid'), bias=False))

    def _resize_like(self, x: Tensor, target: Tensor) -> Tensor:
        return resize(x, size=target.shape[2:], mode='bilinear', align_corners=self.align_corners)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        *fine, coarse = self._transform_inputs(inputs)
        x = self.aspp_conv(coarse)
        x = self.conv_up_input(x * self._resize_like(self.image_pool(coarse), x))
        for feature, reduce, join in zip(reversed(fine), reversed(self.convs),
                                         reversed(self.conv_ups), strict=True):
            x = self._resize_like(x, feature)
            x = join(torch.cat([x, reduce(feature)], dim=1))
        return self.cls_seg(x)
