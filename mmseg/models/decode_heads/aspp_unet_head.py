"""A pyramid on the coarsest feature map, sharpened step by step by all the finer ones."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import ConvModule, DepthwiseSeparableConvModule
from torch import Tensor, nn

from ...ops import PageMean, resize
from ...utils.errors import InputError
from ..builder import HEADS
from .decode_head import BaseDecodeHead
from .sep_aspp_head import DepthwiseSeparableASPPModule


class _FineStep(nn.Module):
    """A coarse map at the size of a finer one, with what the finer one adds."""

    def __init__(self, coarse_channels: int, fine_channels: int, skip_channels: int,
                 channels: int, align_corners: bool, style: dict) -> None:
        super().__init__()
        self.skip = ConvModule(fine_channels, skip_channels, 1, **style)
        self.join = DepthwiseSeparableConvModule(coarse_channels + skip_channels, channels, 3,
                                                 padding=1, **style)
        self.align_corners = align_corners

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        coarse = resize(coarse, size=fine.shape[2:], mode='bilinear',
                        align_corners=self.align_corners)
        return self.join(torch.cat([coarse, self.skip(fine)], dim=1))


class _Context(nn.Module):
    """Views of several widths on the coarsest map, and of the whole page, joined."""

    def __init__(self, in_channels: int, channels: int, dilations: Sequence[int],
                 align_corners: bool, style: dict) -> None:
        super().__init__()
        self.whole = nn.Sequential(PageMean(),
                                   ConvModule(in_channels, channels, 1, **style))
        self.views = DepthwiseSeparableASPPModule(dilations, in_channels, channels, conv_cfg=None,
                                                  **style)
        self.join = DepthwiseSeparableConvModule((len(dilations) + 1) * channels, channels, 3,
                                                 padding=1, **style)
        self.align_corners = align_corners

    def forward(self, x: Tensor) -> Tensor:
        whole = resize(self.whole(x), size=x.shape[2:], mode='bilinear',
                       align_corners=self.align_corners)
        return self.join(torch.cat([whole, *self.views(x)], dim=1))


@HEADS.register_module()
class ASPPUNetHead(BaseDecodeHead):
    """Depthwise atrous pyramid on the coarsest map, then one light step for every finer map.

    DeepLabV3+ (Chen et al., ECCV 2018) stops at the first fine map, usually of a quarter of the
    page. A separator of two pixels and the gap between two lines of text need half of it. This
    head continues as U-Net does (Ronneberger et al., MICCAI 2015), with few channels where maps are
    large.

    Args:
        step_channels: Channels after each step, from the second coarsest map to the finest; the
            last of them is ``channels``, which the classifier takes.
        skip_channels: Channels that each of these maps is reduced to before it is joined.
        context_channels: Channels of the pyramid.
        dilations: Dilation of each view of the pyramid in pixels of the coarsest map.
        init_cfg: Initialisation config. The classifier reads few channels: with the usual
            deviation of 0.01 its logits stay small for hundreds of iterations, and rare classes
            are not predicted at all.
        **kwargs: See :class:`BaseDecodeHead`; ``in_channels`` and ``in_index`` are lists from fine
            to coarse, and ``input_transform`` is ``'multiple_select'``.

    Raises:
        InputError: Another ``input_transform``, or numbers of inputs, steps and skips that do not
            fit together.
    """

    def __init__(self, step_channels: Sequence[int], skip_channels: Sequence[int],
                 context_channels: int = 128, dilations: Sequence[int] = (1, 2, 4, 8),
                 input_transform: str = 'multiple_select',
                 init_cfg: dict | list | None = dict(
                     type='Normal', std=0.15, override=dict(name='conv_seg')),
                 **kwargs: Any) -> None:
        kwargs.setdefault('channels', step_channels[-1])
        super().__init__(input_transform=input_transform, init_cfg=init_cfg, **kwargs)
        if input_transform != 'multiple_select':
            raise InputError(f'ASPPUNetHead has input_transform={input_transform!r}; expected '
                             "'multiple_select'")
        *fine, coarse = self.in_channels
        if not len(step_channels) == len(skip_channels) == len(fine):
            raise InputError(
                f'ASPPUNetHead has step_channels={tuple(step_channels)} and '
                f'skip_channels={tuple(skip_channels)} for in_channels={tuple(self.in_channels)}; '
                'expected one of each for every input but the last')
        if step_channels[-1] != self.channels:
            raise InputError(f'ASPPUNetHead has channels={self.channels}; expected the last of '
                             f'step_channels={tuple(step_channels)}')
        style = dict(norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        self.context = _Context(coarse, context_channels, dilations, self.align_corners, style)
        self.steps = nn.ModuleList()
        coarse = context_channels
        for source, skip, channels in zip(fine[::-1], skip_channels, step_channels, strict=True):
            self.steps.append(_FineStep(coarse, source, skip, channels, self.align_corners, style))
            coarse = channels

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Logits ``(N, K, h, w)`` at the size of the finest of the chosen maps."""
        *fine, coarse = self._transform_inputs(inputs)
        x = self.context(coarse)
        for step, skip in zip(self.steps, fine[::-1], strict=True):
            x = step(x, skip)
        return self.cls_seg(x)
