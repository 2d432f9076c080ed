"""MPViT (Lee et al., CVPR 2022): several paths of patches of several sizes in each stage."""
from __future__ import annotations

from collections.abc import Sequence

import torch
from mmcv.cnn import build_norm_layer
from mmcv.cnn.bricks import DropPath
from torch import Tensor, nn

from ...utils.errors import InputError
from ..builder import BACKBONES
from ..utils import check_heads, drop_path_rates, nlc2nchw2nlc, nlc_to_nchw
from .transformer_backbone import TransformerBackbone

Size = tuple[int, int]
# Side of a neighbourhood in tokens, and how many heads look at it.
WINDOWS = {3: 2, 5: 3, 7: 3}


class Conv2d_BN(nn.Sequential):
    """Convolution without bias, normalisation, and Hardswish where ``activate``."""

    def __init__(self, in_channels: int, channels: int, norm_cfg: dict, kernel_size: int = 1,
                 stride: int = 1, activate: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, channels, kernel_size, stride, kernel_size // 2,
                              bias=False)
        self.bn = build_norm_layer(norm_cfg, channels)[1]
        if activate:
            self.act_layer = nn.Hardswish()


class DWConv2d_BN(nn.Sequential):
    """Depthwise 3x3 and pointwise convolution, normalisation and Hardswish."""

    def __init__(self, channels: int, norm_cfg: dict, stride: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False)
        self.pwconv = nn.Conv2d(channels, channels, 1, bias=False)
        self.bn = build_norm_layer(norm_cfg, channels)[1]
        self.act = nn.Hardswish()


class DWCPatchEmbed(nn.Module):
    """Overlapping patches through a separable convolution; its weights are in ``patch_conv``."""

    def __init__(self, channels: int, norm_cfg: dict, stride: int) -> None:
        super().__init__()
        self.patch_conv = DWConv2d_BN(channels, norm_cfg, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, C, h / stride, w / stride)`` of a map ``(N, C, h, w)``."""
        return self.patch_conv(x)


class PatchEmbedStage(nn.Module):
    """One map for each path, each from the one before: so patches grow by 2 pixels from path to
    path with nothing but 3x3 convolutions (section 3.2).

    Args:
        channels: Channels of all maps.
        num_path: Number of paths.
        stride: Step of the first convolution.
        norm_cfg: Config of the normalisations.
    """

    def __init__(self, channels: int, num_path: int, stride: int, norm_cfg: dict) -> None:
        super().__init__()
        self.patch_embeds = nn.ModuleList(
            DWCPatchEmbed(channels, norm_cfg, stride if path == 0 else 1)
            for path in range(num_path))

    def forward(self, x: Tensor) -> list[Tensor]:
        """A map ``(N, channels, h / stride, w / stride)`` for each path."""
        maps = []
        for embed in self.patch_embeds:
            x = embed(x)
            maps.append(x)
        return maps


class ConvPosEnc(nn.Module):
    """Tokens plus what a depthwise convolution sees around them."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(dim, dim, 3, padding=1, groups=dim)

    def forward(self, x: Tensor, size: Size) -> Tensor:
        """Tokens of the shape of the input, ``(N, h * w, C)``; ``size`` is (h, w)."""
        return x + nlc2nchw2nlc(self.proj, x, size)


class ConvRelPosEnc(nn.Module):
    """Queries times what depthwise convolutions make of the values around them.

    Xu et al., "Co-Scale Conv-Attentional Image Transformers", ICCV 2021, section 3.2.

    Args:
        channels: Channels of one head.
        windows: For every side of a neighbourhood, the number of heads that look at it.
    """

    def __init__(self, channels: int, windows: dict[int, int]) -> None:
        super().__init__()
        self.conv_list = nn.ModuleList()
        self.channel_splits = [channels * heads for heads in windows.values()]
        for side, part in zip(windows, self.channel_splits):
            self.conv_list.append(nn.Conv2d(part, part, side, padding=side // 2, groups=part))

    def forward(self, query: Tensor, value: Tensor, size: Size) -> Tensor:
        """``(N, heads, H * W, C)`` of ``query`` and ``value`` of that shape."""
        features = value.transpose(2, 3).flatten(1, 2).unflatten(2, size)  # (N, heads * C, H, W)
        parts = zip(self.conv_list, features.split(self.channel_splits, dim=1))
        seen = torch.cat([conv(part) for conv, part in parts], dim=1).flatten(2)
        return query * seen.unflatten(1, (query.shape[1], -1)).transpose(2, 3)


class FactorAttention(nn.Module):
    """Attention through a summary of all values per head, so that no pairs of tokens arise.

    Xu et al., section 3.1: ``query @ (softmax over tokens of key)^T @ value``, plus relative
    positions.

    Args:
        dim: Channels of a token.
        num_heads: Number of heads.
        crpe: Relative positions, one module for all layers of a path.

    Raises:
        InputError: The number of heads does not divide the channels.
    """

    def __init__(self, dim: int, num_heads: int, crpe: ConvRelPosEnc) -> None:
        super().__init__()
        check_heads(dim, num_heads)
        self.num_heads, self.scale = num_heads, (dim // num_heads)**-0.5
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.crpe = crpe

    def forward(self, x: Tensor, size: Size) -> Tensor:
        """Tokens of the shape of the input, ``(N, h * w, dim)``; ``size`` is (h, w)."""
        qkv = self.qkv(x).unflatten(2, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        query, key, value = qkv  # (N, heads, H * W, C / heads)
        summary = key.softmax(dim=2).transpose(2, 3) @ value  # (N, heads, C / heads, C / heads)
        x = self.scale * (query @ summary) + self.crpe(query, value, size)
        return self.proj(x.transpose(1, 2).flatten(2))


class MLP(nn.Module):
    """Each token through two layers of its own."""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.fc1, self.fc2, self.act = nn.Linear(dim, hidden), nn.Linear(hidden, dim), nn.GELU()

    def forward(self, x: Tensor) -> Tensor:
        """Tokens of the shape of the input, ``(N, L, C)``."""
        return self.fc2(self.act(self.fc1(x)))


class MHCABlock(nn.Module):
    """Tokens after positions, attention and a feed-forward network, each added to its input."""

    def __init__(self, dim: int, num_heads: int, mlp_ratio: int, drop_path_rate: float,
                 cpe: ConvPosEnc, crpe: ConvRelPosEnc) -> None:
        super().__init__()
        # Both are shared by a path's layers; checkpoints list them under each name again.
        self.cpe, self.crpe = cpe, crpe
        self.factoratt_crpe = FactorAttention(dim, num_heads, crpe)
        self.mlp = MLP(dim, dim * mlp_ratio)
        self.drop_path = DropPath(drop_path_rate)
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)

    def forward(self, x: Tensor, size: Size) -> Tensor:
        """Tokens of the shape of the input, ``(N, h * w, C)``; ``size`` is (h, w)."""
        x = self.cpe(x, size)
        x = x + self.drop_path(self.factoratt_crpe(self.norm1(x), size))
        return x + self.drop_path(self.mlp(self.norm2(x)))


class MHCAEncoder(nn.Module):
    """One path: the map ``(N, C, H, W)`` after layers of attention, of the same shape."""

    def __init__(self, dim: int, num_heads: int, mlp_ratio: int, rates: Sequence[float]) -> None:
        super().__init__()
        self.cpe = ConvPosEnc(dim)
        self.crpe = ConvRelPosEnc(dim // num_heads, WINDOWS)
        self.MHCA_layers = nn.ModuleList(
            MHCABlock(dim, num_heads, mlp_ratio, rate, self.cpe, self.crpe) for rate in rates)

    def forward(self, x: Tensor) -> Tensor:
        """Map of the shape of the input, ``(N, C, H, W)``."""
        size = (x.shape[2], x.shape[3])
        x = x.flatten(2).transpose(1, 2)
        for layer in self.MHCA_layers:
            x = layer(x, size)
        return nlc_to_nchw(x, size)


class InvertedBlock(nn.Module):
    """The path of convolutions, added to its input: what is near (section 3.3)."""

    def __init__(self, channels: int, norm_cfg: dict) -> None:
        super().__init__()
        self.conv1 = Conv2d_BN(channels, channels, norm_cfg, activate=True)
        self.dwconv = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.norm = build_norm_layer(norm_cfg, channels)[1]
        self.act = nn.Hardswish()
        self.conv2 = Conv2d_BN(channels, channels, norm_cfg)

    def forward(self, x: Tensor) -> Tensor:
        """Map of the shape of the input, ``(N, C, H, W)``."""
        return x + self.conv2(self.act(self.norm(self.dwconv(self.conv1(x)))))


class MHCAStage(nn.Module):
    """All paths of a stage, joined and brought to the next stage's channels (section 3.3).

    Args:
        dim: Channels of the maps.
        out_dim: Channels of the result.
        num_path: Paths with attention, in addition to the convolutional one.
        num_heads: Heads of each attention.
        mlp_ratio: How many times wider the feed-forward networks are within.
        rates: For each layer of a path, how often training skips a branch.
        norm_cfg: Config of the normalisations of convolutions.
    """

    def __init__(self, dim: int, out_dim: int, num_path: int, num_heads: int, mlp_ratio: int,
                 rates: Sequence[float], norm_cfg: dict) -> None:
        super().__init__()
        self.mhca_blks = nn.ModuleList(
            MHCAEncoder(dim, num_heads, mlp_ratio, rates) for _ in range(num_path))
        self.InvRes = InvertedBlock(dim, norm_cfg)
        self.aggregate = Conv2d_BN(dim * (num_path + 1), out_dim, norm_cfg, activate=True)

    def forward(self, maps: list[Tensor]) -> Tensor:
        """Map ``(N, out_dim, h, w)`` of the paths' maps, ``(N, dim, h, w)`` each."""
        paths = [path(x) for path, x in zip(self.mhca_blks, maps)]
        return self.aggregate(torch.cat([self.InvRes(maps[0]), *paths], dim=1))


@BACKBONES.register_module()
class MPViT(TransformerBackbone):
    """Feature maps of strides 4 to 32, one of each stage.

    Lee et al., "MPViT: Multi-Path Vision Transformer for Dense Prediction", CVPR 2022; table 1
    has the settings of its four sizes, which the configs state.  A stage gives the channels of the
    next one's tokens, and the last its own.

    Args:
        num_stages: Number of stages.
        num_path: Paths of every stage.
        num_layers: Layers of every stage's paths.
        embed_dims: Channels of every stage's tokens.
        mlp_ratios: For every stage, how many times wider its feed-forward networks are within.
        num_heads: Heads of every stage, 8: two look at 3x3 tokens, three at 5x5, three at 7x7.
        in_chans: Channels of the image.
        drop_path_rate: Rate of images for which training skips the last layer's branches; earlier
            layers have less.
        norm_cfg: Config of the normalisations of convolutions.
        norm_eval: Whether batch norms keep their running statistics while training.
        pretrained: Where the weights come from; see :class:`TransformerBackbone`.
        init_cfg: Initialisation config.

    Raises:
        InputError: Settings that do not have one value a stage, another number of heads, or heads
            that do not divide the channels.
    """

    def __init__(self,
                 num_stages: int = 4,
                 num_path: Sequence[int] = (4, 4, 4, 4),
                 num_layers: Sequence[int] = (1, 1, 1, 1),
                 embed_dims: Sequence[int] = (64, 128, 256, 512),
                 mlp_ratios: Sequence[int] = (8, 8, 4, 4),
                 num_heads: Sequence[int] = (8, 8, 8, 8),
                 in_chans: int = 3,
                 drop_path_rate: float = 0.,
                 norm_cfg: dict = dict(type='BN'),
                 norm_eval: bool = True,
                 pretrained: str | None = None,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(pretrained, init_cfg, norm_eval)
        self._check_lengths(num_stages, num_path=num_path, num_layers=num_layers,
                            embed_dims=embed_dims, mlp_ratios=mlp_ratios, num_heads=num_heads)
        if set(num_heads) != {sum(WINDOWS.values())}:
            raise InputError(f"the backbone's num_heads={list(num_heads)} must all be "
                             f'{sum(WINDOWS.values())}: its heads look at neighbourhoods of '
                             'different sizes, and that many there are')
        channels = embed_dims[0]
        self.stem = nn.Sequential(
            Conv2d_BN(in_chans, channels // 2, norm_cfg, 3, 2, activate=True),
            Conv2d_BN(channels // 2, channels, norm_cfg, 3, 2, activate=True))
        self.patch_embed_stages, self.mhca_stages = nn.ModuleList(), nn.ModuleList()
        for i, rates in enumerate(drop_path_rates(drop_path_rate, num_layers[:num_stages])):
            channels = embed_dims[i]
            following = embed_dims[min(i + 1, num_stages - 1)]
            self.patch_embed_stages.append(
                PatchEmbedStage(channels, num_path[i], 2 if i else 1, norm_cfg))
            self.mhca_stages.append(MHCAStage(channels, following, num_path[i], num_heads[i],
                                              mlp_ratios[i], rates, norm_cfg))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """A map ``(N, C, H / s, W / s)`` of each stage, s of 4, 8, 16 and 32."""
        x = self.stem(x)
        features = []
        for embed, stage in zip(self.patch_embed_stages, self.mhca_stages):
            x = stage(embed(x))
            features.append(x)
        return tuple(features)
