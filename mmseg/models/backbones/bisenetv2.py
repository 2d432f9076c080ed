"""BiSeNet V2 (Yu et al., "BiSeNet V2: Bilateral Network with Guided Aggregation for Real-time
Semantic Segmentation", IJCV 2021)."""
from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from mmcv.cnn import ConvModule, DepthwiseSeparableConvModule
from mmcv.runner import BaseModule
from torch import Tensor, nn

from ...ops import resize
from ...utils.errors import InputError
from ..builder import BACKBONES
from .base_backbone import BaseBackbone
from .bisenetv1 import BN, RELU, STYLE, warn_of_fixed_style


class DetailBranch(BaseModule):
    """An eighth of the image's size, by wide and few convolutions (section 4.1).

    Args:
        detail_channels: Channels of each of the three stages, which halve the size.
        in_channels: Channels of the image.
        init_cfg: Initialisation config.
    """

    def __init__(self, detail_channels: Sequence[int] = (64, 64, 128), in_channels: int = 3,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        self.detail_branch = nn.ModuleList()
        for index, (source, channels) in enumerate(pairwise([in_channels, *detail_channels])):
            halve = ConvModule(source, channels, 3, stride=2, padding=1, **STYLE)
            keep = [ConvModule(channels, channels, 3, padding=1, **STYLE)
                    for _ in range(1 if index == 0 else 2)]
            self.detail_branch.append(nn.Sequential(halve, *keep))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, detail_channels[-1], H / 8, W / 8)`` of an image ``(N, in_channels, H, W)``."""
        for stage in self.detail_branch:
            x = stage(x)
        return x


class StemBlock(BaseModule):
    """A quarter of the image's size, from a convolved and a pooled half (section 4.2).

    Args:
        in_channels: Channels of the image.
        out_channels: Channels of the output.
        init_cfg: Initialisation config.
    """

    def __init__(self, in_channels: int = 3, out_channels: int = 16,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        half = out_channels // 2
        self.conv_first = ConvModule(in_channels, out_channels, 3, stride=2, padding=1, **STYLE)
        self.convs = nn.Sequential(
            ConvModule(out_channels, half, 1, **STYLE),
            ConvModule(half, out_channels, 3, stride=2, padding=1, **STYLE))
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        self.fuse_last = ConvModule(2 * out_channels, out_channels, 3, padding=1, **STYLE)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, out_channels, H / 4, W / 4)`` of an image ``(N, in_channels, H, W)``."""
        x = self.conv_first(x)
        return self.fuse_last(torch.cat([self.convs(x), self.pool(x)], dim=1))


class GELayer(BaseModule):
    """Gather and expand: a wide depthwise convolution between two narrow ones, and a shortcut
    (section 4.2).

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        exp_ratio: How many times as wide the depthwise convolution is.
        stride: Step in pixels; 2 adds a second depthwise convolution and one in the shortcut.
        init_cfg: Initialisation config.
    """

    def __init__(self, in_channels: int, out_channels: int, exp_ratio: int = 6,
                 stride: int = 1, init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        wide = in_channels * exp_ratio
        self.conv1 = ConvModule(in_channels, in_channels, 3, padding=1, **STYLE)
        expand = ConvModule(in_channels, wide, 3, stride=stride, padding=1, groups=in_channels,
                            bias=False, norm_cfg=BN, act_cfg=RELU if stride == 1 else None)
        self.shortcut = None
        if stride == 1:
            self.dwconv = nn.Sequential(expand)
        else:
            self.dwconv = nn.Sequential(
                expand,
                ConvModule(wide, wide, 3, padding=1, groups=wide, bias=False, **STYLE))
            self.shortcut = nn.Sequential(
                DepthwiseSeparableConvModule(in_channels, out_channels, 3, stride=stride,
                                             padding=1, norm_cfg=BN, act_cfg=None))
        self.conv2 = nn.Sequential(
            ConvModule(wide, out_channels, 1, bias=False, norm_cfg=BN, act_cfg=None))
        self.act = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, out_channels, h / stride, w / stride)`` of a map ``(N, in_channels, h, w)``."""
        straight = x if self.shortcut is None else self.shortcut(x)
        return self.act(self.conv2(self.dwconv(self.conv1(x))) + straight)


class CEBlock(BaseModule):
    """Context embedding: the map plus its own mean, convolved (section 4.2).

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        init_cfg: Initialisation config.
    """

    def __init__(self, in_channels: int = 3, out_channels: int = 16,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        self.gap = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.BatchNorm2d(in_channels))
        self.conv_gap = ConvModule(in_channels, out_channels, 1, **STYLE)
        self.conv_last = ConvModule(out_channels, out_channels, 3, padding=1, **STYLE)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, out_channels, h, w)`` of a map ``(N, in_channels, h, w)``."""
        return self.conv_last(x + self.conv_gap(self.gap(x)))


class SemanticBranch(BaseModule):
    """Maps of strides 4, 8, 16 and 32, and the last with its context (section 4.2).

    Args:
        semantic_channels: Channels of each stage.
        in_channels: Channels of the image.
        exp_ratio: See :class:`GELayer`.
        init_cfg: Initialisation config.
    """

    def __init__(self, semantic_channels: Sequence[int] = (16, 32, 64, 128), in_channels: int = 3,
                 exp_ratio: int = 6, init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        last = len(semantic_channels)
        self.add_module('stage1', StemBlock(in_channels, semantic_channels[0]))
        for index, (source, channels) in enumerate(pairwise(semantic_channels), start=2):
            further = 3 if index == last else 1
            self.add_module(f'stage{index}', nn.Sequential(
                GELayer(source, channels, exp_ratio, stride=2),
                *(GELayer(channels, channels, exp_ratio) for _ in range(further))))
        self.add_module(f'stage{last}_CEBlock',
                        CEBlock(semantic_channels[-1], semantic_channels[-1]))
        self.semantic_stages = [name for name, _ in self.named_children()]

    def forward(self, x: Tensor) -> list[Tensor]:
        """Maps ``(N, C, H / s, W / s)`` with s of 4, 8, 16, 32 and 32, of an image ``(N,
        in_channels, H, W)``."""
        maps = []
        for name in self.semantic_stages:
            x = getattr(self, name)(x)
            maps.append(x)
        return maps


class BGALayer(BaseModule):
    """Bilateral guided aggregation: each branch gated by the other, at both sizes, and summed
    (section 4.3).

    Args:
        out_channels: Channels of both branches and of the output.
        align_corners: Whether resizing keeps the corner pixels in place.
        init_cfg: Initialisation config.
    """

    def __init__(self, out_channels: int = 128, align_corners: bool = False,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        self.align_corners = align_corners
        channels = out_channels

        def separable() -> nn.Sequential:
            return nn.Sequential(
                DepthwiseSeparableConvModule(channels, channels, 3, padding=1, act_cfg=None,
                                             dw_norm_cfg=BN, pw_norm_cfg=None))

        self.detail_dwconv = separable()
        self.detail_down = nn.Sequential(
            ConvModule(channels, channels, 3, stride=2, padding=1, bias=False, norm_cfg=BN,
                       act_cfg=None),
            nn.AvgPool2d(3, stride=2, padding=1))
        self.semantic_conv = nn.Sequential(
            ConvModule(channels, channels, 3, padding=1, bias=False, norm_cfg=BN, act_cfg=None))
        self.semantic_dwconv = separable()
        self.conv = ConvModule(channels, channels, 3, padding=1, **STYLE)

    def _resize_like(self, x: Tensor, target: Tensor) -> Tensor:
        return resize(x, size=target.shape[2:], mode='bilinear', align_corners=self.align_corners)

    def forward(self, x_d: Tensor, x_s: Tensor) -> Tensor:
        """Map ``(N, out_channels, h, w)`` of the details ``x_d (N, out_channels, h, w)`` and the
        semantics ``x_s (N, out_channels, h / 4, w / 4)``."""
        fine = self.detail_dwconv(x_d)
        fine = fine * self._resize_like(self.semantic_conv(x_s), fine).sigmoid()
        coarse = self.detail_down(x_d) * self.semantic_dwconv(x_s).sigmoid()
        return self.conv(fine + self._resize_like(coarse, fine))


@BACKBONES.register_module()
class BiSeNetV2(BaseBackbone):
    """The joined map, of 1/8 of the image's size, then the semantic branch's of strides 4, 8,
    16 and 32, for auxiliary heads (section 4.4).

    Args:
        in_channels: Channels of the image.
        detail_channels: Channels of the detail branch's stages.
        semantic_channels: Channels of the semantic branch's stages.
        semantic_expansion_ratio: See :class:`GELayer`.
        bga_channels: Channels of the joined map, the last of both branches.
        out_indices: Which of the maps to return.
        align_corners: Whether resizing keeps the corner pixels in place.
        conv_cfg: As the next two: kept for existing configs.  In all models that exist the
            layers are plain convolutions, batch norm and ReLU, and their checkpoints depend on
            it; another wish is met with a warning.
        norm_cfg: See ``conv_cfg``.
        act_cfg: See ``conv_cfg``.
        init_cfg: Initialisation config.

    Raises:
        InputError: Branches that end with other than ``bga_channels``, or ``out_indices`` beyond
            the maps.
    """

    def __init__(self,
                 in_channels: int = 3,
                 detail_channels: Sequence[int] = (64, 64, 128),
                 semantic_channels: Sequence[int] = (16, 32, 64, 128),
                 semantic_expansion_ratio: int = 6,
                 bga_channels: int = 128,
                 out_indices: Sequence[int] = (0, 1, 2, 3, 4),
                 align_corners: bool = False,
                 conv_cfg: dict | None = None,
                 norm_cfg: dict | None = BN,
                 act_cfg: dict | None = RELU,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        for key, channels in (('detail_channels', detail_channels),
                              ('semantic_channels', semantic_channels)):
            if channels[-1] != bga_channels:
                raise InputError(f'BiSeNetV2 has {key}={tuple(channels)} and '
                                 f'bga_channels={bga_channels}; the last of {key} must equal '
                                 'bga_channels')
        if not set(out_indices) <= set(range(len(semantic_channels) + 1)):
            raise InputError(f'BiSeNetV2 has out_indices={tuple(out_indices)}; its maps are 0 to '
                             f'{len(semantic_channels)}')
        self.out_indices, self.align_corners = out_indices, align_corners
        warn_of_fixed_style('BiSeNetV2', conv_cfg, norm_cfg, act_cfg)
        self.detail = DetailBranch(detail_channels, in_channels)
        self.semantic = SemanticBranch(semantic_channels, in_channels, semantic_expansion_ratio)
        self.bga = BGALayer(bga_channels, align_corners)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Maps ``(N, C, H / s, W / s)``, one for each of ``out_indices``, of s 8, 4, 8, 16, 32."""
        *stages, context = self.semantic(x)
        maps = [self.bga(self.detail(x), context), *stages]
        return tuple(maps[i] for i in self.out_indices)
