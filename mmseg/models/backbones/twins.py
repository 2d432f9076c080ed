"""Twins (Chu et al., NeurIPS 2021): PCPVT and SVT."""
from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn import build_norm_layer
from mmcv.cnn.bricks import DropPath
from mmcv.runner import BaseModule
from torch import Tensor, nn

from ..builder import BACKBONES
from ..utils import (
    FFN,
    PatchEmbed,
    SpatialReductionAttention,
    check_heads,
    drop_path_rates,
    join_windows,
    nlc2nchw2nlc,
    nlc_to_nchw,
    pad_to_windows,
    split_windows,
)
from .transformer_backbone import TransformerBackbone

Size = tuple[int, int]


def _padding_mask(height: int, width: int, side: int, device: torch.device) -> Tensor:
    """-1000 where a token would see padding, or padding a token: ``(windows, 1, L, L)``.

    Published weights are trained with padding masked only where both sides need it; a map that is
    padded on only one side attends to its zeros, and so does this one.
    """
    # A map that needs no rows counts as all beyond the last row, and the same for columns: all
    # tokens are then alike.
    below = torch.arange(height + -height % side, device=device) >= height
    beyond = torch.arange(width + -width % side, device=device) >= width
    below, beyond = below | (-height % side == 0), beyond | (-width % side == 0)
    outside = (below[:, None] | beyond[None, :]).float()[None, :, :, None]
    outside = split_windows(outside, side)[0, :, :, 0]  # (windows, side^2)
    return (outside[:, None, :, None] != outside[:, None, None, :]).float() * -1000.


class LocallyGroupedSelfAttention(BaseModule):
    """Attention within windows side by side (section 3.2).

    Args:
        embed_dims: Channels of a token.
        num_heads: Number of heads.
        qkv_bias: Whether queries, keys and values have a bias.
        attn_drop_rate: Rate of attention weights that training drops.
        proj_drop_rate: Rate of results that training drops.
        window_size: Side of a window in tokens.
        qk_scale: Factor of the products of query and key; by default the root of a head's channels.
        init_cfg: Initialisation config.

    Raises:
        InputError: The number of heads does not divide the channels.
    """

    def __init__(self, embed_dims: int, num_heads: int = 8, qkv_bias: bool = False,
                 attn_drop_rate: float = 0., proj_drop_rate: float = 0., window_size: int = 1,
                 qk_scale: float | None = None, init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        check_heads(embed_dims, num_heads)
        self.num_heads, self.window_size, self.scale = num_heads, window_size, qk_scale
        self.attn_drop_rate = attn_drop_rate
        self.qkv = nn.Linear(embed_dims, 3 * embed_dims, bias=qkv_bias)
        self.proj = nn.Linear(embed_dims, embed_dims)
        self.proj_drop = nn.Dropout(proj_drop_rate)

    def forward(self, x: Tensor, hw_shape: Size) -> Tensor:
        """Tokens ``(N, H * W, C)`` of ``x`` in that shape; ``hw_shape`` is (H, W)."""
        height, width = hw_shape
        side = self.window_size
        padded = pad_to_windows(x.reshape(x.shape[0], height, width, -1), side)
        windows = split_windows(padded, side)  # (N, windows, L, C)
        qkv = self.qkv(windows).unflatten(3, (3, self.num_heads, -1)).permute(3, 0, 1, 4, 2, 5)
        # The heads of a window are concatenated, so that the batch shares one mask.
        query, key, value = qkv.flatten(2, 3)  # (N, windows * heads, L, C / heads)
        mask = None
        if torch.jit.is_tracing() or height % side and width % side:
            mask = _padding_mask(height, width, side, x.device).to(query.dtype)
            mask = mask.expand(-1, self.num_heads, -1, -1).flatten(0, 1)[None]
        rate = self.attn_drop_rate if self.training else 0.
        attended = F.scaled_dot_product_attention(query, key, value, mask, rate,
                                                  scale=self.scale)
        attended = attended.unflatten(1, (-1, self.num_heads)).transpose(2, 3).flatten(3)
        features = join_windows(attended, side, *padded.shape[1:3])[:, :height, :width]
        return self.proj_drop(self.proj(features.flatten(1, 2)))


class _TwinsLayer(nn.Module):
    """Tokens after an attention and a feed-forward network, each added to its input."""

    def __init__(self, attention: nn.Module, embed_dims: int, feedforward_channels: int,
                 drop_rate: float, drop_path_rate: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(embed_dims)
        self.attn = attention
        self.norm2 = nn.LayerNorm(embed_dims)
        self.ffn = FFN(embed_dims, feedforward_channels, ffn_drop=drop_rate)
        self.drop_path = DropPath(drop_path_rate)

    def forward(self, x: Tensor, hw_shape: Size) -> Tensor:
        x = x + self.drop_path(self.attn(self.norm1(x), hw_shape))
        return x + self.drop_path(self.ffn(self.norm2(x)))


class ConditionalPositionEncoding(BaseModule):
    """Tokens plus what a depthwise convolution sees around them (Chu et al., "Conditional
    Positional Encodings for Vision Transformers", section 3.3).

    Args:
        in_channels: Channels of an input token.
        embed_dims: Channels of an output token.
        stride: Step of the convolution in tokens; with another than 1 its output is all there is.
        init_cfg: Initialisation config.
    """

    def __init__(self, in_channels: int, embed_dims: int = 768, stride: int = 1,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        self.stride = stride
        self.proj = nn.Conv2d(in_channels, embed_dims, 3, stride=stride, padding=1,
                              groups=embed_dims)

    def forward(self, x: Tensor, hw_shape: Size) -> Tensor:
        """Tokens ``(N, L, embed_dims)`` of ``x (N, H * W, C)``; ``hw_shape`` is (H, W)."""
        encoded = nlc2nchw2nlc(self.proj, x, hw_shape)
        return x + encoded if self.stride == 1 else encoded


@BACKBONES.register_module()
class PCPVT(TransformerBackbone):
    """Feature maps of strides 4 to 32, one of each stage in ``out_indices``.

    Chu et al., "Twins: Revisiting the Design of Spatial Attention in Vision Transformers", NeurIPS
    2021, section 3.1: attention to merged tokens, positions from a convolution.

    Args:
        in_channels: Channels of the image.
        embed_dims: Channels of every stage's tokens.
        patch_sizes: Side of the patches of every stage in pixels of its input.
        strides: Step from patch to patch of every stage.
        num_heads: Heads of every stage.
        mlp_ratios: For every stage, how many times wider its feed-forward networks are within.
        out_indices: Stages whose features are returned.
        qkv_bias: Whether the projections of the attention have a bias.
        drop_rate: Rate of values that training drops.
        attn_drop_rate: Rate of attention weights that training drops.
        drop_path_rate: Rate of images for which training skips the last layer's branches; earlier
            layers have less.
        norm_cfg: Config of the normalisations of patches and features; those within the layers
            are plain layer norms, as published weights have them.
        depths: Layers of every stage.
        sr_ratios: Side of the patches of tokens that the attention of every stage merges.
        norm_after_stage: Whether the features of every stage are normalised.
        pretrained: Where the weights come from; see :class:`TransformerBackbone`.
        init_cfg: Initialisation config.

    Raises:
        InputError: Settings that do not have one value a stage, a stage beyond the last, or heads
            that do not divide the channels.
    """

    def __init__(self,
                 in_channels: int = 3,
                 embed_dims: Sequence[int] = (64, 128, 256, 512),
                 patch_sizes: Sequence[int] = (4, 2, 2, 2),
                 strides: Sequence[int] = (4, 2, 2, 2),
                 num_heads: Sequence[int] = (1, 2, 4, 8),
                 mlp_ratios: Sequence[int] = (4, 4, 4, 4),
                 out_indices: Sequence[int] = (0, 1, 2, 3),
                 qkv_bias: bool = False,
                 drop_rate: float = 0.,
                 attn_drop_rate: float = 0.,
                 drop_path_rate: float = 0.,
                 norm_cfg: dict = dict(type='LN'),
                 depths: Sequence[int] = (3, 4, 6, 3),
                 sr_ratios: Sequence[int] = (8, 4, 2, 1),
                 norm_after_stage: bool = False,
                 pretrained: str | None = None,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(pretrained, init_cfg)
        self._check_lengths(len(depths), embed_dims=embed_dims, patch_sizes=patch_sizes,
                            strides=strides, num_heads=num_heads, mlp_ratios=mlp_ratios,
                            sr_ratios=sr_ratios)
        # SVT has three stages by default and, like its configs, four indices.
        self.out_indices = tuple(out_indices)
        self.depths, self.norm_after_stage = depths, norm_after_stage
        self._dims, self._heads, self._sr_ratios = embed_dims, num_heads, sr_ratios
        self._drop_rates, self._qkv_bias = (attn_drop_rate, drop_rate), qkv_bias
        self.patch_embeds, self.layers = nn.ModuleList(), nn.ModuleList()
        self.position_encodings = nn.ModuleList()
        self.position_encoding_drops = nn.ModuleList()
        for i, rates in enumerate(drop_path_rates(drop_path_rate, depths)):
            channels = embed_dims[i]
            self.patch_embeds.append(PatchEmbed(in_channels, channels, kernel_size=patch_sizes[i],
                                                stride=strides[i], norm_cfg=norm_cfg))
            self.position_encodings.append(ConditionalPositionEncoding(channels, channels))
            self.position_encoding_drops.append(nn.Dropout(drop_rate))
            self.layers.append(nn.ModuleList(
                _TwinsLayer(self._make_attention(i, j), channels, mlp_ratios[i] * channels,
                            drop_rate, rate)
                for j, rate in enumerate(rates)))
            in_channels = channels
        if norm_after_stage:
            self.norm_list = nn.ModuleList(
                build_norm_layer(norm_cfg, channels)[1] for channels in embed_dims[:len(depths)])

    def _make_attention(self, stage: int, layer: int) -> nn.Module:
        return SpatialReductionAttention(
            self._dims[stage], self._heads[stage], *self._drop_rates, bias=self._qkv_bias,
            sr_ratio=self._sr_ratios[stage])

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """A map ``(N, C, H / s, W / s)`` of each stage in ``out_indices``, s of 4, 8, 16 and 32 by
        default."""
        features = []
        for i, layers in enumerate(self.layers):
            tokens, hw_shape = self.patch_embeds[i](x)
            tokens = self.position_encoding_drops[i](tokens)
            for j, layer in enumerate(layers):
                tokens = layer(tokens, hw_shape)
                if j == 0:
                    tokens = self.position_encodings[i](tokens, hw_shape)
            if self.norm_after_stage:
                tokens = self.norm_list[i](tokens)
            x = nlc_to_nchw(tokens, hw_shape)
            if i in self.out_indices:
                features.append(x)
        return tuple(features)


@BACKBONES.register_module()
class SVT(PCPVT):
    """As :class:`PCPVT`, with attention within windows in every first layer of two.

    Chu et al., section 3.2.

    Args:
        windiow_sizes: Side of the windows of every stage in tokens; 0.x spells it so.
        kwargs: As :class:`PCPVT`, with other defaults.
    """

    def __init__(self,
                 in_channels: int = 3,
                 embed_dims: Sequence[int] = (64, 128, 256),
                 patch_sizes: Sequence[int] = (4, 2, 2, 2),
                 strides: Sequence[int] = (4, 2, 2, 2),
                 num_heads: Sequence[int] = (1, 2, 4),
                 mlp_ratios: Sequence[int] = (4, 4, 4),
                 out_indices: Sequence[int] = (0, 1, 2, 3),
                 qkv_bias: bool = False,
                 drop_rate: float = 0.,
                 attn_drop_rate: float = 0.,
                 drop_path_rate: float = 0.2,
                 norm_cfg: dict = dict(type='LN'),
                 depths: Sequence[int] = (4, 4, 4),
                 sr_ratios: Sequence[int] = (4, 2, 1),
                 windiow_sizes: Sequence[int] = (7, 7, 7),
                 norm_after_stage: bool = True,
                 pretrained: str | None = None,
                 init_cfg: dict | list | None = None) -> None:
        self._windows = windiow_sizes
        super().__init__(in_channels, embed_dims, patch_sizes, strides, num_heads, mlp_ratios,
                         out_indices, qkv_bias, drop_rate, attn_drop_rate, drop_path_rate,
                         norm_cfg, depths, sr_ratios, norm_after_stage, pretrained, init_cfg)

    def _make_attention(self, stage: int, layer: int) -> nn.Module:
        self._check_lengths(stage + 1, windiow_sizes=self._windows)
        if layer % 2:
            return super()._make_attention(stage, layer)
        return LocallyGroupedSelfAttention(self._dims[stage], self._heads[stage], self._qkv_bias,
                                           *self._drop_rates, self._windows[stage])
