"""BEiT (Bao et al., ICLR 2022): a Vision Transformer with relative positions."""
from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn.bricks import DropPath
from torch import Tensor, nn

from ...utils.errors import InputError
from ..builder import BACKBONES
from ..utils import (
    FFN,
    PatchEmbed,
    add_norm,
    check_heads,
    drop_path_rates,
    join_heads,
    nlc_to_nchw,
    split_heads,
)
from ..utils.positions import fits_grid, resize_distances, resize_grid, square_side
from .transformer_backbone import State, TransformerBackbone

Size = tuple[int, int]
# Rows of the table after those of distances: class token to patch, patch to it, it to itself.
CLASS_ROWS = 3


def _distances(grid: Sequence[int]) -> Size:
    """Distances, down and across, between the patches of a ``grid`` (H, W)."""
    return 2 * grid[0] - 1, 2 * grid[1] - 1


def relative_index(height: int, width: int, device: torch.device | None = None) -> Tensor:
    """For each pair of tokens its row in the table, ``(1 + H * W, 1 + H * W)``.

    Args:
        height, width: Patches (down, across); the class token comes before them.
        device: Of the index.
    """
    rows, columns = (torch.arange(size, device=device) for size in (height, width))
    down = rows[:, None] - rows[None, :] + height - 1
    right = columns[:, None] - columns[None, :] + width - 1
    index = down[:, None, :, None] * (2 * width - 1) + right[None, :, None, :]  # (y, x, y', x')
    index = index.reshape(height * width, height * width)
    last = (2 * height - 1) * (2 * width - 1)
    from_class = torch.zeros_like(index[:1]) + last
    to_class = torch.zeros_like(index[:, :1]) + (last + 1)
    corner = torch.zeros_like(index[:1, :1]) + (last + 2)
    return torch.cat([torch.cat([corner, from_class], 1), torch.cat([to_class, index], 1)])


class BEiTAttention(nn.Module):
    """Attention with a learnt bias for every distance between patches (section 2.1).

    Args:
        embed_dims: Channels of a token.
        num_heads: Number of heads.
        window_size: Patches (down, across) whose distances have a bias.
        bias: Which of queries, keys and values have a bias: ``'qv_bias'`` the first and the last,
            True all, False none.
        attn_drop_rate: Rate of attention weights that training drops.
        proj_drop_rate: Rate of results that training drops.

    Raises:
        InputError: The number of heads does not divide the channels.
    """

    def __init__(self, embed_dims: int, num_heads: int, window_size: Size,
                 bias: bool | str = 'qv_bias', attn_drop_rate: float = 0.,
                 proj_drop_rate: float = 0.) -> None:
        super().__init__()
        check_heads(embed_dims, num_heads)
        self.num_heads, self.window_size = num_heads, window_size
        self.attn_drop_rate = attn_drop_rate
        self.q_bias = self.v_bias = None
        if bias == 'qv_bias':
            self.q_bias = nn.Parameter(torch.zeros(embed_dims))
            self.v_bias = nn.Parameter(torch.zeros(embed_dims))
        down, across = _distances(window_size)
        self.relative_position_bias_table = nn.Parameter(
            torch.zeros(down * across + CLASS_ROWS, num_heads))
        self.register_buffer('relative_position_index', relative_index(*window_size))
        self.qkv = nn.Linear(embed_dims, 3 * embed_dims, bias=bias is True)
        self.proj = nn.Linear(embed_dims, embed_dims)
        self.proj_drop = nn.Dropout(proj_drop_rate)

    def _position_bias(self, grid: Size | None, index: Tensor | None) -> Tensor:
        """What to add to the attention, ``(1, heads, L, L)``, on the patches of ``grid``."""
        table: Tensor = self.relative_position_bias_table
        if grid is None or index is None:
            index = self.relative_position_index
        else:
            patches = resize_grid(table[None, :-CLASS_ROWS], _distances(self.window_size),
                                  _distances(grid))[0]
            table = torch.cat([patches, table[-CLASS_ROWS:]])
        return table[index].permute(2, 0, 1)[None]

    def forward(self, x: Tensor, grid: Size | None = None, index: Tensor | None = None) -> Tensor:
        """Tokens ``(N, L, C)`` after attention to each other.

        Args:
            x: Tokens, the class token first.
            grid: Patches (down, across) where they are others than ``window_size``.
            index: Then what :func:`relative_index` gives for them.
        """
        bias: Tensor | None = self.qkv.bias
        if self.q_bias is not None and self.v_bias is not None:
            bias = torch.cat([self.q_bias, torch.zeros_like(self.v_bias), self.v_bias])
        query, key, value = (split_heads(part, self.num_heads)
                             for part in F.linear(x, self.qkv.weight, bias).chunk(3, dim=-1))
        # Kernels that never store the attention want rows of the bias in one piece.
        position_bias = self._position_bias(grid, index).to(query.dtype).contiguous()
        rate = self.attn_drop_rate if self.training else 0.
        x = F.scaled_dot_product_attention(query, key, value, position_bias, rate)
        return self.proj_drop(self.proj(join_heads(x)))


class BEiTTransformerEncoderLayer(nn.Module):
    """Tokens after attention and a feed-forward network, each weighed by channel and added.

    Args:
        embed_dims: Channels of a token.
        num_heads: Heads of the attention.
        feedforward_channels: Width within the feed-forward network.
        attn_drop_rate: Rate of attention weights that training drops.
        drop_path_rate: Rate of images for which training skips a branch.
        num_fcs: Layers of the feed-forward network.
        bias: As in :class:`BEiTAttention`.
        act_cfg: Config of the activation.
        norm_cfg: Config of the normalisations.
        window_size: Patches (down, across) whose distances have a bias.
        init_values: Weight of every channel of both branches at the start.

    Raises:
        InputError: ``window_size`` or ``init_values`` is not given.
    """

    def __init__(self, embed_dims: int, num_heads: int, feedforward_channels: int,
                 attn_drop_rate: float = 0., drop_path_rate: float = 0., num_fcs: int = 2,
                 bias: bool | str = 'qv_bias', act_cfg: dict = dict(type='GELU'),
                 norm_cfg: dict = dict(type='LN'), window_size: Size | None = None,
                 init_values: float | None = None) -> None:
        super().__init__()
        if window_size is None or init_values is None:
            raise InputError('a layer of BEiT needs window_size=(down, across) in patches, and '
                             'init_values, the weight of its branches at the start')
        self.gamma_1 = nn.Parameter(torch.full((embed_dims, ), float(init_values)))
        self.gamma_2 = nn.Parameter(torch.full((embed_dims, ), float(init_values)))
        self.norm1_name = add_norm(self, norm_cfg, embed_dims, 1)
        self.attn = BEiTAttention(embed_dims, num_heads, window_size, bias, attn_drop_rate)
        self.norm2_name = add_norm(self, norm_cfg, embed_dims, 2)
        self.ffn = FFN(embed_dims, feedforward_channels, num_fcs, act_cfg=act_cfg)
        self.drop_path = DropPath(drop_path_rate)

    def forward(self, x: Tensor, grid: Size | None = None, index: Tensor | None = None) -> Tensor:
        """``x (N, L, C)``, its branches added; ``grid`` and ``index`` as for the attention."""
        branch = self.attn(getattr(self, self.norm1_name)(x), grid, index)
        x = x + self.drop_path(self.gamma_1 * branch)
        branch = self.ffn(getattr(self, self.norm2_name)(x))
        return x + self.drop_path(self.gamma_2 * branch)


@BACKBONES.register_module()
class BEiT(TransformerBackbone):
    """Feature maps of a stride of ``patch_size``, one of each layer in ``out_indices``.

    Bao et al., "BEiT: BERT Pre-Training of Image Transformers", ICLR 2022.  Images of another size
    than ``img_size`` are taken too: the biases of distances are then interpolated.

    Args:
        img_size: Size of the images in pixels for whose distances biases are learnt, one number
            or (height, width).
        patch_size: Side of a patch in pixels.
        in_channels: Channels of the image.
        embed_dims: Channels of a token.
        num_layers: Number of layers.
        num_heads: Heads of each attention.
        mlp_ratio: How many times wider the feed-forward networks are within.
        out_indices: Layers whose features are returned; -1 is the last.
        qv_bias: Whether queries and values have a bias.
        attn_drop_rate: Rate of attention weights that training drops.
        drop_path_rate: Rate of images for which training skips the last layer's branches; earlier
            layers have less.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        patch_norm: Whether patches are normalised.
        final_norm: Whether the last layer's tokens are normalised.
        num_fcs: Layers of each feed-forward network.
        norm_eval: Whether batch norms keep their running statistics while training.
        pretrained: Where the weights come from; see :class:`TransformerBackbone`.
        init_values: Weight of every branch at the start.
        init_cfg: Initialisation config.

    Raises:
        InputError: A layer beyond the last, or heads that do not divide the channels.
    """

    conv_fan = 'in'
    ffn_bias_std = 1e-6

    def __init__(self,
                 img_size: int | Size = 224,
                 patch_size: int = 16,
                 in_channels: int = 3,
                 embed_dims: int = 768,
                 num_layers: int = 12,
                 num_heads: int = 12,
                 mlp_ratio: int = 4,
                 out_indices: int | Sequence[int] = -1,
                 qv_bias: bool = True,
                 attn_drop_rate: float = 0.,
                 drop_path_rate: float = 0.,
                 norm_cfg: dict = dict(type='LN'),
                 act_cfg: dict = dict(type='GELU'),
                 patch_norm: bool = False,
                 final_norm: bool = False,
                 num_fcs: int = 2,
                 norm_eval: bool = False,
                 pretrained: str | None = None,
                 init_values: float = 0.1,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(pretrained, init_cfg, norm_eval)
        self.out_indices = self._layer_indices(out_indices, num_layers)
        self.patch_embed = PatchEmbed(in_channels, embed_dims, kernel_size=patch_size,
                                      norm_cfg=norm_cfg if patch_norm else None)
        height, width = self._image_size('img_size', img_size)
        self.patch_shape = (height // patch_size, width // patch_size)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, embed_dims))
        self.layers = nn.ModuleList(
            BEiTTransformerEncoderLayer(embed_dims, num_heads, mlp_ratio * embed_dims,
                                        attn_drop_rate, rate, num_fcs, self._qkv_bias(qv_bias),
                                        act_cfg, norm_cfg, self.patch_shape, init_values)
            for rate in drop_path_rates(drop_path_rate, [num_layers])[0])
        self.final_norm = final_norm
        if final_norm:
            self.norm1_name = add_norm(self, norm_cfg, embed_dims, 1)

    def _qkv_bias(self, qv_bias: bool) -> bool | str:
        return 'qv_bias' if qv_bias else False

    def _init_anew(self) -> None:
        super()._init_anew()
        nn.init.trunc_normal_(self.cls_token, std=.02)

    def _fit_pretrained(self, state: State) -> State:
        for name, table in state.items():
            if name.endswith('relative_position_bias_table'):
                side = square_side(table, CLASS_ROWS, name)
                patches = resize_distances(table[:-CLASS_ROWS], side, _distances(self.patch_shape))
                state[name] = torch.cat([patches, table[-CLASS_ROWS:]])
        return state

    def _add_positions(self, x: Tensor, grid: Size | None) -> Tensor:
        """Tokens ``x`` with what they know of their places; ``grid`` where it is another."""
        return x

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """A map ``(N, embed_dims, H / patch_size, W / patch_size)`` of each chosen layer."""
        x, hw_shape = self.patch_embed(x)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], dim=1)
        grid, index = None, None
        if not fits_grid(self, self.patch_shape, hw_shape):
            grid, index = hw_shape, relative_index(hw_shape[0], hw_shape[1], x.device)
        x = self._add_positions(x, grid)
        features = []
        for i, layer in enumerate(self.layers):
            x = layer(x, grid, index)
            if self.final_norm and i == len(self.layers) - 1:
                x = getattr(self, self.norm1_name)(x)
            if i in self.out_indices:
                features.append(nlc_to_nchw(x[:, 1:], hw_shape))
        return tuple(features)
