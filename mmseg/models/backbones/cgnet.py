"""CGNet (Wu et al., "CGNet: A Light-weight Context Guided Network for Semantic Segmentation", TIP
2020)."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import ConvModule, build_conv_layer, build_norm_layer
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...utils.errors import InputError
from ..builder import BACKBONES
from ..utils.check_lists import check_list
from .base_backbone import CONV_INIT, BaseBackbone


def _activation(act_cfg: dict, channels: int) -> dict:
    """``act_cfg``, with a slope for each channel where it is a PReLU."""
    return dict(act_cfg, num_parameters=channels) if act_cfg['type'] == 'PReLU' else dict(act_cfg)


class GlobalContextExtractor(nn.Module):
    """The input, each channel scaled by a gate that comes of all their averages (section 3.1).

    Args:
        channel: Channels of input and output.
        reduction: How much narrower the layer between averages and gates is.
        with_cp: Whether it is recomputed in the backward pass, to save memory.

    Raises:
        InputError: ``reduction`` is below 1 or above ``channel``.
    """

    def __init__(self, channel: int, reduction: int = 16, with_cp: bool = False) -> None:
        super().__init__()
        if not 1 <= reduction <= channel:
            raise InputError(f'CGNet has reductions with {reduction} where a level has {channel} '
                             f'channels; expected 1 to {channel}')
        narrow = channel // reduction
        squeeze, expand = nn.Linear(channel, narrow), nn.Linear(narrow, channel)
        self.fc = nn.Sequential(squeeze, nn.ReLU(inplace=True), expand, nn.Sigmoid())
        self.with_cp = with_cp

    def _gated(self, x: Tensor) -> Tensor:
        return x * self.fc(x.mean(dim=(2, 3)))[:, :, None, None]

    def forward(self, x: Tensor) -> Tensor:
        """Map of the shape of the input, ``(N, channel, h, w)``."""
        if self.with_cp and x.requires_grad:
            return checkpoint(self._gated, x, use_reentrant=False)
        return self._gated(x)


class ContextGuidedBlock(nn.Module):
    """Each pixel by itself, by what surrounds it and by the whole image (section 3.1).

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        dilation: Distance of the taps that see the surroundings in pixels.
        reduction: See :class:`GlobalContextExtractor`.
        skip_connect: Whether the input is added, where its shape allows it.
        downsample: Whether the output has half the input's size.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the first activation; the second is a PReLU.
        with_cp: Whether the block is recomputed in the backward pass, to save memory.
    """

    def __init__(self, in_channels: int, out_channels: int, dilation: int = 2, reduction: int = 16,
                 skip_connect: bool = True, downsample: bool = False,
                 conv_cfg: dict | None = None, norm_cfg: dict = dict(type='BN'),
                 act_cfg: dict = dict(type='PReLU'), with_cp: bool = False) -> None:
        super().__init__()
        self.with_cp, self.downsample = with_cp, downsample
        self.skip_connect = skip_connect and not downsample
        channels = out_channels if downsample else out_channels // 2
        size = dict(kernel_size=3, stride=2, padding=1) if downsample else dict(kernel_size=1)
        self.conv1x1 = ConvModule(in_channels, channels, conv_cfg=conv_cfg, norm_cfg=norm_cfg,
                                  act_cfg=_activation(act_cfg, channels), **size)
        self.f_loc = self._depthwise(conv_cfg, channels, 1)
        self.f_sur = self._depthwise(conv_cfg, channels, dilation)
        self.bn = build_norm_layer(norm_cfg, 2 * channels)[1]
        self.activate = nn.PReLU(2 * channels)
        if downsample:
            self.bottleneck = build_conv_layer(conv_cfg, 2 * channels, out_channels, 1, bias=False)
        self.f_glo = GlobalContextExtractor(out_channels, reduction, with_cp)

    @staticmethod
    def _depthwise(conv_cfg: dict | None, channels: int, dilation: int) -> nn.Module:
        return build_conv_layer(conv_cfg, channels, channels, 3, padding=dilation,
                                dilation=dilation, groups=channels, bias=False)

    def _block(self, x: Tensor) -> Tensor:
        narrow = self.conv1x1(x)
        out = torch.cat([self.f_loc(narrow), self.f_sur(narrow)], dim=1)
        out = self.activate(self.bn(out))
        out = self.f_glo(self.bottleneck(out) if self.downsample else out)
        return x + out if self.skip_connect else out

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, out_channels, h, w)``, or of half the size with ``downsample``."""
        if self.with_cp and x.requires_grad:
            return checkpoint(self._block, x, use_reentrant=False)
        return self._block(x)


class InputInjection(nn.Module):
    """The image, halved ``num_downsampling`` times by averaging."""

    def __init__(self, num_downsampling: int) -> None:
        super().__init__()
        self.pool = nn.Sequential(*(nn.AvgPool2d(3, stride=2, padding=1)
                                    for _ in range(num_downsampling)))

    def forward(self, x: Tensor) -> Tensor:
        """Image ``(N, C, H / 2**n, W / 2**n)`` of an image ``(N, C, H, W)``, n halvings."""
        return self.pool(x)


@BACKBONES.register_module()
class CGNet(BaseBackbone):
    """Feature maps of 1/2, 1/4 and 1/8 of the image (Wu et al., section 3.2).

    They have ``num_channels[0] + in_channels``, ``2 * num_channels[1] + in_channels`` and
    ``2 * num_channels[2]`` channels.

    Args:
        in_channels: Channels of the image.
        num_channels: Channels of the stem and the two levels.
        num_blocks: Blocks of the two levels.
        dilations: Distance of the taps that see the surroundings, in each level, in pixels.
        reductions: See :class:`GlobalContextExtractor`, for each level.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        norm_eval: Whether batch norms keep their running statistics while training.
        with_cp: Whether blocks are recomputed in the backward pass, to save memory.
        pretrained: Where the weights come from; see :class:`BaseBackbone`.
        init_cfg: Initialisation config.

    Raises:
        InputError: A setting is not a list of one value for each part.
    """

    def __init__(self,
                 in_channels: int = 3,
                 num_channels: Sequence[int] = (32, 64, 128),
                 num_blocks: Sequence[int] = (3, 21),
                 dilations: Sequence[int] = (2, 4),
                 reductions: Sequence[int] = (8, 16),
                 conv_cfg: dict | None = None,
                 norm_cfg: dict = dict(type='BN', requires_grad=True),
                 act_cfg: dict = dict(type='PReLU'),
                 norm_eval: bool = False,
                 with_cp: bool = False,
                 pretrained: str | None = None,
                 init_cfg: dict | list | None = None) -> None:
        conv, norm = CONV_INIT
        super().__init__(pretrained, init_cfg, norm_eval=norm_eval,
                         default_init=(dict(conv, layer=['Conv2d', 'Linear']), norm,
                                       dict(type='Constant', val=0, layer='PReLU')))
        for name, values, wanted in (('num_channels', num_channels, 3),
                                     ('num_blocks', num_blocks, 2), ('dilations', dilations, 2),
                                     ('reductions', reductions, 2)):
            check_list('CGNet', name, values, wanted)
        stem, first, second = num_channels
        style: dict[str, Any] = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg)
        self.stem = nn.ModuleList(
            ConvModule(stem if i else in_channels, stem, 3, stride=1 if i else 2, padding=1,
                       act_cfg=_activation(act_cfg, stem), **style) for i in range(3))
        self.inject_2x, self.inject_4x = InputInjection(1), InputInjection(2)
        style.update(act_cfg=act_cfg, with_cp=with_cp)
        joined = [stem + in_channels, 2 * first + in_channels, 2 * second]
        plans = zip(joined[:2], (first, second), num_blocks, dilations, reductions)
        levels = [self._make_level(*plan, style) for plan in plans]
        # In the order of the data, which optimizers' states in checkpoints follow.
        for i, channels in enumerate(joined):
            norm_prelu = nn.Sequential(build_norm_layer(norm_cfg, channels)[1], nn.PReLU(channels))
            self.add_module(f'norm_prelu_{i}', norm_prelu)
            if i < 2:
                self.add_module(f'level{i + 1}', levels[i])

    @staticmethod
    def _make_level(in_channels: int, channels: int, num_blocks: int, dilation: int,
                    reduction: int, style: dict[str, Any]) -> nn.ModuleList:
        """Blocks with the same channels, of which the first halves the size."""
        return nn.ModuleList(
            ContextGuidedBlock(channels if i else in_channels, channels, dilation, reduction,
                               downsample=i == 0, **style) for i in range(num_blocks))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Maps ``(N, C, H / s, W / s)`` with s of 2, 4 and 8."""
        half, quarter = self.inject_2x(x), self.inject_4x(x)
        for layer in self.stem:
            x = layer(x)
        x = fine = self.norm_prelu_0(torch.cat([x, half], dim=1))
        first = x = self.level1[0](x)
        for layer in self.level1[1:]:
            x = layer(x)
        x = middle = self.norm_prelu_1(torch.cat([x, first, quarter], dim=1))
        second = x = self.level2[0](x)
        for layer in self.level2[1:]:
            x = layer(x)
        return fine, middle, self.norm_prelu_2(torch.cat([second, x], dim=1))
