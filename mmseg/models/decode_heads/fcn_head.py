"""A few convolutions and a classifier."""
from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ...utils.errors import InputError
from ..builder import HEADS
from .decode_head import BaseDecodeHead


@HEADS.register_module()
class FCNHead(BaseDecodeHead):
    """Convolutions on one feature map (Long et al., "Fully Convolutional Networks for Semantic
    Segmentation", CVPR 2015).

    Args:
        num_convs: Number of convolutions; with 0 ``in_channels`` must equal ``channels``.
        kernel_size: Taps of the convolutions.
        concat_input: Whether the input joins the last convolution's output, mixed by one more.
        dilation: Distance of the kernel taps in pixels.
        **kwargs: See :class:`BaseDecodeHead`.

    Raises:
        InputError: ``num_convs`` is negative, or is 0 and ``in_channels`` and ``channels``
            differ.
    """

    def __init__(self, num_convs: int = 2, kernel_size: int = 3, concat_input: bool = True,
                 dilation: int = 1, **kwargs: Any) -> None:
        if num_convs < 0:
            raise InputError(f'a head has num_convs={num_convs}; expected 0 or more')
        super().__init__(**kwargs)
        self.num_convs = num_convs
        self.kernel_size = kernel_size
        self.concat_input = concat_input
        if num_convs == 0 and self.in_channels != self.channels:
            raise InputError(f'a head with num_convs=0 has in_channels={self.in_channels} but '
                             f'channels={self.channels}; set channels to {self.in_channels}')
        style = dict(conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        channels = [self.in_channels] + [self.channels] * num_convs
        convs = [
            ConvModule(source, target, kernel_size, padding=kernel_size // 2 * dilation,
                       dilation=dilation, **style) for source, target in pairwise(channels)
        ]
        self.convs = nn.Sequential(*convs) if convs else nn.Identity()
        if concat_input:
            self.conv_cat = ConvModule(self.in_channels + self.channels, self.channels,
                                       kernel_size, padding=kernel_size // 2, **style)

    def _forward_feature(self, inputs: Sequence[Tensor]) -> Tensor:
        """What the classifier takes, ``(N, channels, h, w)``."""
        x = self._transform_inputs(inputs)
        features = self.convs(x)
        if not self.concat_input:
            return features
        return self.conv_cat(torch.cat([x, features], dim=1))

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        return self.cls_seg(self._forward_feature(inputs))
