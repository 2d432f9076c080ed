"""Attention of the positions of one feature map to those of another."""
from __future__ import annotations

from mmcv.cnn import ConvModule, constant_init
from torch import Tensor, nn

from ...utils.errors import InputError


class SelfAttentionBlock(nn.Module):
    """Feature map in which each query position holds a mean of the values, weighted by how well
    its query fits their keys (Wang et al., "Non-local Neural Networks", CVPR 2018, section 3.2).

    Args:
        key_in_channels: Channels of the features that give keys and values.
        query_in_channels: Channels of the features that give queries.
        channels: Channels of keys and queries, and of values where ``with_out``.
        out_channels: Channels of the result.
        share_key_query: Whether one projection gives keys and queries.
        query_downsample: What makes fewer queries, or None.  The result is resized back.
        key_downsample: What makes fewer keys and values, or None.
        key_query_num_convs: 1x1 convolutions that give keys, and as many that give queries.
        value_out_num_convs: 1x1 convolutions that give values, and as many for the result.
        key_query_norm: Whether those of keys and queries are normalised and activated.
        value_out_norm: Whether those of values and result are normalised and activated.
        matmul_norm: Whether products of key and query are divided by the root of ``channels``.
        with_out: Whether the result is projected once more.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.

    Raises:
        InputError: A shared projection with two inputs of different channels.
    """

    def __init__(self, key_in_channels: int, query_in_channels: int, channels: int,
                 out_channels: int, share_key_query: bool, query_downsample: nn.Module | None,
                 key_downsample: nn.Module | None, key_query_num_convs: int,
                 value_out_num_convs: int, key_query_norm: bool, value_out_norm: bool,
                 matmul_norm: bool, with_out: bool, conv_cfg: dict | None,
                 norm_cfg: dict | None, act_cfg: dict | None) -> None:
        super().__init__()
        if share_key_query and key_in_channels != query_in_channels:
            raise InputError(f'share_key_query needs inputs of the same channels, got '
                             f'key_in_channels='
                             f'{key_in_channels} and query_in_channels={query_in_channels}')
        self.key_in_channels, self.query_in_channels = key_in_channels, query_in_channels
        self.channels, self.out_channels = channels, out_channels
        self.share_key_query, self.matmul_norm = share_key_query, matmul_norm
        style = (conv_cfg, norm_cfg, act_cfg)
        matching = (channels, key_query_num_convs, key_query_norm, *style)
        self.key_project = self.build_project(key_in_channels, *matching)
        self.query_project = (self.key_project if share_key_query else
                              self.build_project(query_in_channels, *matching))
        carried = (value_out_num_convs, value_out_norm, *style)
        self.value_project = self.build_project(
            key_in_channels, channels if with_out else out_channels, *carried)
        self.out_project = (self.build_project(channels, out_channels, *carried)
                            if with_out else None)
        self.query_downsample, self.key_downsample = query_downsample, key_downsample
        self.init_weights()

    def init_weights(self) -> None:
        """Let the result begin at 0 where a bare convolution makes it."""
        if self.out_project is not None and not isinstance(self.out_project, ConvModule):
            constant_init(self.out_project, 0)

    @staticmethod
    def build_project(in_channels: int, channels: int, num_convs: int, use_conv_module: bool,
                      conv_cfg: dict | None, norm_cfg: dict | None,
                      act_cfg: dict | None) -> nn.Module:
        """``num_convs`` 1x1 convolutions, with normalisation if ``use_conv_module``."""
        sources = [in_channels] + [channels] * (num_convs - 1)
        if use_conv_module:
            style = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg)
            convs = [ConvModule(source, channels, 1, **style) for source in sources]
        else:
            convs = [nn.Conv2d(source, channels, 1) for source in sources]
        return convs[0] if num_convs == 1 else nn.Sequential(*convs)

    def forward(self, query_feats: Tensor, key_feats: Tensor) -> Tensor:
        """What ``query_feats (N, C, h, w)`` draw from ``key_feats (N, C', h', w')``."""
        query = self.query_project(query_feats)
        if self.query_downsample is not None:
            query = self.query_downsample(query)
        key, value = self.key_project(key_feats), self.value_project(key_feats)
        if self.key_downsample is not None:
            key, value = self.key_downsample(key), self.key_downsample(value)
        affinity = query.flatten(2).transpose(1, 2) @ key.flatten(2)  # (N, queries, keys)
        if self.matmul_norm:
            affinity = self.channels**-0.5 * affinity
        context = value.flatten(2) @ affinity.softmax(dim=2).transpose(1, 2)
        context = context.reshape(*context.shape[:2], *query.shape[2:])
        if self.out_project is not None:
            context = self.out_project(context)
        if self.query_downsample is not None:
            context = nn.functional.interpolate(context, query_feats.shape[2:], mode='bilinear',
                                                align_corners=False)
        return context
