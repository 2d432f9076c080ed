"""Mask transformer head of Segmenter."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from ..backbones.vit import TransformerEncoderLayer
from ..builder import HEADS
from ..utils import drop_path_rates, nchw_to_nlc, nlc_to_nchw
from .decode_head import BaseDecodeHead


@HEADS.register_module()
class SegmenterMaskTransformerHead(BaseDecodeHead):
    """How like each patch is to each class, after patches and classes have seen one another in a
    transformer (Strudel et al., "Segmenter: Transformer for Semantic Segmentation", ICCV 2021,
    section 3.2).

    Args:
        in_channels: Channels of the feature map.
        num_layers: Layers of the transformer.
        num_heads: Heads of each attention.
        embed_dims: Channels of a token.
        mlp_ratio: How many times wider the feed-forward networks are within.
        drop_path_rate: Rate of images for which training skips the last layer's branches.
        drop_rate: Rate of values that training drops.
        attn_drop_rate: Rate of attention weights that training drops.
        num_fcs: Layers of each feed-forward network.
        qkv_bias: Whether the projections of the attention have a bias.
        act_cfg: Config of the activations.
        norm_cfg: Config of the normalisations.
        init_std: Standard deviation of new weights.
        **kwargs: See :class:`BaseDecodeHead`.
    """

    def __init__(self, in_channels: int, num_layers: int, num_heads: int, embed_dims: int,
                 mlp_ratio: int = 4, drop_path_rate: float = 0.1, drop_rate: float = 0.,
                 attn_drop_rate: float = 0., num_fcs: int = 2, qkv_bias: bool = True,
                 act_cfg: dict = dict(type='GELU'), norm_cfg: dict = dict(type='LN'),
                 init_std: float = 0.02, **kwargs: Any) -> None:
        super().__init__(in_channels=in_channels, **kwargs)
        self.init_std = init_std
        self.layers = nn.ModuleList(
            TransformerEncoderLayer(embed_dims, num_heads, mlp_ratio * embed_dims, drop_rate,
                                    attn_drop_rate, rate, num_fcs, qkv_bias, act_cfg, norm_cfg)
            for rate in drop_path_rates(drop_path_rate, [num_layers])[0])
        self.dec_proj = nn.Linear(in_channels, embed_dims)
        self.patch_proj, self.classes_proj = (
            nn.Linear(embed_dims, embed_dims, bias=False) for _ in ('patches', 'classes'))
        self.decoder_norm, self.mask_norm = (
            build_norm_layer(norm_cfg, channels)[1] for channels in (embed_dims, self.num_classes))
        self.cls_emb = nn.Parameter(torch.randn(1, self.num_classes, embed_dims))
        del self.conv_seg

    def init_weights(self) -> None:
        """Start as a vision transformer does: small weights, normalisations that do nothing."""
        nn.init.trunc_normal_(self.cls_emb, std=self.init_std)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=self.init_std)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.LayerNorm):
                module.reset_parameters()

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        features = self._transform_inputs(inputs)
        patches = self.dec_proj(nchw_to_nlc(features))
        tokens = torch.cat([patches, self.cls_emb.expand(patches.shape[0], -1, -1)], dim=1)
        for layer in self.layers:
            tokens = layer(tokens)
        tokens = self.decoder_norm(tokens)
        patches = F.normalize(self.patch_proj(tokens[:, :-self.num_classes]), dim=2)
        classes = F.normalize(self.classes_proj(tokens[:, -self.num_classes:]), dim=2)
        logits = self.mask_norm(patches @ classes.transpose(1, 2))  # (N, h*w, K)
        return nlc_to_nchw(logits, features.shape[2:])
