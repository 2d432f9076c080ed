"""PoolFormer (Yu et al., "MetaFormer Is Actually What You Need for Vision", CVPR 2022)."""
from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn import build_activation_layer, build_norm_layer
from mmcv.cnn.bricks import DropPath
from torch import Tensor, nn

from ...utils.errors import InputError, nearest
from ..builder import BACKBONES
from ..utils import drop_path_rates
from ..utils.mmcls_scope import known_in_mmcls
from .transformer_backbone import TransformerBackbone

SMALL, MEDIUM = (64, 128, 320, 512), (96, 192, 384, 768)


class _Patches(nn.Module):
    """Fewer and wider positions through a strided convolution."""

    def __init__(self, in_channels: int, channels: int, size: int, stride: int,
                 padding: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(in_channels, channels, size, stride, padding)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(x)


class _MLP(nn.Module):
    """Each position through two layers of its own."""

    def __init__(self, channels: int, hidden: int, act_cfg: dict, drop_rate: float) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(channels, hidden, 1), nn.Conv2d(hidden, channels, 1)
        self.act, self.drop = build_activation_layer(act_cfg), nn.Dropout(drop_rate)

    def forward(self, x: Tensor) -> Tensor:
        return self.drop(self.fc2(self.drop(self.act(self.fc1(x)))))


class PoolFormerBlock(nn.Module):
    """A map after a mean over neighbours in the place of attention, and a feed-forward network;
    each is weighed by channel and added (section 3, figure 3).

    Args:
        channels: Channels of the map.
        pool_size: Side of the neighbourhood in positions.
        mlp_ratio: How many times wider the feed-forward network is within.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activation.
        drop_rate: Rate of values that training drops.
        drop_path_rate: Rate of images for which training skips a branch.
        layer_scale: Weight of every channel of both branches at the start.
    """

    def __init__(self, channels: int, pool_size: int, mlp_ratio: float, norm_cfg: dict,
                 act_cfg: dict, drop_rate: float, drop_path_rate: float,
                 layer_scale: float) -> None:
        super().__init__()
        self.pool_size = pool_size
        self.norm1 = build_norm_layer(norm_cfg, channels)[1]
        self.norm2 = build_norm_layer(norm_cfg, channels)[1]
        self.mlp = _MLP(channels, int(channels * mlp_ratio), act_cfg, drop_rate)
        self.drop_path = DropPath(drop_path_rate)
        self.layer_scale_1 = nn.Parameter(torch.full((channels, ), float(layer_scale)))
        self.layer_scale_2 = nn.Parameter(torch.full((channels, ), float(layer_scale)))

    def forward(self, x: Tensor) -> Tensor:
        """Map of the shape of the input, ``(N, channels, h, w)``."""
        normed = self.norm1(x)
        # The mean leaves the position itself out, which comes back with the sum.
        branch = F.avg_pool2d(normed, self.pool_size, 1, self.pool_size // 2,
                              count_include_pad=False) - normed
        x = x + self.drop_path(self.layer_scale_1[:, None, None] * branch)
        branch = self.mlp(self.norm2(x))
        return x + self.drop_path(self.layer_scale_2[:, None, None] * branch)


@known_in_mmcls
@BACKBONES.register_module()
class PoolFormer(TransformerBackbone):
    """Feature maps of strides 4 to 32, one of each place in ``out_indices``.

    Args:
        arch: ``'s12'``, ``'s24'``, ``'s36'``, ``'m36'``, ``'m48'``, or a dict of ``layers`` and
            ``embed_dims`` of every stage, and maybe ``mlp_ratios`` and ``layer_scale_init_value``.
        pool_size: Side in positions of what the blocks average.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        in_patch_size: Side of a patch of the image in pixels.
        in_stride: Step from patch to patch.
        in_pad: Zeros around the image.
        down_patch_size: Side of the patches between stages in positions.
        down_stride: Step from patch to patch.
        down_pad: Zeros around the map.
        drop_rate: Rate of values that training drops.
        drop_path_rate: Rate of images for which training skips the last block's branches; earlier
            blocks have less.
        out_indices: Places whose features are returned: 0, 2, 4 and 6 are the stages, 1, 3 and 5
            the steps between; negative ones count from the end.
        frozen_stages: The patches (0) and as many of those places are not trained; -1 trains all.
        init_cfg: Initialisation config.
        pretrained: Where the weights come from; see :class:`TransformerBackbone`.

    Raises:
        InputError: An unknown ``arch``, or a place beyond the last.
    """

    conv_fan = None
    # Blocks and channels of every stage, and the weight of the branches at the start.
    arch_settings: dict[str, tuple[Sequence[int], Sequence[int], float]] = {
        's12': ((2, 2, 6, 2), SMALL, 1e-5),
        's24': ((4, 4, 12, 4), SMALL, 1e-5),
        's36': ((6, 6, 18, 6), SMALL, 1e-6),
        'm36': ((6, 6, 18, 6), MEDIUM, 1e-6),
        'm48': ((8, 8, 24, 8), MEDIUM, 1e-6),
    }

    def __init__(self,
                 arch: str | dict = 's12',
                 pool_size: int = 3,
                 norm_cfg: dict = dict(type='GN', num_groups=1),
                 act_cfg: dict = dict(type='GELU'),
                 in_patch_size: int = 7,
                 in_stride: int = 4,
                 in_pad: int = 2,
                 down_patch_size: int = 3,
                 down_stride: int = 2,
                 down_pad: int = 1,
                 drop_rate: float = 0.,
                 drop_path_rate: float = 0.,
                 out_indices: int | Sequence[int] = -1,
                 frozen_stages: int = 0,
                 init_cfg: dict | list | None = None,
                 pretrained: str | None = None) -> None:
        super().__init__(pretrained, init_cfg)
        depths, channels, ratios, layer_scale = self._settings(arch)
        self.patch_embed = _Patches(3, channels[0], in_patch_size, in_stride, in_pad)
        self.network = nn.ModuleList()
        for i, rates in enumerate(drop_path_rates(drop_path_rate, depths)):
            # Stages with the same channels follow each other without a step between.
            if i > 0 and channels[i] != channels[i - 1]:
                self.network.append(_Patches(channels[i - 1], channels[i], down_patch_size,
                                             down_stride, down_pad))
            self.network.append(nn.Sequential(*(
                PoolFormerBlock(channels[i], pool_size, ratios[i], norm_cfg, act_cfg, drop_rate,
                                rate, layer_scale)
                for rate in rates)))
        places = len(self.network)
        indices = (out_indices, ) if isinstance(out_indices, int) else tuple(out_indices)
        self._check_indices('out_indices', indices, -places, places - 1)
        self._check_indices('frozen_stages', [frozen_stages], -1, places)
        self.out_indices = tuple(index % places for index in indices)
        self.frozen_stages = frozen_stages
        for index in self.out_indices:
            self.add_module(f'norm{index}',
                            build_norm_layer(norm_cfg, channels[(index + 1) // 2])[1])
        self._freeze()

    def _settings(self, arch: str | dict) -> tuple[Sequence, Sequence, Sequence, float]:
        """Blocks, channels and ratios of every stage, and the weight of the branches."""
        if isinstance(arch, str):
            if arch not in self.arch_settings:
                raise InputError(f'PoolFormer has no arch={arch!r}'
                                 f'{nearest(arch, self.arch_settings)}; expected one of '
                                 f'{list(self.arch_settings)} or a dict')
            depths, channels, layer_scale = self.arch_settings[arch]
            return depths, channels, (4, ) * len(depths), layer_scale
        missing = {'layers', 'embed_dims'} - arch.keys()
        if missing:
            raise InputError(f'arch of PoolFormer needs {sorted(missing)}, got {sorted(arch)}')
        depths, channels = arch['layers'], arch['embed_dims']
        ratios = arch.get('mlp_ratios', (4, ) * len(depths))
        self._check_lengths(len(depths), embed_dims=channels, mlp_ratios=ratios)
        return depths, channels, ratios, arch.get('layer_scale_init_value', 1e-5)

    def _frozen_modules(self) -> Iterable[nn.Module]:
        if self.frozen_stages < 0:
            return
        yield from (self.patch_embed, *self.network[:self.frozen_stages])
        yield from (getattr(self, f'norm{i}') for i in self.out_indices if i < self.frozen_stages)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """A normed map ``(N, C, H / s, W / s)`` for each of ``out_indices``, s of 4, 8, 16, 32."""
        x = self.patch_embed(x)
        features = []
        for i, part in enumerate(self.network):
            x = part(x)
            if i in self.out_indices:
                features.append(getattr(self, f'norm{i}')(x))
        return tuple(features)
