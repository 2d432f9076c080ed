"""Dynamic multi-scale filters head."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule, build_activation_layer, build_norm_layer
from torch import Tensor, nn

from ..builder import HEADS
from ..utils.check_lists import check_list
from .decode_head import BaseDecodeHead


# Scripted in a trace, which would fix the number of groups, and with it of images, otherwise.
@torch.jit.script_if_tracing
def _filter_each(x: Tensor, filters: Tensor) -> Tensor:
    """Each channel of each image, ``(N, C, h, w)``, under its own filter of ``(N, C, s, s)``."""
    every = x.flatten(0, 1).unsqueeze(0)  # all channels of all images as those of one
    mixed = F.conv2d(every, filters.flatten(0, 1).unsqueeze(1), groups=every.shape[1])
    return mixed.squeeze(0).unflatten(0, [x.shape[0], x.shape[1]])


class DCM(nn.Module):
    """Dynamic convolution: each image goes through depthwise filters made of itself (section 3.2).

    Args:
        filter_size: Taps of the filters along each side.
        fusion: Whether one more convolution mixes the result.
        in_channels: Channels of the input.
        channels: Channels of the output.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations, or None for none.
        act_cfg: Config of the activations.
    """

    def __init__(self, filter_size: int, fusion: bool, in_channels: int, channels: int,
                 conv_cfg: dict | None, norm_cfg: dict | None, act_cfg: dict | None) -> None:
        super().__init__()
        self.filter_size, self.fusion = filter_size, fusion
        self.in_channels, self.channels = in_channels, channels
        self.conv_cfg, self.norm_cfg, self.act_cfg = conv_cfg, norm_cfg, act_cfg
        style = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.filter_gen_conv = nn.Conv2d(in_channels, channels, 1)
        self.input_redu_conv = ConvModule(in_channels, channels, 1, **style)
        self.norm = build_norm_layer(norm_cfg, channels)[1] if norm_cfg is not None else None
        self.activate = nn.Identity() if act_cfg is None else build_activation_layer(act_cfg)
        if fusion:
            self.fusion_conv = ConvModule(channels, channels, 1, **style)

    def forward(self, x: Tensor) -> Tensor:
        """Context ``(N, channels, h, w)`` of ``x (N, C, h, w)``."""
        filters = self.filter_gen_conv(F.adaptive_avg_pool2d(x, self.filter_size))
        x = self.input_redu_conv(x)
        after = (self.filter_size - 1) // 2
        before = self.filter_size - 1 - after  # an even filter reaches one further up and left
        mix = _filter_each_by_taps if torch.onnx.is_in_onnx_export() else _filter_each
        context = mix(F.pad(x, (before, after, before, after)), filters)
        if self.norm is not None:
            context = self.norm(context)
        context = self.activate(context)
        return self.fusion_conv(context) if self.fusion else context


def _filter_each_by_taps(x: Tensor, filters: Tensor) -> Tensor:
    """The same as a sum over taps, since the number of groups of a convolution is fixed in ONNX."""
    side = filters.shape[-1]
    height, width = x.shape[2] - side + 1, x.shape[3] - side + 1
    taps = [x[:, :, i:i + height, j:j + width] * filters[:, :, i:i + 1, j:j + 1]
            for i in range(side) for j in range(side)]
    return torch.stack(taps).sum(dim=0)


@HEADS.register_module()
class DMHead(BaseDecodeHead):
    """Features concatenated with dynamic filters of several sizes (He et al., "Dynamic Multi-Scale
    Filters for Semantic Segmentation", ICCV 2019).

    Args:
        filter_sizes: Taps along each side, for each context.
        fusion: Whether one more convolution mixes each context.
        **kwargs: See :class:`BaseDecodeHead`.

    Raises:
        InputError: ``filter_sizes`` is not a list.
    """

    def __init__(self, filter_sizes: Sequence[int] = (1, 3, 5, 7), fusion: bool = False,
                 **kwargs: Any) -> None:
        check_list(type(self).__name__, 'filter_sizes', filter_sizes)
        super().__init__(**kwargs)
        self.filter_sizes, self.fusion = filter_sizes, fusion
        style = dict(conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        self.dcm_modules = nn.ModuleList(
            DCM(size, fusion, self.in_channels, self.channels, **style) for size in filter_sizes)
        self.bottleneck = ConvModule(self.in_channels + len(filter_sizes) * self.channels,
                                     self.channels, 3, padding=1, **style)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        x = self._transform_inputs(inputs)
        contexts = [context(x) for context in self.dcm_modules]
        return self.cls_seg(self.bottleneck(torch.cat([x, *contexts], dim=1)))
