"""Joint pyramid upsampling."""
from __future__ import annotations

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule, DepthwiseSeparableConvModule
from mmcv.runner import BaseModule
from torch import Tensor, nn

from ...ops import resize
from ...utils.errors import InputError
from ..builder import NECKS
from ..utils.check_maps import check_maps


@NECKS.register_module()
class JPU(BaseModule):
    """The inputs, with the coarsest replaced by a map of the finest one's size that dilated
    convolutions draw from all of them (Wu et al., "FastFCN: Rethinking Dilated Convolution in
    the Backbone for Semantic Segmentation", 2019, section 3.3).

    Args:
        in_channels: Channels of every input, from fine to coarse.
        mid_channels: Channels of each convolution; the new map has as many for each dilation.
        start_level: First input that is used.
        end_level: The input before which to stop; -1 uses all to the last.
        dilations: Distance of the kernel taps of every branch in pixels.
        align_corners: Whether resizing keeps the corner pixels in place.
        conv_cfg: Config of the convolutions on the inputs.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        init_cfg: Initialisation config.

    Raises:
        InputError: Levels outside ``in_channels``.
    """

    def __init__(self,
                 in_channels: Sequence[int] = (512, 1024, 2048),
                 mid_channels: int = 512,
                 start_level: int = 0,
                 end_level: int = -1,
                 dilations: Sequence[int] = (1, 2, 4, 8),
                 align_corners: bool = False,
                 conv_cfg: dict | None = None,
                 norm_cfg: dict | None = dict(type='BN'),
                 act_cfg: dict | None = dict(type='ReLU'),
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        stop = len(in_channels) if end_level == -1 else end_level
        if not 0 <= start_level < stop <= len(in_channels):
            raise InputError(f'JPU has start_level={start_level} and end_level={end_level} for '
                             f'{len(in_channels)} in_channels')
        self.in_channels, self.mid_channels = tuple(in_channels), mid_channels
        self.start_level, self.backbone_end_level = start_level, stop
        self.dilations, self.align_corners = tuple(dilations), align_corners
        used = self.in_channels[start_level:stop]
        self.conv_layers = nn.ModuleList(
            nn.Sequential(
                ConvModule(channels, mid_channels, 3, padding=1, conv_cfg=conv_cfg,
                           norm_cfg=norm_cfg, act_cfg=act_cfg)) for channels in used)
        self.dilation_layers = nn.ModuleList(
            nn.Sequential(
                DepthwiseSeparableConvModule(
                    len(used) * mid_channels, mid_channels, 3, padding=dilation,
                    dilation=dilation, dw_norm_cfg=norm_cfg, dw_act_cfg=None,
                    pw_norm_cfg=norm_cfg, pw_act_cfg=act_cfg)) for dilation in self.dilations)

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The inputs from ``start_level`` on, with ``(N, len(dilations) * mid_channels, h, w)``,
        at the size of the finest, in the place of the last."""
        check_maps('JPU', inputs, self.in_channels)
        used = inputs[self.start_level:self.backbone_end_level]
        levels = [conv(x) for conv, x in zip(self.conv_layers, used, strict=True)]
        size = levels[0].shape[2:]
        joined = torch.cat([levels[0]] + [
            resize(x, size=size, mode='bilinear', align_corners=self.align_corners)
            for x in levels[1:]
        ], dim=1)
        upsampled = torch.cat([branch(joined) for branch in self.dilation_layers], dim=1)
        return (*used[:-1], upsampled)
