"""Interlaced sparse self-attention head."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from torch import Tensor

from ..builder import HEADS
from ..utils import SelfAttentionBlock
from .decode_head import BaseDecodeHead


class ISABlock(SelfAttentionBlock):
    """Attention within a map, projected once more.

    Args:
        in_channels: Channels of input and output.
        channels: Channels of keys and queries.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
    """

    def __init__(self, in_channels: int, channels: int, conv_cfg: dict | None,
                 norm_cfg: dict | None, act_cfg: dict | None) -> None:
        style = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg)
        super().__init__(
            key_in_channels=in_channels, query_in_channels=in_channels, channels=channels,
            out_channels=in_channels, share_key_query=False, query_downsample=None,
            key_downsample=None, key_query_num_convs=2, value_out_num_convs=1,
            key_query_norm=True, value_out_norm=False, matmul_norm=True, with_out=False, **style)
        self.output_project = self.build_project(in_channels, in_channels, 1, True, **style)

    def forward(self, x: Tensor) -> Tensor:
        """What ``x (N, C, h, w)`` draws from itself."""
        return self.output_project(super().forward(x, x))


@HEADS.register_module()
class ISAHead(BaseDecodeHead):
    """Attention over distant pixels, then over near ones (Huang et al., "Interlaced Sparse
    Self-Attention for Semantic Segmentation", 2019).

    The image is cut into blocks. Pixels of the same place in their blocks attend to each other,
    then those within each block: together every pixel reaches all others.

    Args:
        isa_channels: Channels of keys and queries.
        down_factor: Height and width of a block in pixels.
        **kwargs: See :class:`BaseDecodeHead`.
    """

    def __init__(self, isa_channels: int, down_factor: Sequence[int] = (8, 8),
                 **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.down_factor = down_factor
        style = dict(conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        self.in_conv = ConvModule(self.in_channels, self.channels, 3, padding=1, **style)
        self.global_relation = ISABlock(self.channels, isa_channels, **style)
        self.local_relation = ISABlock(self.channels, isa_channels, **style)
        self.out_conv = ConvModule(2 * self.channels, self.channels, 1, **style)

    def _relate(self, x: Tensor) -> Tensor:
        """Both attentions over ``x (N, C, h, w)``, whose sides are multiples of the block's."""
        count, channels = x.shape[:2]
        high, wide = self.down_factor
        rows, columns = x.shape[2] // high, x.shape[3] // wide
        x = x.reshape(count, channels, rows, high, columns, wide)
        # One map of (rows, columns) for each place in a block.
        x = x.permute(0, 3, 5, 1, 2, 4).reshape(-1, channels, rows, columns)
        x = self.global_relation(x)
        # One map of (high, wide) for each block.
        x = x.reshape(count, high, wide, channels, rows, columns)
        x = x.permute(0, 4, 5, 3, 1, 2).reshape(-1, channels, high, wide)
        x = self.local_relation(x)
        x = x.reshape(count, rows, columns, channels, high, wide).permute(0, 3, 1, 4, 2, 5)
        return x.reshape(count, channels, rows * high, columns * wide)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        x = self.in_conv(self._transform_inputs(inputs))
        height, width = x.shape[2:]
        high, wide = self.down_factor
        extra_y, extra_x = -height % high, -width % wide
        top, left = extra_y // 2, extra_x // 2
        padded = F.pad(x, (left, extra_x - left, top, extra_y - top))
        related = self._relate(padded)[:, :, top:top + height, left:left + width]
        return self.cls_seg(self.out_conv(torch.cat([related, x], dim=1)))
