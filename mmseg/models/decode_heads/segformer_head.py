"""Head of SegFormer."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ...ops import resize
from ..builder import HEADS
from .decode_head import BaseDecodeHead


@HEADS.register_module()
class SegformerHead(BaseDecodeHead):
    """All stages brought to the same channels and size, then mixed pixel by pixel (Xie et al.,
    "SegFormer: Simple and Efficient Design for Semantic Segmentation with Transformers", NeurIPS
    2021, section 3.2).

    Args:
        interpolate_mode: How the coarser stages are resized to the first one's size.
        **kwargs: See :class:`BaseDecodeHead`; ``in_channels`` and ``in_index`` are lists from
            fine to coarse.
    """

    def __init__(self, interpolate_mode: str = 'bilinear', **kwargs: Any) -> None:
        super().__init__(**{**kwargs, 'input_transform': 'multiple_select'})
        self.interpolate_mode = interpolate_mode
        self.convs = nn.ModuleList(
            ConvModule(channels, self.channels, 1, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
            for channels in self.in_channels)
        # ReLU whatever act_cfg says: so the checkpoints were trained.
        self.fusion_conv = ConvModule(len(self.in_channels) * self.channels, self.channels, 1,
                                      norm_cfg=self.norm_cfg)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        chosen = self._transform_inputs(inputs)
        corners = None if 'nearest' in self.interpolate_mode else self.align_corners
        levels = [
            resize(conv(x), size=chosen[0].shape[2:], mode=self.interpolate_mode,
                   align_corners=corners)
            for conv, x in zip(self.convs, chosen, strict=True)
        ]
        return self.cls_seg(self.fusion_conv(torch.cat(levels, dim=1)))
