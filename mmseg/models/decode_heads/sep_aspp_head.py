"""DeepLabV3+'s decoder."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import ConvModule, DepthwiseSeparableConvModule
from torch import Tensor, nn

from ...ops import resize
from ..builder import HEADS
from .aspp_head import ASPPHead, ASPPModule


class DepthwiseSeparableASPPModule(ASPPModule):
    """:class:`ASPPModule` whose dilated convolutions are depthwise, then pointwise."""

    def _make_branch(self, dilation: int) -> nn.Module:
        if dilation == 1:
            return super()._make_branch(dilation)
        return DepthwiseSeparableConvModule(self.in_channels, self.channels, 3, padding=dilation,
                                            dilation=dilation, norm_cfg=self.norm_cfg,
                                            act_cfg=self.act_cfg)


@HEADS.register_module()
class DepthwiseSeparableASPPHead(ASPPHead):
    """Pyramid on a coarse feature map, sharpened by a fine one (Chen et al., "Encoder-Decoder
    with Atrous Separable Convolution for Semantic Image Segmentation", ECCV 2018).

    Args:
        c1_in_channels: Channels of the fine feature map, which is the first input; 0 does
            without it.
        c1_channels: Channels that it is reduced to.
        **kwargs: See :class:`ASPPHead`.
    """

    pyramid = DepthwiseSeparableASPPModule

    def __init__(self, c1_in_channels: int, c1_channels: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        assert c1_in_channels >= 0
        self.c1_in_channels = c1_in_channels
        style = dict(norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        self.c1_bottleneck = None
        if c1_in_channels > 0:
            self.c1_bottleneck = ConvModule(c1_in_channels, c1_channels, 1,
                                            conv_cfg=self.conv_cfg, **style)
        self.sep_bottleneck = nn.Sequential(*(
            DepthwiseSeparableConvModule(source, self.channels, 3, padding=1, **style)
            for source in (self.channels + c1_channels, self.channels)))

    def _forward_feature(self, inputs: Sequence[Tensor]) -> Tensor:
        """What the classifier takes, of the fine map's size."""
        x = super()._forward_feature(inputs)
        if self.c1_bottleneck is not None:
            self._check_channels(inputs[0], self.c1_in_channels, 'c1_in_channels', 0)
            fine = self.c1_bottleneck(inputs[0])
            x = resize(x, size=fine.shape[2:], mode='bilinear', align_corners=self.align_corners)
            x = torch.cat([x, fine], dim=1)
        return self.sep_bottleneck(x)
