"""Adaptive pyramid context head."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ..builder import HEADS
from ..utils.check_lists import check_list
from .decode_head import BaseDecodeHead


class ACM(nn.Module):
    """Adaptive context: each pixel with a weighted sum over a grid of regions (section 3.2).

    Args:
        pool_scale: Regions along each side of the image.
        fusion: Whether one more convolution mixes the result.
        in_channels: Channels of the input.
        channels: Channels of the output.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
    """

    def __init__(self, pool_scale: int, fusion: bool, in_channels: int, channels: int,
                 conv_cfg: dict | None, norm_cfg: dict | None, act_cfg: dict | None) -> None:
        super().__init__()
        self.pool_scale, self.fusion = pool_scale, fusion
        self.in_channels, self.channels = in_channels, channels
        self.conv_cfg, self.norm_cfg, self.act_cfg = conv_cfg, norm_cfg, act_cfg
        self.pooled_redu_conv = self._conv(in_channels)
        self.input_redu_conv = self._conv(in_channels)
        self.global_info = self._conv(channels)
        self.gla = nn.Conv2d(channels, pool_scale**2, kernel_size=1)
        self.residual_conv = self._conv(channels)
        if fusion:
            self.fusion_conv = self._conv(channels)

    def _conv(self, in_channels: int) -> ConvModule:
        """A 1x1 convolution to ``channels``."""
        return ConvModule(in_channels, self.channels, 1, conv_cfg=self.conv_cfg,
                          norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)

    def forward(self, x: Tensor) -> Tensor:
        """Context ``(N, channels, h, w)`` of ``x (N, C, h, w)``."""
        regions = self.pooled_redu_conv(F.adaptive_avg_pool2d(x, self.pool_scale)).flatten(2)
        pixels = self.input_redu_conv(x)
        whole = self.global_info(F.adaptive_avg_pool2d(pixels, 1))
        affinity = self.gla(pixels + whole).flatten(2).sigmoid()  # (N, regions, h*w)
        context = self.residual_conv((regions @ affinity).reshape(pixels.shape))
        context = F.relu(pixels + context)
        return self.fusion_conv(context) if self.fusion else context


@HEADS.register_module()
class APCHead(BaseDecodeHead):
    """Features concatenated with contexts of several grids (He et al., "Adaptive Pyramid Context
    Network for Semantic Segmentation", CVPR 2019).

    Args:
        pool_scales: Regions along each side of the image, for each context.
        fusion: Whether one more convolution mixes each context.
        **kwargs: See :class:`BaseDecodeHead`.

    Raises:
        InputError: ``pool_scales`` is not a list.
    """

    def __init__(self, pool_scales: Sequence[int] = (1, 2, 3, 6), fusion: bool = True,
                 **kwargs: Any) -> None:
        check_list(type(self).__name__, 'pool_scales', pool_scales)
        super().__init__(**kwargs)
        self.pool_scales, self.fusion = pool_scales, fusion
        style = dict(conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        self.acm_modules = nn.ModuleList(
            ACM(scale, fusion, self.in_channels, self.channels, **style) for scale in pool_scales)
        self.bottleneck = ConvModule(self.in_channels + len(pool_scales) * self.channels,
                                     self.channels, 3, padding=1, **style)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        x = self._transform_inputs(inputs)
        contexts = [context(x) for context in self.acm_modules]
        return self.cls_seg(self.bottleneck(torch.cat([x, *contexts], dim=1)))
