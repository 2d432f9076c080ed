"""Residual networks with a deep stem by the parameter names of MMClassification."""
from __future__ import annotations

from typing import Any

from mmcv.cnn import ConvModule, build_conv_layer
from mmcv.cnn.bricks import DropPath
from torch import nn

from ...utils.errors import InputError
from ..backbones import ResNeSt, ResNet, ResNetV1c, ResNetV1d, ResNeXt
from ..utils import ResidualBlock
from .builder import CLASSIFICATION


class _ClassifierNames(ResNet):
    """Names the deep stem, and the first shortcut where it averages, as classifiers do.

    A checkpoint of a segmentor gives its backbone to it, and the other way round.

    Args:
        drop_path_rate: Share of the images for which training skips the branch of a block (Huang
            et al., "Deep Networks with Stochastic Depth", ECCV 2016, section 3), the same in all
            blocks.
        **kwargs: See :class:`ResNet`.
    """

    classifier_names = True

    def __init__(self, drop_path_rate: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**{'out_indices': (kwargs.get('num_stages', 4) - 1, ), **kwargs})
        if drop_path_rate > 0:
            for module in self.modules():
                if isinstance(module, ResidualBlock):
                    module.drop_path = DropPath(drop_path_rate)

    def _make_stem_layer(self, in_channels: int, stem_channels: int) -> None:
        super()._make_stem_layer(in_channels, stem_channels)
        if self.deep_stem:
            half = stem_channels // 2
            self.stem = nn.Sequential(*(
                ConvModule(source, target, 3, stride=stride, padding=1, conv_cfg=self.conv_cfg,
                           norm_cfg=self.norm_cfg)
                for source, target, stride in ((in_channels, half, 2), (half, half, 1),
                                               (half, stem_channels, 1))))

    def make_res_layer(self, **kwargs: Any) -> nn.Module:
        """One stage, without the pooling of a shortcut that has the stride 1."""
        stage: Any = super().make_res_layer(**kwargs)
        shortcut = stage[0].downsample
        if self.avg_down and shortcut is not None and kwargs['stride'] == 1:
            stage[0].downsample = nn.Sequential(*list(shortcut)[1:])
        return stage


@CLASSIFICATION.register_module('ResNet')
class ClassifierResNet(_ClassifierNames):
    """Residual network; see :class:`ResNet`."""


@CLASSIFICATION.register_module('ResNet_CIFAR')
class ClassifierResNetCIFAR(_ClassifierNames):
    """Residual network for small images: a 3x3 stem that keeps the size of the image.

    Args:
        depth: 18, 34, 50, 101 or 152.
        deep_stem: Only False.
        **kwargs: See :class:`ResNet`.

    Raises:
        InputError: ``deep_stem`` is True, or see :class:`ResNet`.
    """

    def __init__(self, depth: int, deep_stem: bool = False, **kwargs: Any) -> None:
        if deep_stem:
            raise InputError('ResNet_CIFAR has a stem of one 3x3 convolution; leave deep_stem out, '
                             'or take ResNet')
        super().__init__(depth=depth, **kwargs)

    def _make_stem_layer(self, in_channels: int, stem_channels: int) -> None:
        super()._make_stem_layer(in_channels, stem_channels)
        self.conv1 = build_conv_layer(self.conv_cfg, in_channels, stem_channels, 3, padding=1,
                                      bias=False)
        self.maxpool = nn.Identity()


@CLASSIFICATION.register_module('ResNetV1c')
class ClassifierResNetV1c(_ClassifierNames, ResNetV1c):
    """Residual network with a deep stem; see :class:`ResNetV1c`."""


@CLASSIFICATION.register_module('ResNetV1d')
class ClassifierResNetV1d(_ClassifierNames, ResNetV1d):
    """Residual network with a deep stem and averaging shortcuts; see :class:`ResNetV1d`."""


@CLASSIFICATION.register_module('ResNeSt')
class ClassifierResNeSt(_ClassifierNames, ResNeSt):
    """Residual network with split attention; see :class:`ResNeSt`."""


@CLASSIFICATION.register_module('ResNeXt')
class ClassifierResNeXt(_ClassifierNames, ResNeXt):
    """Residual network whose 3x3 convolutions work in groups; see :class:`ResNeXt`.

    Args:
        groups: Groups of each 3x3 convolution.
        width_per_group: Channels of a group in the first stage.
        **kwargs: See :class:`ResNet`; ``depth`` is 50, 101 or 152.
    """

    def __init__(self, groups: int = 32, width_per_group: int = 4, **kwargs: Any) -> None:
        super().__init__(groups=groups, base_width=width_per_group, **kwargs)
