"""The decoder of panoptic feature pyramids."""
from __future__ import annotations

from collections.abc import Sequence
from math import log2
from typing import Any

from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ...ops import Upsample, resize
from ...utils.errors import InputError
from ..builder import HEADS
from .decode_head import BaseDecodeHead


@HEADS.register_module()
class FPNHead(BaseDecodeHead):
    """Sum of the pyramid's levels, each brought to the finest one's size in steps of two
    (Kirillov et al., "Panoptic Feature Pyramid Networks", CVPR 2019, section 3.1).

    Args:
        feature_strides: Stride of each input in pixels, the finest first.
        **kwargs: See :class:`BaseDecodeHead`; ``in_channels`` and ``in_index`` are lists.

    Raises:
        InputError: Not one stride for each input, or the first is not the finest.
    """

    def __init__(self, feature_strides: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**{'input_transform': 'multiple_select', **kwargs})
        if len(feature_strides) != len(self.in_channels) or \
                min(feature_strides) != feature_strides[0]:
            raise InputError(f'FPNHead has feature_strides={feature_strides} for '
                             f'in_channels={self.in_channels}; expected one stride for each, the '
                             'smallest first')
        self.feature_strides = feature_strides
        self.scale_heads = nn.ModuleList(
            self._make_level(channels, stride)
            for channels, stride in zip(self.in_channels, feature_strides, strict=True))

    def _make_level(self, in_channels: int, stride: int) -> nn.Sequential:
        """A convolution for each doubling that ``stride`` is away from the finest one."""
        finest = self.feature_strides[0]
        doublings = int(log2(stride) - log2(finest))
        layers: list[nn.Module] = []
        for index in range(max(1, doublings)):
            layers.append(
                ConvModule(self.channels if index else in_channels, self.channels, 3, padding=1,
                           conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg))
            if stride != finest:
                layers.append(Upsample(scale_factor=2, mode='bilinear',
                                       align_corners=self.align_corners))
        return nn.Sequential(*layers)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        levels = [head(x) for head, x in
                  zip(self.scale_heads, self._transform_inputs(inputs), strict=True)]
        total = levels[0]
        for level in levels[1:]:
            # Sizes not divisible by the strides come out a pixel too large.
            total = total + resize(level, size=total.shape[2:], mode='bilinear',
                                   align_corners=self.align_corners)
        return self.cls_seg(total)
