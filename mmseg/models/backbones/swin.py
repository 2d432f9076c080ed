"""Swin Transformer (Liu et al., ICCV 2021): attention within windows that shift."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn import build_norm_layer
from mmcv.cnn.bricks import DropPath
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...utils.errors import InputError
from ..builder import BACKBONES
from ..utils import (
    FFN,
    PatchEmbed,
    PatchMerging,
    check_heads,
    drop_path_rates,
    join_windows,
    nlc_to_nchw,
    pad_to_windows,
    split_windows,
)
from ..utils.positions import fits_grid, resize_grid, square_side
from .transformer_backbone import State, TransformerBackbone

Size = tuple[int, int]


def shift_mask(height: int, width: int, side: int, device: torch.device) -> Tensor:
    """What to add to attention in shifted windows, ``(windows, side^2, side^2)``.

    After the shift a window at the border holds parts of the map that are not adjacent; pairs
    from different parts get -100 (section 3.2, figure 4).

    Args:
        height, width: Of the map in tokens, whole windows.
        side: Of a window in tokens; the map has been shifted by half of it.
        device: Of the map.
    """
    part = torch.zeros((), device=device)
    for axis, size in enumerate((height, width)):
        at = torch.arange(size, device=device)
        # 0 before the last window, 1 in it, 2 where it wraps around
        strip = (at >= size - side).float() + (at >= size - side // 2).float()
        part = part * 3 + (strip[:, None] if axis == 0 else strip[None, :])
    window = split_windows(part[None, :, :, None], side)[0, :, :, 0]  # (windows, side^2)
    return (window[:, :, None] != window[:, None, :]).float() * -100.


class WindowMSA(nn.Module):
    """Attention within each window, with a learnt bias for every distance (section 3.2).

    Args:
        embed_dims: Channels of a token.
        num_heads: Number of heads.
        window_size: Side of a window in tokens.
        qkv_bias: Whether queries, keys and values have a bias.
        qk_scale: Factor of the products of query and key; by default the root of a head's channels.
        attn_drop_rate: Rate of attention weights that training drops.
        proj_drop_rate: Rate of results that training drops.

    Raises:
        InputError: The number of heads does not divide the channels.
    """

    def __init__(self, embed_dims: int, num_heads: int, window_size: int, qkv_bias: bool = True,
                 qk_scale: float | None = None, attn_drop_rate: float = 0.,
                 proj_drop_rate: float = 0.) -> None:
        super().__init__()
        check_heads(embed_dims, num_heads)
        self.num_heads, self.scale, self.attn_drop_rate = num_heads, qk_scale, attn_drop_rate
        span = 2 * window_size - 1
        self.relative_position_bias_table = nn.Parameter(torch.zeros(span**2, num_heads))
        at = torch.arange(window_size)
        apart = at[:, None] - at[None, :] + window_size - 1
        index = apart[:, None, :, None] * span + apart[None, :, None, :]  # (y, x, y', x')
        self.register_buffer('relative_position_index',
                             index.reshape(window_size**2, window_size**2))
        self.qkv = nn.Linear(embed_dims, 3 * embed_dims, bias=qkv_bias)
        self.proj = nn.Linear(embed_dims, embed_dims)
        self.proj_drop = nn.Dropout(proj_drop_rate)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Windows ``(N, windows, L, C)`` after attention in each.

        Args:
            x: Windows of the same shape.
            mask: What to add to the attention of each window, ``(windows, L, L)``, or None.
        """
        n, windows, length, channels = x.shape
        qkv = self.qkv(x).reshape(n, windows, length, 3, self.num_heads, -1)
        qkv = qkv.permute(3, 0, 1, 4, 2, 5)  # (3, N, windows, heads, L, C / heads)
        bias = self.relative_position_bias_table[self.relative_position_index].permute(2, 0, 1)
        if mask is None:
            query, key, value = qkv.flatten(1, 2)
        else:  # each window is as heads of its own, so that the batch shares the mask
            query, key, value = qkv.flatten(2, 3)
            bias = (mask[:, None] + bias).flatten(0, 1)
        # Kernels that never store the attention want rows of the bias in one piece.
        bias = bias[None].to(query.dtype).contiguous()
        rate = self.attn_drop_rate if self.training else 0.
        x = F.scaled_dot_product_attention(query, key, value, bias, rate, scale=self.scale)
        x = x.reshape(n, windows, self.num_heads, length, -1).transpose(2, 3)
        return self.proj_drop(self.proj(x.reshape(n, windows, length, channels)))


class ShiftWindowMSA(nn.Module):
    """Tokens after attention within windows; with ``shift`` the windows lie half a window off.

    Args:
        embed_dims, num_heads, window_size, qkv_bias, qk_scale, attn_drop_rate, proj_drop_rate: As
            in :class:`WindowMSA`.
        shift: Whether the map is shifted by half a window before it is cut.
        drop_path_rate: Rate of images for which training skips the branch.

    Attributes:
        shifts_single_window: Whether a map that is a single window shifts too.
    """

    shifts_single_window = True

    def __init__(self, embed_dims: int, num_heads: int, window_size: int, shift: bool = False,
                 drop_path_rate: float = 0., **settings: object) -> None:
        super().__init__()
        self.window_size, self.shift = window_size, window_size // 2 if shift else 0
        self.w_msa = WindowMSA(embed_dims, num_heads, window_size, **settings)  # type: ignore[arg-type]
        self.drop = DropPath(drop_path_rate)

    def forward(self, x: Tensor, hw_shape: Size, mask: Tensor | None = None) -> Tensor:
        """``(N, H * W, C)`` of ``x`` in that shape; ``mask`` as :func:`shift_mask` gives it."""
        height, width = hw_shape
        features = pad_to_windows(x.reshape(x.shape[0], height, width, -1), self.window_size)
        whole = features.shape[1:3]
        shift = self.shift if self.shifts_single_window or min(hw_shape) > self.window_size else 0
        if shift:
            features = features.roll((-shift, -shift), (1, 2))
        windows = self.w_msa(split_windows(features, self.window_size), mask if shift else None)
        features = join_windows(windows, self.window_size, *whole)
        if shift:
            features = features.roll((shift, shift), (1, 2))
        return self.drop(features[:, :height, :width].flatten(1, 2))


class SwinBlock(nn.Module):
    """Tokens after attention within windows and a feed-forward network (section 3.2, eq. 3).

    Args:
        embed_dims: Channels of a token.
        num_heads: Heads of the attention.
        feedforward_channels: Width within the feed-forward network.
        window_size: Side of a window in tokens.
        shift: Whether the map is shifted by half a window before it is cut.
        qkv_bias: Whether queries, keys and values have a bias.
        qk_scale: Factor of their products; by default the root of a head's channels.
        drop_rate: Rate of values that training drops in the feed-forward network.
        attn_drop_rate: Rate of attention weights that training drops.
        drop_path_rate: Rate of images for which training skips a branch.
        act_cfg: Config of the activation.
        norm_cfg: Config of the normalisations.
        with_cp: Whether the block is recomputed in the backward pass, to save memory.
    """

    def __init__(self, embed_dims: int, num_heads: int, feedforward_channels: int,
                 window_size: int = 7, shift: bool = False, qkv_bias: bool = True,
                 qk_scale: float | None = None, drop_rate: float = 0., attn_drop_rate: float = 0.,
                 drop_path_rate: float = 0., act_cfg: dict = dict(type='GELU'),
                 norm_cfg: dict = dict(type='LN'), with_cp: bool = False) -> None:
        super().__init__()
        self.with_cp = with_cp
        self.norm1 = build_norm_layer(norm_cfg, embed_dims)[1]
        self.attn = ShiftWindowMSA(
            embed_dims, num_heads, window_size, shift, drop_path_rate, qkv_bias=qkv_bias,
            qk_scale=qk_scale, attn_drop_rate=attn_drop_rate, proj_drop_rate=drop_rate)
        self.norm2 = build_norm_layer(norm_cfg, embed_dims)[1]
        self.ffn = FFN(embed_dims, feedforward_channels, 2, drop_rate, drop_path_rate, act_cfg)

    def _add_branches(self, x: Tensor, hw_shape: Size, mask: Tensor | None) -> Tensor:
        x = x + self.attn(self.norm1(x), hw_shape, mask)
        return x + self.ffn(self.norm2(x))

    def forward(self, x: Tensor, hw_shape: Size, mask: Tensor | None = None) -> Tensor:
        """``x (N, H * W, C)``, its branches added.

        Args:
            x: Tokens.
            hw_shape: (H, W).
            mask: What :func:`shift_mask` gives for these windows; None computes it.
        """
        if mask is None and self.attn.shift:
            side = self.attn.window_size
            height, width = (size + -size % side for size in hw_shape)
            mask = shift_mask(height, width, side, x.device)
        if self.with_cp and x.requires_grad:
            return checkpoint(self._add_branches, x, hw_shape, mask, use_reentrant=False)
        return self._add_branches(x, hw_shape, mask)


class SwinBlockSequence(nn.Module):
    """One stage: blocks whose windows shift in every second, then patches merged.

    Args:
        embed_dims: Channels of a token.
        rates: For each block, how often training skips a branch of it.
        window_size: Side of a window in tokens.
        downsample: What makes the tokens of the next stage, or None.
        block: Further arguments of :class:`SwinBlock`.
    """

    def __init__(self, embed_dims: int, rates: Sequence[float], window_size: int,
                 downsample: PatchMerging | None, **block: object) -> None:
        super().__init__()
        self.window_size = window_size
        self.blocks = nn.ModuleList(
            SwinBlock(embed_dims, window_size=window_size, shift=i % 2 == 1, drop_path_rate=rate,
                      **block)  # type: ignore[arg-type]
            for i, rate in enumerate(rates))
        self.downsample = downsample

    def forward(self, x: Tensor, hw_shape: Size) -> tuple[Tensor, Size, Tensor]:
        """The next stage's tokens, their (H, W), and the tokens before they are merged."""
        height, width = (size + -size % self.window_size for size in hw_shape)
        mask = shift_mask(height, width, self.window_size, x.device)
        for block in self.blocks:
            x = block(x, hw_shape, mask)
        if self.downsample is None:
            return x, hw_shape, x
        merged, next_shape = self.downsample(x, hw_shape)
        return merged, next_shape, x


@BACKBONES.register_module()
class SwinTransformer(TransformerBackbone):
    """Feature maps of strides 4 to 32, one of each stage in ``out_indices``.

    Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", ICCV
    2021.  Images of any size; maps are padded to whole windows.

    Args:
        pretrain_img_size: Size of the images in pixels for which absolute positions are learnt,
            one number or (height, width).
        in_channels: Channels of the image.
        embed_dims: Channels of the first stage's tokens; each further one has twice as much.
        patch_size: Side of a patch in pixels.
        window_size: Side of a window in tokens.
        mlp_ratio: How many times wider the feed-forward networks are within.
        depths: Blocks of every stage.
        num_heads: Heads of every stage.
        strides: Step of every stage in pixels of its input; the first is ``patch_size``.
        out_indices: Stages whose features are returned.
        qkv_bias: Whether queries, keys and values have a bias.
        qk_scale: Factor of their products; by default the root of a head's channels.
        patch_norm: Whether patches are normalised.
        drop_rate: Rate of values that training drops.
        attn_drop_rate: Rate of attention weights that training drops.
        drop_path_rate: Rate of images for which training skips the last block's branches; earlier
            blocks have less.
        use_abs_pos_embed: Whether patches have absolute positions too; they are interpolated to
            an image of another size.
        act_cfg: Config of the activations.
        norm_cfg: Config of the normalisations.
        with_cp: Whether blocks are recomputed in the backward pass, to save memory.
        pretrained: Where the weights come from; see :class:`TransformerBackbone`.
        frozen_stages: The patches (0) and the stages up to this one are not trained; -1 trains
            all.
        init_cfg: Initialisation config.

    Raises:
        InputError: Settings that do not have one value a stage, patches with gaps between, or
            heads that do not divide the channels.
    """

    conv_fan = None

    def __init__(self,
                 pretrain_img_size: int | Size = 224,
                 in_channels: int = 3,
                 embed_dims: int = 96,
                 patch_size: int = 4,
                 window_size: int = 7,
                 mlp_ratio: int = 4,
                 depths: Sequence[int] = (2, 2, 6, 2),
                 num_heads: Sequence[int] = (3, 6, 12, 24),
                 strides: Sequence[int] = (4, 2, 2, 2),
                 out_indices: Sequence[int] = (0, 1, 2, 3),
                 qkv_bias: bool = True,
                 qk_scale: float | None = None,
                 patch_norm: bool = True,
                 drop_rate: float = 0.,
                 attn_drop_rate: float = 0.,
                 drop_path_rate: float = 0.1,
                 use_abs_pos_embed: bool = False,
                 act_cfg: dict = dict(type='GELU'),
                 norm_cfg: dict = dict(type='LN'),
                 with_cp: bool = False,
                 pretrained: str | None = None,
                 frozen_stages: int = -1,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(pretrained, init_cfg)
        count = len(depths)
        self._check_lengths(count, num_heads=num_heads, strides=strides)
        if strides[0] != patch_size:
            raise InputError(f"the backbone's patch_size={patch_size} differs from its first "
                             f'strides[0]={strides[0]}; patches must lie side by side')
        self.out_indices = self._layer_indices(out_indices, count)
        self._check_indices('frozen_stages', [frozen_stages], -1, count)
        self.frozen_stages, self.use_abs_pos_embed = frozen_stages, use_abs_pos_embed
        between = norm_cfg if patch_norm else None
        self.patch_embed = PatchEmbed(in_channels, embed_dims, kernel_size=patch_size,
                                      stride=strides[0], norm_cfg=between)
        sides = self._image_size('pretrain_img_size', pretrain_img_size)
        self.grid = (sides[0] // patch_size, sides[1] // patch_size)
        if use_abs_pos_embed:
            self.absolute_pos_embed = nn.Parameter(
                torch.zeros(1, self.grid[0] * self.grid[1], embed_dims))
        self.drop_after_pos = nn.Dropout(drop_rate)
        self.num_features = [embed_dims * 2**i for i in range(count)]
        self.stages = nn.ModuleList(self._stages(
            depths, num_heads, strides, drop_path_rate, window_size, between, mlp_ratio,
            drop_rate=drop_rate, act_cfg=act_cfg, norm_cfg=norm_cfg, with_cp=with_cp,
            qkv_bias=qkv_bias, qk_scale=qk_scale, attn_drop_rate=attn_drop_rate))
        for i in self.out_indices:
            self.add_module(f'norm{i}', build_norm_layer(norm_cfg, self.num_features[i])[1])
        self._freeze()

    def _stages(self, depths: Sequence[int], num_heads: Sequence[int], strides: Sequence[int],
                drop_path_rate: float, window_size: int, merge_norm: dict | None, mlp_ratio: int,
                **block: object) -> Iterator[SwinBlockSequence]:
        rates, last = drop_path_rates(drop_path_rate, depths), len(depths) - 1
        for i, channels in enumerate(self.num_features):
            merging = None if i == last else PatchMerging(
                channels, 2 * channels, stride=strides[i + 1], norm_cfg=merge_norm)
            yield SwinBlockSequence(
                channels, rates[i], window_size, merging, num_heads=num_heads[i],
                feedforward_channels=mlp_ratio * channels, **block)

    def _frozen_modules(self) -> Iterable[nn.Module]:
        if self.frozen_stages < 0:
            return
        if self.use_abs_pos_embed:
            self.absolute_pos_embed.requires_grad_(False)
        yield from (self.patch_embed, self.drop_after_pos, *self.stages[:self.frozen_stages])
        yield from (getattr(self, f'norm{i}') for i in self.out_indices if i < self.frozen_stages)

    def _init_anew(self) -> None:
        super()._init_anew()
        for name, parameter in self.named_parameters():
            if name.endswith(('relative_position_bias_table', 'absolute_pos_embed')):
                nn.init.trunc_normal_(parameter, std=.02)

    def _fit_pretrained(self, state: State) -> State:
        for name, own in self.named_parameters():
            stored = state.get(name)
            if stored is None or stored.shape == own.shape:
                continue
            if name == 'absolute_pos_embed' and stored.dim() == 3:
                side = square_side(stored[0], 0, name)
                state[name] = resize_grid(stored, (side, side), self.grid)
            elif name.endswith('relative_position_bias_table'):
                sides = [square_side(table, 0, name) for table in (stored, own)]
                state[name] = resize_grid(stored[None], sides[:1] * 2, sides[1:] * 2)[0]
        return state

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """A normed map ``(N, C, H / s, W / s)`` of each stage in ``out_indices``, s of 4, 8, 16
        and 32 by default."""
        x, hw_shape = self.patch_embed(x)
        if self.use_abs_pos_embed:
            positions: Tensor = self.absolute_pos_embed
            if not fits_grid(self, self.grid, hw_shape):
                positions = resize_grid(positions, self.grid, hw_shape)
            x = x + positions
        x = self.drop_after_pos(x)
        features = []
        for i, stage in enumerate(self.stages):
            here = hw_shape
            x, hw_shape, tokens = stage(x, hw_shape)
            if i in self.out_indices:
                features.append(nlc_to_nchw(getattr(self, f'norm{i}')(tokens), here))
        return tuple(features)
