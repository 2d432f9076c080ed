"""ConvNeXt (Liu et al., "A ConvNet for the 2020s", CVPR 2022)."""
from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import build_activation_layer, build_norm_layer
from mmcv.cnn.bricks import DropPath
from mmcv.runner import BaseModule, ModuleList, Sequential
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...utils.errors import InputError, nearest
from ..builder import BACKBONES
from ..utils.mmcls_scope import known_in_mmcls, norm_of_mmcls
from .base_backbone import BaseBackbone


class LayerNorm2d(nn.LayerNorm):
    """Layer norm over the channels of ``(N, C, H, W)``, at each position; in configs ``LN2d``."""

    def __init__(self, num_channels: int, **kwargs: Any) -> None:
        super().__init__(num_channels, **kwargs)
        self.num_channels = num_channels

    def forward(self, x: Tensor) -> Tensor:
        """Normed map of the shape of the input, ``(N, C, H, W)``."""
        channels_last = x.permute(0, 2, 3, 1)
        return super().forward(channels_last).permute(0, 3, 1, 2)


norm_of_mmcls('LN2d', LayerNorm2d)


def _make_norm(norm_cfg: dict, channels: int) -> nn.Module:
    """The norm of a config; ``LN2d`` is the one above, even if another has the name."""
    if norm_cfg.get('type') != 'LN2d':
        return build_norm_layer(norm_cfg, channels)[1]
    settings = {k: v for k, v in norm_cfg.items() if k not in ('type', 'requires_grad')}
    norm = LayerNorm2d(channels, **settings)
    return norm.requires_grad_(norm_cfg.get('requires_grad', True))


class ConvNeXtBlock(BaseModule):
    """Wide depthwise convolution, then each position through two layers, and a shortcut
    (section 2.6, figure 4).

    Args:
        in_channels: Channels of input and output.
        norm_cfg: Config of the normalisation.
        act_cfg: Config of the activation.
        mlp_ratio: How many times as wide the middle is.
        linear_pw_conv: Whether linear layers are used instead of 1x1 convolutions.
        drop_path_rate: Chance that the branch is left out while training.
        layer_scale_init_value: Where the factors of the branch's channels start; 0 has none.
        with_cp: Whether to recompute the block in the backward pass, to save memory.
    """

    def __init__(self, in_channels: int, norm_cfg: dict, act_cfg: dict, mlp_ratio: float = 4.,
                 linear_pw_conv: bool = True, drop_path_rate: float = 0.,
                 layer_scale_init_value: float = 1e-6, with_cp: bool = False) -> None:
        super().__init__()
        self.with_cp, self.linear_pw_conv = with_cp, linear_pw_conv
        self.depthwise_conv = nn.Conv2d(in_channels, in_channels, 7, padding=3,
                                        groups=in_channels)
        self.norm = _make_norm(norm_cfg, in_channels)
        pointwise = nn.Linear if linear_pw_conv else partial(nn.Conv2d, kernel_size=1)
        middle = int(mlp_ratio * in_channels)
        self.pointwise_conv1 = pointwise(in_channels, middle)
        self.act = build_activation_layer(act_cfg)
        self.pointwise_conv2 = pointwise(middle, in_channels)
        self.gamma = None
        if layer_scale_init_value > 0:
            self.gamma = nn.Parameter(torch.full((in_channels, ), float(layer_scale_init_value)))
        self.drop_path = DropPath(drop_path_rate) if drop_path_rate > 0 else nn.Identity()

    def _sum(self, x: Tensor) -> Tensor:
        branch = self.norm(self.depthwise_conv(x))
        if self.linear_pw_conv:
            branch = branch.permute(0, 2, 3, 1)
        branch = self.pointwise_conv2(self.act(self.pointwise_conv1(branch)))
        if self.linear_pw_conv:
            branch = branch.permute(0, 3, 1, 2)
        if self.gamma is not None:
            branch = branch * self.gamma[:, None, None]
        return x + self.drop_path(branch)

    def forward(self, x: Tensor) -> Tensor:
        """Map of the shape of the input, ``(N, in_channels, h, w)``."""
        if self.with_cp and x.requires_grad:
            return checkpoint(self._sum, x, use_reentrant=False)
        return self._sum(x)


@known_in_mmcls
@BACKBONES.register_module()
class ConvNeXt(BaseBackbone):
    """Normed maps of the stages in ``out_indices``, of strides 4, 8, 16 and 32.

    Args:
        arch: ``'tiny'``, ``'small'``, ``'base'``, ``'large'``, ``'xlarge'``, or
            ``dict(depths=[...], channels=[...])`` with a number for each stage.
        in_channels: Channels of the image.
        stem_patch_size: Size and stride of the first convolution in pixels.
        norm_cfg: Config of the normalisations; those before each halving of the size are layer
            norms.
        act_cfg: Config of the activations.
        linear_pw_conv: See :class:`ConvNeXtBlock`.
        drop_path_rate: Chance that the last block is left out while training; it grows to that
            from 0 at the first.
        layer_scale_init_value: See :class:`ConvNeXtBlock`.
        out_indices: Stages whose features are returned, one number or several; negative ones
            count from the last.
        frozen_stages: How many stages, with the downsampling before, are not trained.
        gap_before_final_norm: Whether each map is averaged to ``(N, C)``, as a classifier wants
            it; heads that label pixels need False.
        with_cp: Whether blocks are recomputed in the backward pass, to save memory.
        init_cfg: Initialisation config; by default the paper's (appendix A.1).

    Raises:
        InputError: An unknown ``arch``, or ``out_indices`` beyond its stages.
    """

    arch_settings: dict = {
        'tiny': dict(depths=(3, 3, 9, 3), channels=(96, 192, 384, 768)),
        'small': dict(depths=(3, 3, 27, 3), channels=(96, 192, 384, 768)),
        'base': dict(depths=(3, 3, 27, 3), channels=(128, 256, 512, 1024)),
        'large': dict(depths=(3, 3, 27, 3), channels=(192, 384, 768, 1536)),
        'xlarge': dict(depths=(3, 3, 27, 3), channels=(256, 512, 1024, 2048)),
    }

    def __init__(self,
                 arch: str | dict = 'tiny',
                 in_channels: int = 3,
                 stem_patch_size: int = 4,
                 norm_cfg: dict = dict(type='LN2d', eps=1e-6),
                 act_cfg: dict = dict(type='GELU'),
                 linear_pw_conv: bool = True,
                 drop_path_rate: float = 0.,
                 layer_scale_init_value: float = 1e-6,
                 out_indices: int | Sequence[int] = -1,
                 frozen_stages: int = 0,
                 gap_before_final_norm: bool = True,
                 with_cp: bool = False,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg=init_cfg, default_init=[
            dict(type='TruncNormal', layer=['Conv2d', 'Linear'], std=0.02, bias=0.)])
        self.depths, self.channels = self._sizes(arch)
        self.num_stages = len(self.depths)
        self.out_indices = self._stages(out_indices)
        self.frozen_stages, self.gap_before_final_norm = frozen_stages, gap_before_final_norm
        self.feat_dim = self.channels[-1]
        self.downsample_layers, self.stages = ModuleList(), ModuleList()
        rates = torch.linspace(0, drop_path_rate, sum(self.depths), device='cpu')
        stage_rates = rates.split(list(self.depths))
        for index, channels in enumerate(self.channels):
            if index == 0:
                reduce = [nn.Conv2d(in_channels, channels, stem_patch_size, stem_patch_size),
                          _make_norm(norm_cfg, channels)]
            else:
                before = self.channels[index - 1]
                # Existing models have torch's own eps here, whatever norm_cfg says.
                reduce = [LayerNorm2d(before), nn.Conv2d(before, channels, 2, stride=2)]
            self.downsample_layers.append(nn.Sequential(*reduce))
            self.stages.append(Sequential(*(
                ConvNeXtBlock(channels, norm_cfg, act_cfg, linear_pw_conv=linear_pw_conv,
                              drop_path_rate=rate, with_cp=with_cp,
                              layer_scale_init_value=layer_scale_init_value)
                for rate in stage_rates[index].tolist())))
            if index in self.out_indices:
                self.add_module(f'norm{index}', _make_norm(norm_cfg, channels))
        self._freeze()

    def _sizes(self, arch: str | dict) -> tuple[Sequence[int], Sequence[int]]:
        """Number of blocks and channels of every stage."""
        if isinstance(arch, str):
            if arch not in self.arch_settings:
                raise InputError(f'ConvNeXt has no arch={arch!r}'
                                 f'{nearest(arch, self.arch_settings)}; expected one of '
                                 f'{list(self.arch_settings)}, or depths and channels')
            sizes = self.arch_settings[arch]
            return sizes['depths'], sizes['channels']
        if not {'depths', 'channels'} <= set(arch) or \
                len(arch['depths']) != len(arch['channels']):
            raise InputError(f'arch of ConvNeXt is {arch}; expected depths and channels, a number '
                             'for each stage')
        return arch['depths'], arch['channels']

    def _stages(self, out_indices: int | Sequence[int]) -> list[int]:
        """The stages to return, counted from 0."""
        chosen = [out_indices] if isinstance(out_indices, int) else list(out_indices)
        if not all(-self.num_stages <= index < self.num_stages for index in chosen):
            raise InputError(f'out_indices={out_indices} of ConvNeXt go beyond its '
                             f'{self.num_stages} stages, which count from 0')
        return [index % self.num_stages for index in chosen]

    def _frozen_modules(self) -> list[nn.Module]:
        return [*self.downsample_layers[:self.frozen_stages], *self.stages[:self.frozen_stages]]

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """A map ``(N, C, H / s, W / s)`` of each chosen stage; with ``gap_before_final_norm`` its
        mean, ``(N, C)``."""
        features = []
        for index, (reduce, stage) in enumerate(zip(self.downsample_layers, self.stages,
                                                    strict=True)):
            x = stage(reduce(x))
            if index not in self.out_indices:
                continue
            norm = getattr(self, f'norm{index}')
            if self.gap_before_final_norm:
                features.append(norm(F.adaptive_avg_pool2d(x, 1)).flatten(1))
            else:
                # Convolutions run faster on contiguous maps.
                features.append(norm(x).contiguous())
        return tuple(features)
