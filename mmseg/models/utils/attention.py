"""Attention between tokens, and the layers that transformer blocks are made of."""
from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn import build_activation_layer, build_norm_layer
from mmcv.cnn.bricks import DropPath
from torch import Tensor, nn

from ...utils.errors import InputError
from .shape_convert import nchw_to_nlc, nlc_to_nchw

Stages = list[list[float]]


def drop_path_rates(rate: float, depths: Sequence[int]) -> Stages:
    """For each block of each stage, how often it is skipped: from 0 evenly up to ``rate``.

    Huang et al., "Deep Networks with Stochastic Depth", ECCV 2016, section 3.
    """
    last = max(sum(depths) - 1, 1)
    rates = [rate * block / last for block in range(sum(depths))]
    starts = [sum(depths[:stage]) for stage in range(len(depths))]
    return [rates[start:start + depth] for start, depth in zip(starts, depths)]


def check_heads(embed_dims: int, num_heads: int) -> None:
    """Raise where tokens cannot be shared out among the heads.

    Raises:
        InputError: ``num_heads`` does not divide ``embed_dims``.
    """
    if embed_dims % num_heads:
        raise InputError(f'tokens of embed_dims={embed_dims} cannot be shared among '
                         f'num_heads={num_heads} heads; change one so that it divides the other')


def add_norm(parent: nn.Module, norm_cfg: dict, channels: int, number: int) -> str:
    """Give ``parent`` a normalisation; returns its name, kind and number, as ``ln1``."""
    name, norm = build_norm_layer(norm_cfg, channels, postfix=number)
    parent.add_module(name, norm)
    return name


def split_heads(x: Tensor, num_heads: int) -> Tensor:
    """Tokens ``(N, L, C)`` as ``(N, heads, L, C / heads)``."""
    return x.reshape(x.shape[0], x.shape[1], num_heads, -1).transpose(1, 2)


def join_heads(x: Tensor) -> Tensor:
    """Tokens ``(N, heads, L, C)`` as ``(N, L, heads * C)``."""
    return x.transpose(1, 2).flatten(2)


class MultiheadAttention(nn.Module):
    """Each token as a mean of other tokens' values, weighted by how well they fit its query.

    Vaswani et al., "Attention Is All You Need", NeurIPS 2017, section 3.2.  The weights are in
    ``attn``, a :class:`torch.nn.MultiheadAttention`, whose names checkpoints have; the matrix of
    all pairs is never stored.

    Args:
        embed_dims: Channels of a token.
        num_heads: Number of heads.
        attn_drop: Rate of attention weights that training drops.
        proj_drop: Rate of results that training drops.
        drop_path: Rate of images for which training skips the whole branch.
        bias: Whether the four projections have one.

    Raises:
        InputError: The number of heads does not divide the channels.
    """

    def __init__(self, embed_dims: int, num_heads: int, attn_drop: float = 0.,
                 proj_drop: float = 0., drop_path: float = 0., bias: bool = True) -> None:
        super().__init__()
        check_heads(embed_dims, num_heads)
        self.embed_dims, self.num_heads = embed_dims, num_heads
        self.attn = nn.MultiheadAttention(embed_dims, num_heads, attn_drop, bias=bias,
                                          batch_first=True)
        self.proj_drop = nn.Dropout(proj_drop)
        self.dropout_layer = DropPath(drop_path)

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """What the tokens ``x (N, L, C)`` draw from ``context (N, S, C)``, or from themselves."""
        weight, bias = self.attn.in_proj_weight, self.attn.in_proj_bias
        if context is None:
            query, key, value = F.linear(x, weight, bias).chunk(3, dim=-1)
        else:
            channels = self.embed_dims
            first, rest = (None, None) if bias is None else (bias[:channels], bias[channels:])
            query = F.linear(x, weight[:channels], first)
            key, value = F.linear(context, weight[channels:], rest).chunk(2, dim=-1)
        query, key, value = (split_heads(part, self.num_heads) for part in (query, key, value))
        rate = self.attn.dropout if self.training else 0.
        x = F.scaled_dot_product_attention(query, key, value, dropout_p=rate)
        return self.dropout_layer(self.proj_drop(self.attn.out_proj(join_heads(x))))


class SpatialReductionAttention(MultiheadAttention):
    """Attention to fewer tokens: patches of ``sr_ratio`` x ``sr_ratio`` are merged into one.

    Wang et al., "Pyramid Vision Transformer", ICCV 2021, section 3.3.

    Args:
        embed_dims, num_heads, attn_drop, proj_drop, drop_path, bias: As in
            :class:`MultiheadAttention`.
        norm_cfg: Config of the normalisation of the merged tokens.
        sr_ratio: Side of a patch in tokens; 1 merges none.

    Raises:
        InputError: In ``forward``, a map smaller than one patch.
    """

    def __init__(self, embed_dims: int, num_heads: int, attn_drop: float = 0.,
                 proj_drop: float = 0., drop_path: float = 0., bias: bool = True,
                 norm_cfg: dict = dict(type='LN'), sr_ratio: int = 1) -> None:
        super().__init__(embed_dims, num_heads, attn_drop, proj_drop, drop_path, bias)
        self.sr_ratio = sr_ratio
        if sr_ratio > 1:
            self.sr = nn.Conv2d(embed_dims, embed_dims, sr_ratio, stride=sr_ratio)
            self.norm = build_norm_layer(norm_cfg, embed_dims)[1]

    def forward(self, x: Tensor, hw_shape: Sequence[int]) -> Tensor:  # type: ignore[override]
        """What the tokens ``x (N, H * W, C)`` draw from the merged ones; ``hw_shape`` (H, W).

        Raises:
            InputError: A feature map smaller than the patches that are merged.
        """
        if self.sr_ratio == 1:
            return super().forward(x)
        if not torch.jit.is_tracing() and min(hw_shape) < self.sr_ratio:
            raise InputError(f'a feature map of {hw_shape[0]} x {hw_shape[1]} tokens is smaller '
                             f'than the patches of {self.sr_ratio} x {self.sr_ratio} that its '
                             'attention merges; give larger images, or smaller sr_ratios')
        return super().forward(x, self.norm(nchw_to_nlc(self.sr(nlc_to_nchw(x, hw_shape)))))


class FFN(nn.Module):
    """Each token through fully connected layers of its own.

    Args:
        embed_dims: Channels of a token.
        feedforward_channels: Width between the layers.
        num_fcs: Number of layers.
        ffn_drop: Rate of values that training drops after each layer.
        drop_path: Rate of images for which training skips the whole branch.
        act_cfg: Config of the activation between the layers.

    Raises:
        InputError: Fewer than two layers.
    """

    def __init__(self, embed_dims: int, feedforward_channels: int, num_fcs: int = 2,
                 ffn_drop: float = 0., drop_path: float = 0.,
                 act_cfg: dict = dict(type='GELU')) -> None:
        super().__init__()
        self.embed_dims, self.feedforward_channels = embed_dims, feedforward_channels
        if num_fcs < 2:
            raise InputError(f'a feed-forward network has at least 2 layers, got num_fcs={num_fcs}')
        layers: list[nn.Module] = []
        channels = embed_dims
        for _ in range(num_fcs - 1):
            layers.append(nn.Sequential(nn.Linear(channels, feedforward_channels),
                                        build_activation_layer(act_cfg), nn.Dropout(ffn_drop)))
            channels = feedforward_channels
        self.layers = nn.Sequential(*layers, nn.Linear(channels, embed_dims), nn.Dropout(ffn_drop))
        self.dropout_layer = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """Tokens of the shape of the input, ``(N, L, embed_dims)``, to be added to it."""
        return self.dropout_layer(self.layers(x))
