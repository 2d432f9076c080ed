"""Vision Transformer, also as DeiT trains it."""
from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...utils.errors import InputError
from ..builder import BACKBONES
from ..utils import FFN, MultiheadAttention, PatchEmbed, add_norm, drop_path_rates, nlc_to_nchw
from ..utils.positions import fits_grid, resize_pos_embed, square_side
from .transformer_backbone import State, TransformerBackbone

# Parameters of a layer's attention: by the names of torch's module, which segmentors have, and by
# those of one layer for queries, keys and values, which classifiers have.
_JOINT_NAMES = {'attn.in_proj_weight': 'qkv.weight', 'attn.in_proj_bias': 'qkv.bias',
                'attn.out_proj.weight': 'proj.weight', 'attn.out_proj.bias': 'proj.bias'}


class TransformerEncoderLayer(nn.Module):
    """Tokens after attention to each other and a feed-forward network, each added to its input.

    Args:
        embed_dims: Channels of a token.
        num_heads: Heads of the attention.
        feedforward_channels: Width within the feed-forward network.
        drop_rate: Rate of results that training drops.
        attn_drop_rate: Rate of attention weights that training drops.
        drop_path_rate: Rate of images for which training skips a branch.
        num_fcs: Layers of the feed-forward network.
        qkv_bias: Whether the projections of the attention have a bias.
        act_cfg: Config of the activation.
        norm_cfg: Config of the normalisations.
        with_cp: Whether the layer is recomputed in the backward pass, to save memory.
    """

    def __init__(self, embed_dims: int, num_heads: int, feedforward_channels: int,
                 drop_rate: float = 0., attn_drop_rate: float = 0., drop_path_rate: float = 0.,
                 num_fcs: int = 2, qkv_bias: bool = True, act_cfg: dict = dict(type='GELU'),
                 norm_cfg: dict = dict(type='LN'), with_cp: bool = False) -> None:
        super().__init__()
        self.with_cp = with_cp
        self.norm1_name = add_norm(self, norm_cfg, embed_dims, 1)
        self.attn = MultiheadAttention(embed_dims, num_heads, attn_drop_rate, drop_rate,
                                       drop_path_rate, qkv_bias)
        self.norm2_name = add_norm(self, norm_cfg, embed_dims, 2)
        self.ffn = FFN(embed_dims, feedforward_channels, num_fcs, drop_rate, drop_path_rate,
                       act_cfg)

    @property
    def norm1(self) -> nn.Module:
        """Normalisation before the attention."""
        return getattr(self, self.norm1_name)

    @property
    def norm2(self) -> nn.Module:
        """Normalisation before the feed-forward network."""
        return getattr(self, self.norm2_name)

    def _add_branches(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.ffn(self.norm2(x))

    def forward(self, x: Tensor) -> Tensor:
        """Tokens of the shape of the input, ``(N, L, embed_dims)``."""
        if self.with_cp and x.requires_grad:
            return checkpoint(self._add_branches, x, use_reentrant=False)
        return self._add_branches(x)


@BACKBONES.register_module()
class VisionTransformer(TransformerBackbone):
    """Feature maps of a stride of ``patch_size``, one of each layer in ``out_indices``.

    Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021; Touvron et al., "Training
    data-efficient image transformers", ICML 2021.  Images of any size: the position embeddings
    are interpolated to the patches that there are.

    Args:
        img_size: Size of the images in pixels for which position embeddings are learnt, one
            number or (height, width).
        patch_size: Side of a patch in pixels.
        in_channels: Channels of the image.
        embed_dims: Channels of a token.
        num_layers: Number of layers.
        num_heads: Heads of each attention.
        mlp_ratio: How many times wider the feed-forward networks are within.
        out_indices: Layers whose features are returned; -1 is the last.
        qkv_bias: Whether the projections of the attention have a bias.
        drop_rate: Rate of values that training drops.
        attn_drop_rate: Rate of attention weights that training drops.
        drop_path_rate: Rate of images for which training skips the last layer's branches; earlier
            layers have less.
        with_cls_token: Whether the layers see the class token in addition to the patches.
        output_cls_token: Whether each feature is a pair of the map and the class token ``(N, C)``.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        patch_norm: Whether patches are normalised.
        final_norm: Whether the last layer's tokens are normalised.
        interpolate_mode: How position embeddings are interpolated.
        num_fcs: Layers of each feed-forward network.
        norm_eval: Whether batch norms keep their running statistics while training.
        with_cp: Whether layers are recomputed in the backward pass, to save memory.
        pretrained: Where the weights come from; see :class:`TransformerBackbone`.
        init_cfg: Initialisation config.

    Raises:
        InputError: An output of the class token where there is none, a layer beyond the last, or
            heads that do not divide the channels.
    """

    conv_fan = 'in'
    ffn_bias_std = 1e-6
    # Whether parameters have the names of classifiers.
    joint_names = False

    def __init__(self,
                 img_size: int | tuple[int, int] = 224,
                 patch_size: int = 16,
                 in_channels: int = 3,
                 embed_dims: int = 768,
                 num_layers: int = 12,
                 num_heads: int = 12,
                 mlp_ratio: float = 4,
                 out_indices: int | Sequence[int] = -1,
                 qkv_bias: bool = True,
                 drop_rate: float = 0.,
                 attn_drop_rate: float = 0.,
                 drop_path_rate: float = 0.,
                 with_cls_token: bool = True,
                 output_cls_token: bool = False,
                 norm_cfg: dict = dict(type='LN'),
                 act_cfg: dict = dict(type='GELU'),
                 patch_norm: bool = False,
                 final_norm: bool = False,
                 interpolate_mode: str = 'bicubic',
                 num_fcs: int = 2,
                 norm_eval: bool = False,
                 with_cp: bool = False,
                 pretrained: str | None = None,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(pretrained, init_cfg, norm_eval)
        self._register_load_state_dict_pre_hook(self.rename_state)
        if output_cls_token and not with_cls_token:
            raise InputError('the backbone has output_cls_token=True but with_cls_token=False; '
                             'there is no class token to return')
        self.img_size, self.patch_size = self._image_size('img_size', img_size), patch_size
        self.with_cls_token, self.output_cls_token = with_cls_token, output_cls_token
        self.interpolate_mode = interpolate_mode
        self.out_indices = self._layer_indices(out_indices, num_layers)
        self.patch_embed = PatchEmbed(in_channels, embed_dims, kernel_size=patch_size,
                                      norm_cfg=norm_cfg if patch_norm else None)
        self.grid = (self.img_size[0] // patch_size, self.img_size[1] // patch_size)
        # Checkpoints have a class token and its position also where the layers do not see them.
        self.cls_token = nn.Parameter(torch.zeros(1, 1, embed_dims))
        self.pos_embed = nn.Parameter(torch.zeros(1, self.grid[0] * self.grid[1] + 1, embed_dims))
        self.drop_after_pos = nn.Dropout(drop_rate)
        self.layers = nn.ModuleList(
            TransformerEncoderLayer(embed_dims, num_heads, round(mlp_ratio * embed_dims),
                                    drop_rate, attn_drop_rate, rate, num_fcs, qkv_bias, act_cfg,
                                    norm_cfg, with_cp)
            for rate in drop_path_rates(drop_path_rate, [num_layers])[0])
        self.final_norm = final_norm
        if final_norm:
            self.norm1_name = add_norm(self, norm_cfg, embed_dims, 1)

    @property
    def norm1(self) -> nn.Module:
        """Normalisation after the last layer."""
        return getattr(self, self.norm1_name)

    def _init_anew(self) -> None:
        super()._init_anew()
        for tokens in (self.pos_embed, self.cls_token):
            nn.init.trunc_normal_(tokens, std=.02)

    def rename_state(self, state: State, prefix: str = '', *_: Any) -> None:
        """Give the names of this network, in place, to those of the other kind."""
        for old, new in _JOINT_NAMES.items():
            old, new = (old, new) if self.joint_names else (new, old)
            found = re.compile(rf'({re.escape(prefix)}layers\.\d+\.attn\.){re.escape(old)}')
            for name in [name for name in state if found.fullmatch(name)]:
                state[name[:-len(old)] + new] = state.pop(name)

    def _fit_pretrained(self, state: State) -> State:
        self.rename_state(state)
        stored = state.get('pos_embed')
        if stored is not None and stored.shape != self.pos_embed.shape:
            side = square_side(stored[0], 1, 'pos_embed')
            fits_grid(self, (side, side), self.grid)
            state['pos_embed'] = self.resize_pos_embed(stored, self.grid, (side, side),
                                                       self.interpolate_mode)
        return state

    @staticmethod
    def resize_pos_embed(pos_embed: Tensor, input_shape: Sequence[int], pos_shape: Sequence[int],
                         mode: str) -> Tensor:
        """Embeddings ``(1, 1 + h * w, C)``, of the class token and of an image's patches.

        Args:
            pos_embed: The learnt ones, ``(1, 1 + H * W, C)``.
            input_shape: Patches of the image, (h, w).
            pos_shape: Patches for which they were learnt, (H, W).
            mode: As :func:`torch.nn.functional.interpolate` has it.
        """
        return resize_pos_embed(pos_embed, pos_shape, input_shape, mode)

    def _positions(self, hw_shape: tuple[int, int]) -> Tensor:
        """Position embeddings of the class token and of ``hw_shape`` patches."""
        if fits_grid(self, self.grid, hw_shape):
            return self.pos_embed
        return self.resize_pos_embed(self.pos_embed, hw_shape, self.grid, self.interpolate_mode)

    def forward(self, x: Tensor) -> tuple[Tensor, ...] | tuple[list[Tensor], ...]:
        """A map ``(N, embed_dims, H / patch_size, W / patch_size)`` of each chosen layer; with
        ``output_cls_token`` a list of it and the class token ``(N, embed_dims)``."""
        x, hw_shape = self.patch_embed(x)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], dim=1)
        x = self.drop_after_pos(x + self._positions(hw_shape))
        first_patch = 1 if self.with_cls_token else 0
        if not self.with_cls_token:
            x = x[:, 1:]
        features: list = []
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if self.final_norm and i == len(self.layers) - 1:
                x = self.norm1(x)
            if i in self.out_indices:
                feature = nlc_to_nchw(x[:, first_patch:], hw_shape)
                features.append([feature, x[:, 0]] if self.output_cls_token else feature)
        return tuple(features)
