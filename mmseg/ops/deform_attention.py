"""Multi-scale deformable attention without compiled operators of our own."""
from __future__ import annotations

import importlib
import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import xavier_init
from mmcv.cnn.bricks.registry import ATTENTION
from mmcv.runner import BaseModule
from torch import Tensor, nn

from ..utils.errors import InputError


def sample_levels(value: Tensor, sizes: Sequence[Sequence[int]], places: Tensor,
                  weights: Tensor) -> Tensor:
    """The weighted sum of values at some places of several maps, ``(N, Q, M·D)``.

    Zhu et al., "Deformable DETR", ICLR 2021, equation 3. Values between pixels are bilinear, and 0
    outside a map.

    Args:
        value: The maps one after the other, row by row, for M heads: ``(N, S, M, D)``.
        sizes: (height, width) of each of the L maps; their areas add up to S.
        places: ``(N, Q, M, L, P, 2)``, (x, y) in [0, 1] across each map.
        weights: ``(N, Q, M, L, P)``.
    """
    batch, _, heads, _ = value.shape
    areas = [int(height) * int(width) for height, width in sizes]
    maps = value.permute(0, 2, 3, 1).flatten(0, 1).split(areas, dim=2)  # each (N·M, D, area)
    grids = (2 * places - 1).transpose(1, 2).flatten(0, 1).unbind(dim=2)  # each (N·M, Q, P, 2)
    seen = [F.grid_sample(one.unflatten(2, (int(size[0]), int(size[1]))), grid,
                          align_corners=False) for one, size, grid in zip(maps, sizes, grids)]
    factors = weights.transpose(1, 2).flatten(0, 1)  # (N·M, Q, L, P)
    summed = torch.stack([(part * factors[:, None, :, level]).sum(dim=3)  # (N·M, D, Q)
                          for level, part in enumerate(seen)]).sum(dim=0)
    return summed.unflatten(0, (batch, heads)).flatten(1, 2).transpose(1, 2)


class MultiScaleDeformableAttention(BaseModule):
    """Attention of each query to a few places around its reference point, on every map.

    Zhu et al., "Deformable DETR: Deformable Transformers for End-to-End Object Detection", ICLR
    2021, section 4.1. Arguments and parameter names are those of mmcv-full.

    Args:
        embed_dims: Width of queries and values; a multiple of ``num_heads``.
        num_heads: M.
        num_levels: L, the number of maps.
        num_points: P, the places of each query and head on each map.
        im2col_step: Accepted for existing configs; without effect.
        dropout: Share of the output that is dropped while training.
        batch_first: Whether sequences are ``(N, Q, C)`` and not ``(Q, N, C)``.
        norm_cfg: Accepted for existing configs; without effect.
        init_cfg: Initialisation config.

    Raises:
        InputError: ``embed_dims`` cannot be divided among the heads.
    """

    def __init__(self, embed_dims: int = 256, num_heads: int = 8, num_levels: int = 4,
                 num_points: int = 4, im2col_step: int = 64, dropout: float = 0.1,
                 batch_first: bool = False, norm_cfg: dict | None = None,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        if embed_dims % num_heads:
            raise InputError('embed_dims of MultiScaleDeformableAttention must be a multiple of '
                             f'num_heads, got {embed_dims} and {num_heads}')
        self.embed_dims, self.num_heads = embed_dims, num_heads
        self.num_levels, self.num_points = num_levels, num_points
        self.batch_first = batch_first
        places = num_heads * num_levels * num_points
        self.sampling_offsets = nn.Linear(embed_dims, 2 * places)
        self.attention_weights = nn.Linear(embed_dims, places)
        self.value_proj = nn.Linear(embed_dims, embed_dims)
        self.output_proj = nn.Linear(embed_dims, embed_dims)
        self.dropout = nn.Dropout(dropout)
        self.init_weights()

    def init_weights(self) -> None:
        """Each head looks into a direction of its own, at 1, 2, … P steps, with equal weights."""
        for layer in (self.sampling_offsets, self.attention_weights):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        angles = torch.arange(self.num_heads) * (2 * math.pi / self.num_heads)
        direction = torch.stack([angles.cos(), angles.sin()], dim=1)
        direction = direction / direction.abs().amax(dim=1, keepdim=True)
        steps = torch.arange(1., self.num_points + 1)
        offsets = direction[:, None, None] * steps[None, None, :, None]
        with torch.no_grad():
            self.sampling_offsets.bias.copy_(
                offsets.expand(-1, self.num_levels, -1, -1).flatten())
        for layer in (self.value_proj, self.output_proj):
            xavier_init(layer, distribution='uniform')
        self._is_init = True

    def forward(self, query: Tensor, key: Tensor | None = None, value: Tensor | None = None,
                identity: Tensor | None = None, query_pos: Tensor | None = None,
                key_padding_mask: Tensor | None = None, reference_points: Tensor | None = None,
                spatial_shapes: Tensor | None = None, **kwargs: Any) -> Tensor:
        """``identity`` plus what each query sees, in the layout of ``query``.

        Args:
            query: ``(Q, N, C)``, or ``(N, Q, C)`` with ``batch_first``.
                ``key``, ``value``, ``identity`` and ``query_pos`` have the same layout.
            key: Without effect; places take the part of keys.
            value: The maps one after the other; by default the queries.
            identity: What the output is added to; by default the queries.
            query_pos: Added to the queries where they choose places and weights.
            key_padding_mask: True where a value is padding, ``(N, S)``.
            reference_points: Points (x, y) ``(N, Q, L, 2)`` in [0, 1], or boxes of centre and
                size ``(N, Q, L, 4)``.
            spatial_shapes: (height, width) of each map, ``(L, 2)``.
            **kwargs: What other attentions take; without effect.
        """
        assert reference_points is not None and spatial_shapes is not None
        value = query if value is None else value
        identity = query if identity is None else identity
        query = query if query_pos is None else query + query_pos
        if not self.batch_first:
            query, value = query.transpose(0, 1), value.transpose(0, 1)
        value = self.value_proj(value)
        if key_padding_mask is not None:
            value = value.masked_fill(key_padding_mask[..., None], 0)
        shape = (self.num_heads, self.num_levels, self.num_points)
        weights = self.attention_weights(query).unflatten(2, (self.num_heads, -1)).softmax(dim=-1)
        places = self._places(self.sampling_offsets(query).unflatten(2, (*shape, 2)),
                              reference_points[:, :, None, :, None], spatial_shapes)
        seen = sample_levels(value.unflatten(2, (self.num_heads, -1)), spatial_shapes.tolist(),
                             places, weights.unflatten(3, shape[1:]))
        out = self.output_proj(seen)
        return self.dropout(out if self.batch_first else out.transpose(0, 1)) + identity

    def _places(self, offsets: Tensor, references: Tensor, sizes: Tensor) -> Tensor:
        """Where to look, ``(N, Q, M, L, P, 2)`` in [0, 1].

        Offsets count pixels of each map from a point, or P-ths of half a side of a box.
        """
        if references.shape[-1] == 2:
            return references + offsets / sizes.flip(1)[None, None, None, :, None]
        centres, sides = references.split(2, dim=-1)
        return centres + offsets * sides / (2 * self.num_points)


def register_deform_attention() -> None:
    """Make the config type ``MultiScaleDeformableAttention`` known where mmcv-full has not."""
    try:
        importlib.import_module('mmcv.ops')
    except (ImportError, OSError, AssertionError):
        pass  # plain mmcv, or operators compiled for another torch
    name = 'MultiScaleDeformableAttention'
    if name not in ATTENTION:
        ATTENTION.register_module(name, module=MultiScaleDeformableAttention)
