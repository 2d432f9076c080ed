"""Pyramid pooling."""
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


class PPM(nn.ModuleList):
    """List of averages over grids of several sizes, each resized to the input.

    Zhao et al., "Pyramid Scene Parsing Network", CVPR 2017, section 3.2.

    Args:
        pool_scales: Cells of each grid along one axis.
        in_channels: Channels of the input.
        channels: Channels of each output.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        align_corners: Whether resizing keeps the corner pixels in place.
        **kwargs: Further arguments of each :class:`mmcv.cnn.ConvModule`.
    """

    def __init__(self, pool_scales: Sequence[int], in_channels: int, channels: int,
                 conv_cfg: dict | None, norm_cfg: dict | None, act_cfg: dict | None,
                 align_corners: bool | None, **kwargs: Any) -> None:
        self.pool_scales, self.align_corners = pool_scales, align_corners
        self.in_channels, self.channels = in_channels, channels
        super().__init__(
            nn.Sequential(
                nn.AdaptiveAvgPool2d(cells),
                ConvModule(in_channels, channels, 1, conv_cfg=conv_cfg, norm_cfg=norm_cfg,
                           act_cfg=act_cfg, **kwargs)) for cells in pool_scales)

    def forward(self, x: Tensor) -> list[Tensor]:
        """A map ``(N, channels, h, w)`` for each grid, of a map ``(N, in_channels, h, w)``."""
        size = x.shape[2:]
        return [
            resize(branch(x), size=size, mode='bilinear', align_corners=self.align_corners)
            for branch in self
        ]


@HEADS.register_module()
class PSPHead(BaseDecodeHead):
    """Feature map concatenated with its pooled pyramid, then a convolution (Zhao et al., "Pyramid
    Scene Parsing Network", CVPR 2017).

    Args:
        pool_scales: Cells of each pooling grid along one axis.
        **kwargs: See :class:`BaseDecodeHead`.

    Raises:
        InputError: ``pool_scales`` is not a list.
    """

    def __init__(self, pool_scales: Sequence[int] = (1, 2, 3, 6), **kwargs: Any) -> None:
        check_list(type(self).__name__, 'pool_scales', pool_scales)
        super().__init__(**kwargs)
        self.pool_scales = tuple(pool_scales)
        style = dict(conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        self.psp_modules = PPM(self.pool_scales, self.in_channels, self.channels,
                               align_corners=self.align_corners, **style)
        joined = self.in_channels + len(self.pool_scales) * self.channels
        self.bottleneck = ConvModule(joined, self.channels, 3, padding=1, **style)

    def _forward_feature(self, inputs: Sequence[Tensor]) -> Tensor:
        """What the classifier takes, ``(N, channels, h, w)``."""
        x = self._transform_inputs(inputs)
        return self.bottleneck(torch.cat([x, *self.psp_modules(x)], dim=1))

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        return self.cls_seg(self._forward_feature(inputs))
