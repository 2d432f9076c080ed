"""Atrous spatial pyramid pooling."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ...ops import PageMean
from ..builder import HEADS
from ..utils.check_lists import check_list
from .decode_head import BaseDecodeHead


class ASPPModule(nn.ModuleList):
    """List of the feature maps that convolutions of several dilations give.

    Args:
        dilations: Distance of the kernel taps in pixels; 1 means a 1x1 convolution.
        in_channels: Channels of the input.
        channels: Channels of each output.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
    """

    def __init__(self, dilations: Sequence[int], in_channels: int, channels: int,
                 conv_cfg: dict | None, norm_cfg: dict | None, act_cfg: dict | None) -> None:
        super().__init__()
        self.dilations, self.in_channels, self.channels = dilations, in_channels, channels
        self.conv_cfg, self.norm_cfg, self.act_cfg = conv_cfg, norm_cfg, act_cfg
        self.extend(self._make_branch(dilation) for dilation in dilations)

    def _make_branch(self, dilation: int) -> nn.Module:
        """The convolution of one dilation."""
        return ConvModule(self.in_channels, self.channels, 1 if dilation == 1 else 3,
                          padding=0 if dilation == 1 else dilation, dilation=dilation,
                          conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)

    def forward(self, x: Tensor) -> list[Tensor]:
        """A map ``(N, channels, h, w)`` for each dilation."""
        return [branch(x) for branch in self]


@HEADS.register_module()
class ASPPHead(BaseDecodeHead):
    """Views of several widths on one feature map, and of the whole (Chen et al., "Rethinking
    Atrous Convolution for Semantic Image Segmentation", 2017, section 3.3).

    Args:
        dilations: Dilation of each view in pixels.
        **kwargs: See :class:`BaseDecodeHead`.

    Raises:
        InputError: ``dilations`` is not a list.
    """

    pyramid: type[ASPPModule] = ASPPModule

    def __init__(self, dilations: Sequence[int] = (1, 6, 12, 18), **kwargs: Any) -> None:
        check_list(type(self).__name__, 'dilations', dilations)
        super().__init__(**kwargs)
        self.dilations = dilations
        style = dict(conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        self.image_pool = nn.Sequential(
            PageMean(), ConvModule(self.in_channels, self.channels, 1, **style))
        self.aspp_modules = self.pyramid(dilations, self.in_channels, self.channels, **style)
        self.bottleneck = ConvModule((len(dilations) + 1) * self.channels, self.channels, 3,
                                     padding=1, **style)

    def _forward_feature(self, inputs: Sequence[Tensor]) -> Tensor:
        """What the classifier takes, ``(N, channels, h, w)``."""
        x = self._transform_inputs(inputs)
        branches = self.aspp_modules(x)
        # in the memory layout of the others, or all of them would be copied to join them
        whole = self.image_pool(x) + torch.zeros_like(branches[0])
        return self.bottleneck(torch.cat([whole, *branches], dim=1))

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        return self.cls_seg(self._forward_feature(inputs))
