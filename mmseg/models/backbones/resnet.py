"""Residual networks (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016)."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmcv.cnn import build_conv_layer, build_norm_layer
from mmcv.runner import BaseModule
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ...utils.errors import InputError, UnknownNameError
from ..builder import BACKBONES
from ..utils import BasicBlock, Bottleneck, ResidualBlock, ResLayer
from ..utils.res_block import check_plugin
from ..utils.stem_names import rename_stem
from .base_backbone import check_pretrained

STAGE_BLOCKS = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}


@BACKBONES.register_module()
class ResNet(BaseModule):
    """Feature maps of a residual network, one of each stage in ``out_indices``.

    Args:
        depth: 18, 34, 50, 101 or 152.
        in_channels: Channels of the image.
        stem_channels: Channels of the stem.
        base_channels: Channels of the first stage; each further one has twice as much.
        num_stages: Number of stages, 1 to 4.
        strides: Step of every stage in pixels.
        dilations: Distance of the kernel taps of every stage in pixels.
        out_indices: Stages whose features are returned.
        style: ``'pytorch'`` strides in the 3x3 convolution, ``'caffe'`` in the first 1x1.
        deep_stem: Whether three 3x3 convolutions replace the 7x7 one.
        avg_down: Whether the shortcuts average before they project.
        frozen_stages: The stem (0) and the stages up to this one are not trained; -1 trains all.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        norm_eval: Whether batch norms keep their running statistics while training.
        dcn: Config of deformable convolutions, ``dict(type='DCNv2', deform_groups=1,
            fallback_on_stride=False)``; with ``fallback_on_stride`` the first block of the
            first deformable stage, which has the stride, stays plain.
        stage_with_dcn: For every stage, whether its 3x3 convolutions are deformable.
        plugins: Modules within the blocks: ``dict(cfg=dict(type=...), position='after_conv2',
            stages=(False, True, True, True))``; without ``stages`` in every stage.
        multi_grid: Dilation of every block of the last stage.
        contract_dilation: Whether the first block of a dilated stage has half the dilation.
        with_cp: Whether blocks are recomputed in the backward pass, to save memory.
        zero_init_residual: Whether a block starts as its shortcut only.
        pretrained: Where the weights come from (a path, ``open-mmlab://...`` or
            ``torchvision://...``); short for ``init_cfg=dict(type='Pretrained', ...)``.
        init_cfg: Initialisation config.

    Raises:
        UnknownNameError: An unknown depth.
        InputError: Settings whose lengths are not ``num_stages``, or both
            ``pretrained`` and ``init_cfg``.
    """

    # Whether parameters have the names of classifiers.
    classifier_names = False
    # Kind of block and number of blocks of each stage, by depth.
    arch_settings: dict[int, tuple[type[ResidualBlock], tuple[int, ...]]] = {
        depth: (BasicBlock if depth < 50 else Bottleneck, blocks)
        for depth, blocks in STAGE_BLOCKS.items()
    }

    def __init__(self,
                 depth: int,
                 in_channels: int = 3,
                 stem_channels: int = 64,
                 base_channels: int = 64,
                 num_stages: int = 4,
                 strides: Sequence[int] = (1, 2, 2, 2),
                 dilations: Sequence[int] = (1, 1, 1, 1),
                 out_indices: Sequence[int] = (0, 1, 2, 3),
                 style: str = 'pytorch',
                 deep_stem: bool = False,
                 avg_down: bool = False,
                 frozen_stages: int = -1,
                 conv_cfg: dict | None = None,
                 norm_cfg: dict | None = None,
                 norm_eval: bool = False,
                 dcn: dict | None = None,
                 stage_with_dcn: Sequence[bool] = (False, False, False, False),
                 plugins: Sequence[dict] | None = None,
                 multi_grid: Sequence[int] | None = None,
                 contract_dilation: bool = False,
                 with_cp: bool = False,
                 zero_init_residual: bool = True,
                 pretrained: str | None = None,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        self.depth, self.num_stages = depth, num_stages
        self.in_channels, self.stem_channels = in_channels, stem_channels
        self.base_channels = base_channels
        self.strides, self.dilations, self.out_indices = strides, dilations, out_indices
        self.style, self.deep_stem, self.avg_down = style, deep_stem, avg_down
        self.frozen_stages, self.norm_eval, self.with_cp = frozen_stages, norm_eval, with_cp
        self.conv_cfg = conv_cfg
        self.norm_cfg = norm_cfg or dict(type='BN', requires_grad=True)
        self.dcn, self.stage_with_dcn, self.plugins = dcn, stage_with_dcn, plugins
        self.multi_grid, self.contract_dilation = multi_grid, contract_dilation
        self.zero_init_residual, self.pretrained = zero_init_residual, pretrained
        self._check_settings()
        self.block, stage_blocks = self.arch_settings[depth]
        self.stage_blocks = stage_blocks[:num_stages]
        self._register_load_state_dict_pre_hook(self.rename_state)
        self._block_init_cfg = self._choose_init_cfg()
        self._make_stem_layer(in_channels, stem_channels)
        self._make_stages()
        self._freeze_stages()

    def rename_state(self, state: dict[str, Any], prefix: str = '', *_: Any) -> None:
        """Give the names of this network, in place, to those of a classifier or segmentor."""
        rename_stem(state, prefix, self.classifier_names)

    def _check_settings(self) -> None:
        """Raise where the arguments contradict each other."""
        if self.depth not in self.arch_settings:
            raise UnknownNameError(f'{type(self).__name__} has no depth={self.depth!r}; expected '
                                   f'one of {sorted(self.arch_settings)}')
        if not 1 <= self.num_stages <= 4:
            raise InputError(f'the backbone has num_stages={self.num_stages}; expected 1 to 4')
        for name in ('strides', 'dilations', *(['stage_with_dcn'] if self.dcn else [])):
            if len(getattr(self, name)) != self.num_stages:
                raise InputError(f"the backbone's {name}={tuple(getattr(self, name))} needs one "
                                 f'value for each of its num_stages={self.num_stages} stages')
        if max(self.out_indices) >= self.num_stages:
            raise InputError(f"the backbone's out_indices={tuple(self.out_indices)} go beyond its "
                             f'num_stages={self.num_stages} stages, which count from 0')
        check_pretrained(self.pretrained, self.init_cfg)

    def _choose_init_cfg(self) -> dict | None:
        """Fill in ``init_cfg``; gives the config that starts each block's last norm at zero."""
        if self.pretrained:
            self.init_cfg = dict(type='Pretrained', checkpoint=self.pretrained)
        if self.init_cfg is not None:
            return None
        self.init_cfg = [
            dict(type='Kaiming', layer='Conv2d'),
            dict(type='Constant', val=1, layer=['_BatchNorm', 'GroupNorm'])
        ]
        if not self.zero_init_residual:
            return None
        last_norm = 'norm2' if issubclass(self.block, BasicBlock) else 'norm3'
        return dict(type='Constant', val=0, override=dict(name=last_norm))

    def _make_stem_layer(self, in_channels: int, stem_channels: int) -> None:
        """Make the layers that bring the image to a quarter of its size."""
        self.relu = nn.ReLU(inplace=True)
        if self.deep_stem:
            half = stem_channels // 2
            layers: list[nn.Module] = []
            for source, target, stride in ((in_channels, half, 2), (half, half, 1),
                                           (half, stem_channels, 1)):
                layers += [
                    build_conv_layer(self.conv_cfg, source, target, 3, stride=stride, padding=1,
                                     bias=False),
                    build_norm_layer(self.norm_cfg, target)[1],
                    nn.ReLU(inplace=True)
                ]
            self.stem = nn.Sequential(*layers)
        else:
            name, norm = build_norm_layer(self.norm_cfg, stem_channels, postfix=1)
            self.conv1 = build_conv_layer(self.conv_cfg, in_channels, stem_channels, 7, stride=2,
                                          padding=3, bias=False)
            self.norm1_name = name
            self.add_module(name, norm)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)

    def _make_stages(self) -> None:
        """Make ``layer1`` to ``layer<num_stages>``."""
        self.inplanes = self.stem_channels
        self.res_layers = []
        dcn = dict(self.dcn) if self.dcn else None
        for i, num_blocks in enumerate(self.stage_blocks):
            is_last = i == self.num_stages - 1
            planes = self.base_channels * 2**i
            stage = self.make_res_layer(
                block=self.block, inplanes=self.inplanes, planes=planes, num_blocks=num_blocks,
                stride=self.strides[i], dilation=self.dilations[i], style=self.style,
                avg_down=self.avg_down, with_cp=self.with_cp, conv_cfg=self.conv_cfg,
                norm_cfg=self.norm_cfg,
                dcn=dcn if dcn and self.stage_with_dcn[i] else None,
                plugins=self.make_stage_plugins(self.plugins, i) if self.plugins else None,
                multi_grid=self.multi_grid if is_last else None,
                contract_dilation=self.contract_dilation, init_cfg=self._block_init_cfg)
            self.inplanes = self.feat_dim = planes * self.block.expansion
            self.add_module(f'layer{i + 1}', stage)
            if dcn and self.stage_with_dcn[i]:
                # Checkpoints of MMSegmentation 0.x fall back only in the first of these stages.
                dcn.pop('fallback_on_stride', None)
            self.res_layers.append(f'layer{i + 1}')

    def make_res_layer(self, **kwargs: Any) -> nn.Module:
        """One stage; a subclass adds what its blocks take beyond the common arguments."""
        return ResLayer(**kwargs)

    def make_stage_plugins(self, plugins: Sequence[dict], stage_idx: int) -> list[dict]:
        """The plugins of stage ``stage_idx``, counted from 0, without their key ``stages``.

        Raises:
            InputError: ``stages`` of another length than the stages, or an unknown position.
        """
        chosen = []
        for plugin in plugins:
            plugin = dict(plugin)
            stages = plugin.pop('stages', None)
            if stages is not None and len(stages) != self.num_stages:
                raise InputError(f"a plugin's stages={tuple(stages)} needs one value for each of "
                                 f"the backbone's num_stages={self.num_stages} stages")
            check_plugin(plugin)
            if stages is None or stages[stage_idx]:
                chosen.append(plugin)
        return chosen

    @property
    def norm1(self) -> nn.Module:
        """Normalisation after the 7x7 convolution of the stem."""
        return getattr(self, self.norm1_name)

    def _freeze_stages(self) -> None:
        """Take the stem and the stages up to ``frozen_stages`` out of training."""
        if self.frozen_stages < 0:
            return
        frozen = [self.stem] if self.deep_stem else [self.conv1, self.norm1]
        frozen += [getattr(self, name) for name in self.res_layers[:self.frozen_stages]]
        for module in frozen:
            module.eval()
            module.requires_grad_(False)

    def train(self, mode: bool = True) -> ResNet:
        """Switch to training, except what is frozen and, with ``norm_eval``, batch norms."""
        super().train(mode)
        self._freeze_stages()
        if mode and self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """A map ``(N, C, H / s, W / s)`` of each stage in ``out_indices``."""
        x = self.stem(x) if self.deep_stem else self.relu(self.norm1(self.conv1(x)))
        x = self.maxpool(x)
        features = []
        for i, name in enumerate(self.res_layers):
            x = getattr(self, name)(x)
            if i in self.out_indices:
                features.append(x)
        return tuple(features)


@BACKBONES.register_module()
class ResNetV1c(ResNet):
    """ResNet with a deep stem (He et al., "Bag of Tricks for Image Classification with
    Convolutional Neural Networks", CVPR 2019, section 4.1); arguments as :class:`ResNet`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(deep_stem=True, avg_down=False, **kwargs)


@BACKBONES.register_module()
class ResNetV1d(ResNet):
    """ResNet with a deep stem and averaging shortcuts (as :class:`ResNetV1c`, section 4.1)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(deep_stem=True, avg_down=True, **kwargs)
