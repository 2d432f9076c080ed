"""Mix Vision Transformer, the backbone of SegFormer (Xie et al., NeurIPS 2021)."""
from __future__ import annotations

from collections.abc import Sequence

from mmcv.cnn import build_activation_layer, build_norm_layer
from mmcv.cnn.bricks.drop import build_dropout
from mmcv.runner import BaseModule
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...utils.errors import InputError
from ..builder import BACKBONES
from ..utils import (
    PatchEmbed,
    SpatialReductionAttention,
    drop_path_rates,
    nlc2nchw2nlc,
    nlc_to_nchw,
)
from .transformer_backbone import TransformerBackbone

Size = tuple[int, int]


class MixFFN(BaseModule):
    """A feed-forward network that sees a token's neighbours, and so its position (section 3.1).

    Args:
        embed_dims: Channels of a token.
        feedforward_channels: Width within.
        act_cfg: Config of the activation.
        ffn_drop: Rate of values that training drops.
        dropout_layer: Config of what skips the branch in training, or None.
        init_cfg: Initialisation config.
    """

    def __init__(self, embed_dims: int, feedforward_channels: int,
                 act_cfg: dict = dict(type='GELU'), ffn_drop: float = 0.,
                 dropout_layer: dict | None = None,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        hidden = feedforward_channels
        self.layers = nn.Sequential(
            nn.Conv2d(embed_dims, hidden, 1),
            nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden),
            build_activation_layer(act_cfg), nn.Dropout(ffn_drop),
            nn.Conv2d(hidden, embed_dims, 1), nn.Dropout(ffn_drop))
        self.dropout_layer = build_dropout(dropout_layer) if dropout_layer else nn.Identity()

    def forward(self, x: Tensor, hw_shape: Size, identity: Tensor | None = None) -> Tensor:
        """The branch of ``x (N, H * W, C)`` plus ``identity``, or plus ``x`` itself."""
        branch = self.dropout_layer(nlc2nchw2nlc(self.layers, x, hw_shape))
        return branch + (x if identity is None else identity)


class EfficientMultiheadAttention(SpatialReductionAttention):
    """Attention to merged tokens (section 3.1), added to its input.

    Args:
        embed_dims: Channels of a token.
        num_heads: Number of heads.
        attn_drop: Rate of attention weights that training drops.
        proj_drop: Rate of results that training drops.
        dropout_layer: Config of what skips the branch in training, or None.
        init_cfg: Kept for 0.x's code; the backbone initialises its parts.
        batch_first: True: tokens are ``(N, L, C)``.
        qkv_bias: Whether the projections have a bias.
        norm_cfg: Config of the normalisation of the merged tokens.
        sr_ratio: Side of a patch in tokens; 1 merges none.

    Raises:
        InputError: The channels are not a multiple of the heads, or ``batch_first`` is False.
    """

    def __init__(self, embed_dims: int, num_heads: int, attn_drop: float = 0.,
                 proj_drop: float = 0., dropout_layer: dict | None = None,
                 init_cfg: dict | list | None = None, batch_first: bool = True,
                 qkv_bias: bool = False, norm_cfg: dict = dict(type='LN'),
                 sr_ratio: int = 1) -> None:
        if not batch_first:
            raise InputError('EfficientMultiheadAttention takes tokens (N, L, C) alone; leave '
                             'batch_first=True')
        super().__init__(embed_dims, num_heads, attn_drop, proj_drop, 0., qkv_bias, norm_cfg,
                         sr_ratio)
        self.dropout_layer = build_dropout(dropout_layer) if dropout_layer else nn.Identity()

    def forward(self, x: Tensor, hw_shape: Size,  # type: ignore[override]
                identity: Tensor | None = None) -> Tensor:
        """The attention of ``x (N, H * W, C)`` plus ``identity``, or plus ``x`` itself."""
        return super().forward(x, hw_shape) + (x if identity is None else identity)


class TransformerEncoderLayer(BaseModule):
    """Tokens after attention to merged tokens and a :class:`MixFFN`, each added to its input.

    Args:
        embed_dims: Channels of a token.
        num_heads: Heads of the attention.
        feedforward_channels: Width within the feed-forward network.
        drop_rate: Rate of results that training drops.
        attn_drop_rate: Rate of attention weights that training drops.
        drop_path_rate: Rate of images for which training skips a branch.
        qkv_bias: Whether the projections of the attention have a bias.
        act_cfg: Config of the activation.
        norm_cfg: Config of the normalisations.
        sr_ratio: Side of the patches of tokens that the attention merges.
        with_cp: Whether the layer is recomputed in the backward pass, to save memory.
        init_cfg: Initialisation config.
    """

    def __init__(self, embed_dims: int, num_heads: int, feedforward_channels: int,
                 drop_rate: float = 0., attn_drop_rate: float = 0., drop_path_rate: float = 0.,
                 qkv_bias: bool = True, act_cfg: dict = dict(type='GELU'),
                 norm_cfg: dict = dict(type='LN'), sr_ratio: int = 1, with_cp: bool = False,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        skip = dict(type='DropPath', drop_prob=drop_path_rate)
        self.with_cp = with_cp
        self.norm1 = build_norm_layer(norm_cfg, embed_dims)[1]
        self.attn = EfficientMultiheadAttention(
            embed_dims, num_heads, attn_drop_rate, drop_rate, skip, qkv_bias=qkv_bias,
            norm_cfg=norm_cfg, sr_ratio=sr_ratio)
        self.norm2 = build_norm_layer(norm_cfg, embed_dims)[1]
        self.ffn = MixFFN(embed_dims, feedforward_channels, act_cfg, drop_rate, skip)

    def _add_branches(self, x: Tensor, hw_shape: Size) -> Tensor:
        x = self.attn(self.norm1(x), hw_shape, x)
        return self.ffn(self.norm2(x), hw_shape, x)

    def forward(self, x: Tensor, hw_shape: Size) -> Tensor:
        """Tokens of the shape of the input, ``(N, h * w, embed_dims)``; ``hw_shape`` is (h, w)."""
        if self.with_cp and x.requires_grad:
            return checkpoint(self._add_branches, x, hw_shape, use_reentrant=False)
        return self._add_branches(x, hw_shape)


@BACKBONES.register_module()
class MixVisionTransformer(TransformerBackbone):
    """Feature maps of strides 4 to 32, one of each stage in ``out_indices``.

    Xie et al., "SegFormer: Simple and Efficient Design for Semantic Segmentation with
    Transformers", NeurIPS 2021, section 3.1; table 6 has the settings of B0 to B5.

    Args:
        in_channels: Channels of the image.
        embed_dims: Channels of one head; a stage has those of all its heads.
        num_stages: Number of stages.
        num_layers: Layers of every stage.
        num_heads: Heads of every stage.
        patch_sizes: Side of the overlapping patches of every stage in pixels of its input.
        strides: Step from patch to patch of every stage.
        sr_ratios: Side of the patches of tokens that the attention of every stage merges.
        out_indices: Stages whose features are returned.
        mlp_ratio: How many times wider the feed-forward networks are within.
        qkv_bias: Whether the projections of the attention have a bias.
        drop_rate: Rate of results that training drops.
        attn_drop_rate: Rate of attention weights that training drops.
        drop_path_rate: Rate of images for which training skips the last layer's branches; earlier
            layers have less.
        act_cfg: Config of the activations.
        norm_cfg: Config of the normalisations.
        pretrained: Where the weights come from; see :class:`TransformerBackbone`.
        init_cfg: Initialisation config.
        with_cp: Whether layers are recomputed in the backward pass, to save memory.

    Raises:
        InputError: Settings that do not have one value a stage, or a stage beyond the last.
    """

    def __init__(self,
                 in_channels: int = 3,
                 embed_dims: int = 64,
                 num_stages: int = 4,
                 num_layers: Sequence[int] = (3, 4, 6, 3),
                 num_heads: Sequence[int] = (1, 2, 4, 8),
                 patch_sizes: Sequence[int] = (7, 3, 3, 3),
                 strides: Sequence[int] = (4, 2, 2, 2),
                 sr_ratios: Sequence[int] = (8, 4, 2, 1),
                 out_indices: Sequence[int] = (0, 1, 2, 3),
                 mlp_ratio: int = 4,
                 qkv_bias: bool = True,
                 drop_rate: float = 0.,
                 attn_drop_rate: float = 0.,
                 drop_path_rate: float = 0.,
                 act_cfg: dict = dict(type='GELU'),
                 norm_cfg: dict = dict(type='LN', eps=1e-6),
                 pretrained: str | None = None,
                 init_cfg: dict | list | None = None,
                 with_cp: bool = False) -> None:
        super().__init__(pretrained, init_cfg)
        self._check_lengths(num_stages, num_layers=num_layers, num_heads=num_heads,
                            patch_sizes=patch_sizes, strides=strides, sr_ratios=sr_ratios)
        self.out_indices = self._layer_indices(out_indices, num_stages)
        self.layers = nn.ModuleList()
        rates = drop_path_rates(drop_path_rate, num_layers[:num_stages])
        for i in range(num_stages):
            channels = embed_dims * num_heads[i]
            patches = PatchEmbed(in_channels, channels, kernel_size=patch_sizes[i],
                                 stride=strides[i], padding=patch_sizes[i] // 2, norm_cfg=norm_cfg)
            blocks = nn.ModuleList(
                TransformerEncoderLayer(channels, num_heads[i], mlp_ratio * channels, drop_rate,
                                        attn_drop_rate, rate, qkv_bias, act_cfg, norm_cfg,
                                        sr_ratios[i], with_cp)
                for rate in rates[i])
            norm = build_norm_layer(norm_cfg, channels)[1]
            self.layers.append(nn.ModuleList([patches, blocks, norm]))
            in_channels = channels

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """A map ``(N, C, H / s, W / s)`` of each chosen stage, s of 4, 8, 16 and 32 by default."""
        features = []
        for i, (embed, blocks, norm) in enumerate(self.layers):
            tokens, hw_shape = embed(x)
            for block in blocks:
                tokens = block(tokens, hw_shape)
            x = nlc_to_nchw(norm(tokens), hw_shape)
            if i in self.out_indices:
                features.append(x)
        return tuple(features)
