"""Asymmetric non-local head."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ...utils.errors import InputError
from ..builder import HEADS
from ..utils import SelfAttentionBlock
from ..utils.check_lists import check_list
from .decode_head import BaseDecodeHead


class PPMConcat(nn.ModuleList):
    """Means over grids of several sizes in one list, ``(N, C, S)``.

    Args:
        pool_scales: Regions along each side of the image, for each grid.
    """

    def __init__(self, pool_scales: Sequence[int] = (1, 3, 6, 8)) -> None:
        super().__init__(nn.AdaptiveAvgPool2d(scale) for scale in pool_scales)

    def forward(self, feats: Tensor) -> Tensor:
        """Means ``(N, C, S)`` of a map ``(N, C, h, w)``; S is the number of all regions."""
        return torch.cat([pool(feats).flatten(2) for pool in self], dim=2)


class AsymmetricBlock(SelfAttentionBlock):
    """Attention of each pixel to a few sampled points of another feature map (section 3.2).

    Args:
        low_in_channels: Channels of the features that are sampled.
        high_in_channels: Channels of the features that look at the samples.
        channels: Channels of keys, queries and values.
        out_channels: Channels of the result.
        share_key_query: Whether one projection gives keys and queries.
        query_scale: Ratio by which the queries are made fewer along each side.
        key_pool_scales: See :class:`PPMConcat`.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
    """

    def __init__(self, low_in_channels: int, high_in_channels: int, channels: int,
                 out_channels: int, share_key_query: bool, query_scale: int,
                 key_pool_scales: Sequence[int], conv_cfg: dict | None, norm_cfg: dict | None,
                 act_cfg: dict | None) -> None:
        super().__init__(
            key_in_channels=low_in_channels, query_in_channels=high_in_channels,
            channels=channels, out_channels=out_channels, share_key_query=share_key_query,
            query_downsample=nn.MaxPool2d(query_scale) if query_scale > 1 else None,
            key_downsample=PPMConcat(key_pool_scales), key_query_num_convs=1,
            value_out_num_convs=1, key_query_norm=True, value_out_norm=False, matmul_norm=True,
            with_out=True, conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg)


class AFNB(nn.Module):
    """Fusion block: a coarse feature map drawing from a finer one (section 3.3).

    Args:
        low_in_channels: Channels of the finer map.
        high_in_channels: Channels of the coarse map.
        channels: Channels of keys, queries and values.
        out_channels: Channels of the result.
        query_scales: For each attention the ratio by which its queries are made fewer; the
            attentions' results are added.
        key_pool_scales: See :class:`PPMConcat`.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
    """

    def __init__(self, low_in_channels: int, high_in_channels: int, channels: int,
                 out_channels: int, query_scales: Sequence[int], key_pool_scales: Sequence[int],
                 conv_cfg: dict | None, norm_cfg: dict | None, act_cfg: dict | None) -> None:
        super().__init__()
        self.stages = nn.ModuleList(
            AsymmetricBlock(low_in_channels, high_in_channels, channels, out_channels, False,
                            scale, key_pool_scales, conv_cfg, norm_cfg, act_cfg)
            for scale in query_scales)
        self.bottleneck = ConvModule(out_channels + high_in_channels, out_channels, 1,
                                     conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=None)

    def forward(self, low_feats: Tensor, high_feats: Tensor) -> Tensor:
        """``(N, out_channels, h, w)`` of the coarse map's size."""
        drawn = torch.stack([stage(high_feats, low_feats) for stage in self.stages]).sum(dim=0)
        return self.bottleneck(torch.cat([drawn, high_feats], dim=1))


class APNB(nn.Module):
    """Pyramid block: a feature map drawing from samples of itself (section 3.2).

    Args:
        in_channels: Channels of the input.
        channels: Channels of keys, queries and values.
        out_channels: Channels of the result.
        query_scales: See :class:`AFNB`.
        key_pool_scales: See :class:`PPMConcat`.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
    """

    def __init__(self, in_channels: int, channels: int, out_channels: int,
                 query_scales: Sequence[int], key_pool_scales: Sequence[int],
                 conv_cfg: dict | None, norm_cfg: dict | None, act_cfg: dict | None) -> None:
        super().__init__()
        self.stages = nn.ModuleList(
            AsymmetricBlock(in_channels, in_channels, channels, out_channels, True, scale,
                            key_pool_scales, conv_cfg, norm_cfg, act_cfg)
            for scale in query_scales)
        self.bottleneck = ConvModule(out_channels + in_channels, out_channels, 1,
                                     conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg)

    def forward(self, feats: Tensor) -> Tensor:
        """``(N, out_channels, h, w)``."""
        drawn = torch.stack([stage(feats, feats) for stage in self.stages]).sum(dim=0)
        return self.bottleneck(torch.cat([drawn, feats], dim=1))


@HEADS.register_module()
class ANNHead(BaseDecodeHead):
    """Non-local attention to a few sampled points (Zhu et al., "Asymmetric Non-local Neural
    Networks for Semantic Segmentation", ICCV 2019).

    Args:
        project_channels: Channels of keys, queries and values.
        query_scales: See :class:`AFNB`.
        key_pool_scales: See :class:`PPMConcat`.
        **kwargs: See :class:`BaseDecodeHead`; ``in_channels`` and ``in_index`` are lists of the
            finer and the coarse feature map.

    Raises:
        InputError: Not two feature maps, or scales that are not a list.
    """

    def __init__(self, project_channels: int, query_scales: Sequence[int] = (1, ),
                 key_pool_scales: Sequence[int] = (1, 3, 6, 8), **kwargs: Any) -> None:
        check_list('ANNHead', 'query_scales', query_scales)
        check_list('ANNHead', 'key_pool_scales', key_pool_scales)
        super().__init__(input_transform='multiple_select', **kwargs)
        if len(self.in_channels) != 2:
            raise InputError(f'ANNHead takes two feature maps, got in_channels={self.in_channels} '
                             f'and in_index={self.in_index}')
        low, high = self.in_channels
        self.project_channels = project_channels
        style = dict(conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        self.fusion = AFNB(low, high, project_channels, high, query_scales, key_pool_scales,
                           **style)
        self.bottleneck = ConvModule(high, self.channels, 3, padding=1, **style)
        self.context = APNB(self.channels, project_channels, self.channels, query_scales,
                            key_pool_scales, **style)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        fused = self.fusion(*self._transform_inputs(inputs))
        if self.dropout is not None:
            fused = self.dropout(fused)
        return self.cls_seg(self.context(self.bottleneck(fused)))
