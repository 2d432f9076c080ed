"""SETR head over several transformer features."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ...ops import Upsample
from ...utils.errors import InputError
from ..builder import HEADS
from .decode_head import BaseDecodeHead


@HEADS.register_module()
class SETRMLAHead(BaseDecodeHead):
    """Features of several layers, each convolved and enlarged, then classified together (Zheng et
    al., "Rethinking Semantic Segmentation from a Sequence-to-Sequence Perspective with
    Transformers", CVPR 2021, section 3.3: *MLA*, multi-level aggregation).

    Args:
        mla_channels: Channels of each branch; together they are ``channels``.
        up_scale: Factor by which each branch enlarges.
        **kwargs: See :class:`BaseDecodeHead`; ``in_channels`` and ``in_index`` are lists.

    Raises:
        InputError: The branches' channels do not add up to ``channels``.
    """

    def __init__(self, mla_channels: int = 128, up_scale: float = 4, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, 'input_transform': 'multiple_select'})
        self.mla_channels = mla_channels
        total = mla_channels * len(self.in_channels)
        if total != self.channels:
            raise InputError(f'SETRMLAHead has channels={self.channels}, but mla_channels='
                             f'{mla_channels} from {len(self.in_channels)} features make {total}; '
                             'set one to fit the other')
        style = dict(padding=1, conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg,
                     act_cfg=self.act_cfg)
        self.up_convs = nn.ModuleList(
            nn.Sequential(
                ConvModule(channels, mla_channels, 3, **style),
                ConvModule(mla_channels, mla_channels, 3, **style),
                Upsample(scale_factor=up_scale, mode='bilinear',
                         align_corners=self.align_corners)) for channels in self.in_channels)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        chosen = self._transform_inputs(inputs)
        branches = [branch(x) for branch, x in zip(self.up_convs, chosen, strict=True)]
        return self.cls_seg(torch.cat(branches, dim=1))
