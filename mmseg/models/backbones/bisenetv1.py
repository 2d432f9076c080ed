"""BiSeNet (Yu et al., "BiSeNet: Bilateral Segmentation Network for Real-time Semantic
Segmentation", ECCV 2018)."""
from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import pairwise

import torch
from mmcv.cnn import ConvModule
from mmcv.runner import BaseModule
from torch import Tensor, nn

from ...ops import resize
from ...utils.errors import InputError
from ..builder import BACKBONES
from ..utils.nested_backbone import build_nested_backbone

BN = dict(type='BN')
RELU = dict(type='ReLU')
STYLE = dict(norm_cfg=BN, act_cfg=RELU)


def warn_of_fixed_style(owner: str, conv_cfg: dict | None, norm_cfg: dict | None,
                        act_cfg: dict | None) -> None:
    """Warn where a config asks for other layers than ``owner`` has in every existing model."""
    for key, cfg, kinds in (('conv_cfg', conv_cfg, (None, 'Conv2d', 'Conv')),
                            ('norm_cfg', norm_cfg, ('BN', 'BN2d', 'SyncBN')),
                            ('act_cfg', act_cfg, ('ReLU', ))):
        kind = cfg and cfg.get('type')
        if kind not in kinds:
            warnings.warn(f'{key} of {owner} asks for {kind}, but its own layers are plain '
                          'convolutions, batch norm and ReLU, as in every published model',
                          stacklevel=3)


class SpatialPath(BaseModule):
    """An eighth of the image's size, by three convolutions of stride 2 and a 1x1 (section 3.1).

    Args:
        in_channels: Channels of the image.
        num_channels: Channels after each of the four convolutions.
        init_cfg: Initialisation config.

    Raises:
        InputError: ``num_channels`` are not four.
    """

    def __init__(self, in_channels: int = 3, num_channels: Sequence[int] = (64, 64, 64, 128),
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        if len(num_channels) != 4:
            raise InputError(f'BiSeNetV1 has spatial_channels={tuple(num_channels)}; expected four '
                             'numbers')
        shapes = ((7, 2), (3, 2), (3, 2), (1, 1))
        self.layers = [f'layer{i}' for i in range(1, 5)]
        for name, (source, target), (kernel, stride) in zip(
                self.layers, pairwise([in_channels, *num_channels]), shapes, strict=True):
            self.add_module(name, ConvModule(source, target, kernel, stride=stride,
                                             padding=kernel // 2, **STYLE))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, num_channels[-1], H / 8, W / 8)`` of an image ``(N, in_channels, H, W)``."""
        for name in self.layers:
            x = getattr(self, name)(x)
        return x


class AttentionRefinementModule(BaseModule):
    """A convolved map whose channels are weighed by their mean (section 3.2).

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        init_cfg: Initialisation config.
    """

    def __init__(self, in_channels: int, out_channels: int,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        self.conv_layer = ConvModule(in_channels, out_channels, 3, padding=1, **STYLE)
        self.atten_conv_layer = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            ConvModule(out_channels, out_channels, 1, bias=False, norm_cfg=BN, act_cfg=None),
            nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, out_channels, h, w)`` of a map ``(N, in_channels, h, w)``."""
        x = self.conv_layer(x)
        return x * self.atten_conv_layer(x)


class ContextPath(BaseModule):
    """Two maps, an eighth and a sixteenth of the image's size, that have seen the whole of it
    (section 3.2).

    Args:
        backbone_cfg: Config of a backbone with features of strides 4, 8, 16 and 32.
        context_channels: Its channels at strides 8, 16 and 32; the first is also the outputs'.
        init_cfg: Initialisation config.

    Raises:
        InputError: ``context_channels`` are not three.
    """

    def __init__(self, backbone_cfg: dict, context_channels: Sequence[int] = (128, 256, 512),
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        if len(context_channels) != 3:
            raise InputError(f'BiSeNetV1 has context_channels={tuple(context_channels)}; expected '
                             'three numbers')
        channels, middle, coarse = context_channels
        self.backbone = build_nested_backbone('BiSeNetV1', backbone_cfg, coarse,
                                              'context_channels[2]')
        self.arm16 = AttentionRefinementModule(middle, channels)
        self.arm32 = AttentionRefinementModule(coarse, channels)
        self.conv_head32 = ConvModule(channels, channels, 3, padding=1, **STYLE)
        self.conv_head16 = ConvModule(channels, channels, 3, padding=1, **STYLE)
        self.gap_conv = nn.Sequential(nn.AdaptiveAvgPool2d(1),
                                      ConvModule(coarse, channels, 1, **STYLE))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Maps ``(N, C, H / 8, W / 8)`` and ``(N, C, H / 16, W / 16)``.

        Raises:
            InputError: The backbone does not give four feature maps.
        """
        features = self.backbone(x)
        if len(features) != 4:
            raise InputError(f"BiSeNetV1's backbone_cfg gives {len(features)} feature maps; set "
                             'its out_indices to (0, 1, 2, 3)')
        _, x8, x16, x32 = features
        sixteenth = self.arm32(x32) + self.gap_conv(x32)
        sixteenth = self.conv_head32(resize(sixteenth, size=x16.shape[2:]))
        eighth = self.arm16(x16) + sixteenth
        return self.conv_head16(resize(eighth, size=x8.shape[2:])), sixteenth


class FeatureFusionModule(BaseModule):
    """Two maps of one size joined, the channels weighed by their mean (section 3.3).

    Args:
        in_channels: Channels of both maps together.
        out_channels: Channels of the output.
        init_cfg: Initialisation config.
    """

    def __init__(self, in_channels: int, out_channels: int,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        self.conv1 = ConvModule(in_channels, out_channels, 1, **STYLE)
        self.gap = nn.AdaptiveAvgPool2d((1, 1))
        self.conv_atten = nn.Sequential(
            ConvModule(out_channels, out_channels, 1, bias=False, **STYLE), nn.Sigmoid())

    def forward(self, spatial: Tensor, context: Tensor) -> Tensor:
        """Map ``(N, out_channels, h, w)`` of two maps ``(N, C, h, w)`` of one size."""
        x = self.conv1(torch.cat([spatial, context], dim=1))
        return x + x * self.conv_atten(self.gap(x))


@BACKBONES.register_module()
class BiSeNetV1(BaseModule):
    """The joined map, of 1/8 of the image's size, and the context path's two, of 1/8 and 1/16,
    for auxiliary heads (section 3.4).

    Args:
        backbone_cfg: Config of the context path's backbone, with ``out_indices=(0, 1, 2, 3)``.
        in_channels: Channels of the image.
        spatial_channels: Channels of the spatial path's four convolutions.
        context_channels: Channels of the backbone at strides 8, 16 and 32.
        out_indices: Which of the three maps to return.
        align_corners: Kept for existing configs; the nearest neighbour needs none.
        out_channels: Channels of the joined map.
        conv_cfg: As the next two: kept for existing configs.  In all models that exist the
            layers outside ``backbone_cfg`` are plain convolutions, batch norm and ReLU, and
            their checkpoints depend on it; another wish is met with a warning.
        norm_cfg: See ``conv_cfg``.
        act_cfg: See ``conv_cfg``.
        init_cfg: Initialisation config.

    Raises:
        InputError: Channels that do not fit the backbone, or ``out_indices`` beyond the maps.
    """

    def __init__(self,
                 backbone_cfg: dict,
                 in_channels: int = 3,
                 spatial_channels: Sequence[int] = (64, 64, 64, 128),
                 context_channels: Sequence[int] = (128, 256, 512),
                 out_indices: Sequence[int] = (0, 1, 2),
                 align_corners: bool = False,
                 out_channels: int = 256,
                 conv_cfg: dict | None = None,
                 norm_cfg: dict | None = dict(type='BN', requires_grad=True),
                 act_cfg: dict | None = RELU,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        if not set(out_indices) <= {0, 1, 2}:
            raise InputError(f'BiSeNetV1 has out_indices={tuple(out_indices)}; its maps are 0, 1 '
                             'and 2')
        self.out_indices, self.align_corners = out_indices, align_corners
        warn_of_fixed_style('BiSeNetV1', conv_cfg, norm_cfg, act_cfg)
        self.context_path = ContextPath(backbone_cfg, context_channels)
        self.spatial_path = SpatialPath(in_channels, spatial_channels)
        self.ffm = FeatureFusionModule(spatial_channels[-1] + context_channels[0], out_channels)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Maps ``(N, C, H / 8, W / 8)`` or ``(N, C, H / 16, W / 16)``, one for each of
        ``out_indices``."""
        eighth, sixteenth = self.context_path(x)
        maps = (self.ffm(self.spatial_path(x), eighth), eighth, sixteenth)
        return tuple(maps[i] for i in self.out_indices)
