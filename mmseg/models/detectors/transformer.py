"""The transformer of Deformable DETR: maps of several levels in, states of queries out.

Zhu et al., "Deformable DETR: Deformable Transformers for End-to-End Object Detection", ICLR 2021.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from mmcv.cnn import xavier_init
from mmcv.runner import BaseModule
from torch import Tensor, nn

from ..builder import MODELS
from .positions import waves

# Side of a proposal on the first level, as a share of the image; it doubles with each level.
_PROPOSAL_SIDE = 0.05
# Proposals whose centre or size is nearer than this to 0 or 1 are left out.
_MARGIN = 0.01


class Decoded(NamedTuple):
    """What the transformer says; D is the number of decoder layers.

    Attributes:
        states: ``(D, N, Q, C)``, of the queries after each layer.
        references: For each layer what its boxes are measured from, in shares of the image: points
            ``(N, Q, 2)`` or boxes of centre and size ``(N, Q, 4)``.
        proposal_logits: ``(N, S, K)`` of the encoder's places, with two stages only.
        proposal_boxes: ``(N, S, 4)``, before the sigmoid, with two stages only.
    """
    states: Tensor
    references: list[Tensor]
    proposal_logits: Tensor | None = None
    proposal_boxes: Tensor | None = None


class _Levels(NamedTuple):
    """Maps of L levels as one sequence of S places."""
    features: Tensor  # (N, S, C)
    positions: Tensor  # (N, S, C)
    padded: Tensor  # (N, S), true where a place is padding
    sizes: list[tuple[int, int]]  # (height, width) of each map
    valid: Tensor  # (N, L, 2), width and height of the image on each map, in places
    ratios: Tensor  # (N, L, 2), the same as shares of the map


def _places(size: tuple[int, int], like: Tensor) -> Tensor:
    """Centres (x, y) of the places of a map in its pixels, ``(h·w, 2)``."""
    rows, columns = (torch.arange(side, dtype=torch.float32, device=like.device) + 0.5
                     for side in size)
    return torch.stack([columns.repeat(size[0]), rows.repeat_interleave(size[1])], dim=1)


@MODELS.register_module()
class DeformableDetrTransformer(BaseModule):
    """Encoder over all places of the maps, then decoder over the queries.

    Args:
        encoder: Config of the encoder.
        decoder: Config of the decoder.
        as_two_stage: Whether queries are made of the encoder's best places (section 4.2 of the
            paper), not learnt.
        num_feature_levels: L, how many maps come in.
        two_stage_num_proposals: How many such places.
        init_cfg: Initialisation config.
    """

    def __init__(self, encoder: dict, decoder: dict, as_two_stage: bool = False,
                 num_feature_levels: int = 4, two_stage_num_proposals: int = 300,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        self.encoder = MODELS.build(encoder)
        self.decoder = MODELS.build(decoder)
        self.as_two_stage = as_two_stage
        self.num_feature_levels = num_feature_levels
        self.two_stage_num_proposals = two_stage_num_proposals
        channels = self.embed_dims = self.encoder.embed_dims
        self.level_embeds = nn.Parameter(torch.empty(num_feature_levels, channels))
        if as_two_stage:
            self.enc_output = nn.Linear(channels, channels)
            self.enc_output_norm = nn.LayerNorm(channels)
            self.pos_trans = nn.Linear(2 * channels, 2 * channels)
            self.pos_trans_norm = nn.LayerNorm(2 * channels)
        else:
            self.reference_points = nn.Linear(channels, 2)
        nn.init.normal_(self.level_embeds)

    def init_weights(self) -> None:
        """Glorot and Bengio's rule for all matrices; attention begins as it says itself."""
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)
        for module in self.modules():
            if hasattr(module, 'sampling_offsets'):
                module.init_weights()
        if not self.as_two_stage:
            xavier_init(self.reference_points, distribution='uniform')
        nn.init.normal_(self.level_embeds)
        self._is_init = True

    def _join(self, maps: Sequence[Tensor], masks: Sequence[Tensor],
              positions: Sequence[Tensor]) -> _Levels:
        """The maps one after the other, row by row."""
        sizes = [(int(x.shape[2]), int(x.shape[3])) for x in maps]
        valid = torch.stack([torch.stack([(~mask[:, 0]).sum(dim=1), (~mask[:, :, 0]).sum(dim=1)],
                                         dim=1) for mask in masks], dim=1).float()
        spans = valid.new_tensor(sizes).flip(1)  # (L, 2), width and height
        where = [x.flatten(2).transpose(1, 2) + level
                 for x, level in zip(positions, self.level_embeds)]
        return _Levels(torch.cat([x.flatten(2).transpose(1, 2) for x in maps], dim=1),
                       torch.cat(where, dim=1), torch.cat([mask.flatten(1) for mask in masks], 1),
                       sizes, valid, valid / spans)

    def forward(self, mlvl_feats: Sequence[Tensor], mlvl_masks: Sequence[Tensor],
                query_embed: Tensor | None, mlvl_pos_embeds: Sequence[Tensor],
                reg_branches: nn.ModuleList | None = None,
                cls_branches: nn.ModuleList | None = None) -> Decoded:
        """What the queries find on the maps.

        Args:
            mlvl_feats: L maps ``(N, C, h, w)``.
            mlvl_masks: True where a map shows no image, ``(N, h, w)``.
            query_embed: Position and content of the learnt queries, ``(Q, 2·C)``; None with two
                stages.
            mlvl_pos_embeds: Position of the places, ``(N, C, h, w)``.
            reg_branches: What refines boxes after each layer, and with two stages a further one
                for proposals; None refines nothing.
            cls_branches: What says the class, with two stages; the last one for proposals.
        """
        levels = self._join(mlvl_feats, mlvl_masks, mlvl_pos_embeds)
        sizes = torch.tensor(levels.sizes, device=levels.features.device)
        shared = dict(spatial_shapes=sizes, valid_ratios=levels.ratios, level_start_index=torch.cat(
            [sizes.new_zeros(1), sizes.prod(dim=1).cumsum(0)[:-1]]))
        memory = self.encoder(
            levels.features.transpose(0, 1), None, None,
            query_pos=levels.positions.transpose(0, 1), query_key_padding_mask=levels.padded,
            reference_points=self._grid(levels), **shared)
        proposals: tuple[Tensor, Tensor] | tuple[()] = ()
        if self.as_two_stage:
            assert cls_branches is not None and reg_branches is not None
            features, anchors = self._propose(memory.transpose(0, 1), levels)
            proposals = (cls_branches[-1](features), reg_branches[-1](features) + anchors)
            query_pos, query, references = self._best(*proposals)
        else:
            assert query_embed is not None
            query_pos, query = (part.expand(memory.shape[1], -1, -1)
                                for part in query_embed.chunk(2, dim=1))
            references = self.reference_points(query_pos).sigmoid()
        states, later = self.decoder(
            query.transpose(0, 1), None, memory, query_pos=query_pos.transpose(0, 1),
            key_padding_mask=levels.padded, reference_points=references,
            reg_branches=reg_branches, **shared)
        if states.dim() == 3:  # a decoder that gives the last layer alone
            states, later = states[None], later[None]
        return Decoded(states.transpose(1, 2), [references, *later[:-1]], *proposals)

    def _grid(self, levels: _Levels) -> Tensor:
        """Each place as a share of the image, seen on every map: ``(N, S, L, 2)``."""
        shares = [_places(size, levels.features) / levels.valid[:, None, number]
                  for number, size in enumerate(levels.sizes)]
        return torch.cat(shares, dim=1)[:, :, None] * levels.ratios[:, None]

    def _propose(self, memory: Tensor, levels: _Levels) -> tuple[Tensor, Tensor]:
        """Features of the encoder's places ``(N, S, C)`` and a box around each, before the sigmoid.

        Places without a sensible box have features of 0 and infinite boxes.
        """
        boxes = []
        for number, size in enumerate(levels.sizes):
            centres = _places(size, memory) / levels.valid[:, None, number]
            sides = torch.full_like(centres, _PROPOSAL_SIDE * 2 ** number)
            boxes.append(torch.cat([centres, sides], dim=2))
        proposals = torch.cat(boxes, dim=1)
        inside = ((proposals > _MARGIN) & (proposals < 1 - _MARGIN)).all(dim=2, keepdim=True)
        left_out = ~inside | levels.padded[..., None]
        unbounded = proposals.logit().masked_fill(left_out, math.inf)
        features = self.enc_output(memory.masked_fill(left_out, 0))
        return self.enc_output_norm(features), unbounded

    def _best(self, logits: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Position and content of the queries ``(N, Q, C)`` and their boxes ``(N, Q, 4)``.

        The scores of the first class represent all classes here, as its targets do in the loss.
        """
        number = min(self.two_stage_num_proposals, logits.shape[1])
        best = logits[..., 0].topk(number, dim=1).indices
        chosen = boxes.gather(1, best[..., None].expand(-1, -1, 4)).detach()
        references = chosen.sigmoid()
        encoded = waves(references * 2 * math.pi, self.embed_dims // 2).flatten(2)
        query_pos, query = self.pos_trans_norm(self.pos_trans(encoded)).chunk(2, dim=2)
        return query_pos, query, references
