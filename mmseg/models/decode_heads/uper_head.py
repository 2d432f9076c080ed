"""Pyramid pooling on top of a feature pyramid."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ...ops import resize
from ..builder import HEADS
from ..utils.check_lists import check_list
from .decode_head import BaseDecodeHead
from .psp_head import PPM


@HEADS.register_module()
class UPerHead(BaseDecodeHead):
    """Features of all stages, joined from coarse to fine (Xiao et al., "Unified Perceptual
    Parsing for Scene Understanding", ECCV 2018, section 3.1).

    Args:
        pool_scales: Cells of each pooling grid on the coarsest features, along one axis.
        **kwargs: See :class:`BaseDecodeHead`; ``in_channels`` and ``in_index`` are lists from
            fine to coarse.

    Raises:
        InputError: ``pool_scales`` is not a list.
    """

    def __init__(self, pool_scales: Sequence[int] = (1, 2, 3, 6), **kwargs: Any) -> None:
        check_list(type(self).__name__, 'pool_scales', pool_scales)
        super().__init__(**{'input_transform': 'multiple_select', **kwargs})
        style = dict(conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        channels = self.channels
        *fine, coarsest = self.in_channels
        self.psp_modules = PPM(pool_scales, coarsest, channels, align_corners=self.align_corners,
                               **style)
        self.bottleneck = ConvModule(coarsest + len(pool_scales) * channels, channels, 3, padding=1,
                                     **style)
        self.lateral_convs = nn.ModuleList(ConvModule(c, channels, 1, **style) for c in fine)
        self.fpn_convs = nn.ModuleList(
            ConvModule(channels, channels, 3, padding=1, **style) for _ in fine)
        self.fpn_bottleneck = ConvModule(len(self.in_channels) * channels, channels, 3, padding=1,
                                         **style)

    def psp_forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Pyramid pooling of the last of ``inputs``, ``(N, channels, h, w)``."""
        x = inputs[-1]
        return self.bottleneck(torch.cat([x, *self.psp_modules(x)], dim=1))

    def _resize_like(self, x: Tensor, target: Tensor) -> Tensor:
        return resize(x, size=target.shape[2:], mode='bilinear', align_corners=self.align_corners)

    def _forward_feature(self, inputs: Sequence[Tensor]) -> Tensor:
        """What the classifier takes, of the finest map's size."""
        chosen = self._transform_inputs(inputs)
        top = self.psp_forward(chosen)
        levels = [top]  # from coarse to fine
        for x, lateral, smooth in zip(reversed(chosen[:-1]), reversed(self.lateral_convs),
                                      reversed(self.fpn_convs), strict=True):
            side = lateral(x)
            top = side + self._resize_like(top, side)
            levels.append(smooth(top))
        finest = levels[-1]
        resized = [finest, *(self._resize_like(x, finest) for x in reversed(levels[:-1]))]
        return self.fpn_bottleneck(torch.cat(resized, dim=1))

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        return self.cls_seg(self._forward_feature(inputs))
