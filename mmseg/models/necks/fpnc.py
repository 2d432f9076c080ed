"""Feature pyramid whose levels become one map (Liao et al., "Real-time Scene Text Detection with
Differentiable Binarization", AAAI 2020, section 3), with the adaptive fusion of DB++."""
from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmcv.runner import BaseModule
from torch import Tensor, nn

from ...utils.errors import InputError
from ..builder import NECKS
from ..utils.check_maps import check_maps

_FUSIONS = ('ScaleChannelSpatial',)
_INIT = (dict(type='Kaiming', layer='Conv'),
         dict(type='Constant', layer='BatchNorm', val=1., bias=1e-4))


class ScaleChannelSpatialAttention(BaseModule):
    """Weight of each level at each pixel (Liao et al., "Real-Time Scene Text Detection with
    Differentiable Binarization and Adaptive Scale Fusion", TPAMI 2022, section 3.3).

    Args:
        in_channels: Of the map of all levels.
        c_wise_channels: Of the bottleneck of the attention over channels.
        out_channels: Number of levels.
        init_cfg: Initialisation config.
    """

    def __init__(self, in_channels: int, c_wise_channels: int, out_channels: int,
                 init_cfg: dict | list | None = [dict(type='Kaiming', layer='Conv', bias=0)]
                 ) -> None:
        super().__init__(init_cfg)
        sigmoid = dict(type='Sigmoid')
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.channel_wise = nn.Sequential(
            ConvModule(in_channels, c_wise_channels, 1, bias=False),
            ConvModule(c_wise_channels, in_channels, 1, bias=False, act_cfg=sigmoid))
        self.spatial_wise = nn.Sequential(
            ConvModule(1, 1, 3, padding=1, bias=False),
            ConvModule(1, 1, 1, bias=False, act_cfg=sigmoid))
        self.attention_wise = ConvModule(in_channels, out_channels, 1, bias=False, act_cfg=sigmoid)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return weights (N, levels, H, W) in (0, 1)."""
        x = inputs + self.channel_wise(self.avg_pool(inputs))
        return self.attention_wise(x + self.spatial_wise(x.mean(dim=1, keepdim=True)))


@NECKS.register_module()
class FPNC(BaseModule):
    """All levels of a pyramid, concatenated at the size of the finest one.

    Args:
        in_channels: Channels of every input, from fine to coarse.
        lateral_channels: Channels of the maps of the pyramid.
        out_channels: Channels that each level adds to the output.
        bias_on_lateral: Whether the 1x1 convolutions have a bias.
        bn_re_on_lateral: Whether batch norm and ReLU follow them.
        bias_on_smooth: Whether the 3x3 convolutions have a bias.
        bn_re_on_smooth: Whether batch norm and ReLU follow them.
        asf_cfg: ``dict(attention_type='ScaleChannelSpatial')`` weighs the levels, as DB++ does.
        conv_after_concat: Whether a 3x3 convolution follows the concatenation.
        init_cfg: Initialisation config.
        in_index: The inputs that it reads, from fine to coarse; None reads all.

    Raises:
        InputError: An unknown ``attention_type``, or ``in_index`` beyond the inputs.
    """

    def __init__(self,
                 in_channels: Sequence[int],
                 lateral_channels: int = 256,
                 out_channels: int = 64,
                 bias_on_lateral: bool = False,
                 bn_re_on_lateral: bool = False,
                 bias_on_smooth: bool = False,
                 bn_re_on_smooth: bool = False,
                 asf_cfg: dict | None = None,
                 conv_after_concat: bool = False,
                 init_cfg: dict | list | None = list(_INIT),
                 in_index: Sequence[int] | None = None) -> None:
        super().__init__(init_cfg)
        if not isinstance(in_channels, (list, tuple)):
            raise InputError(f'in_channels of FPNC is {in_channels!r}; expected a list with the '
                             'channels of every input')
        self.in_channels, self.in_index = in_channels, in_index
        self.lateral_channels, self.out_channels = lateral_channels, out_channels
        self.num_ins = self.num_outs = len(in_channels)
        total = out_channels * self.num_outs
        norm_act = dict(norm_cfg=dict(type='BN'), act_cfg=dict(type='ReLU'))
        plain = dict(norm_cfg=None, act_cfg=None)
        self.lateral_convs = nn.ModuleList(
            ConvModule(channels, lateral_channels, 1, bias=bias_on_lateral, inplace=False,
                       **(norm_act if bn_re_on_lateral else plain)) for channels in in_channels)
        self.smooth_convs = nn.ModuleList(
            ConvModule(lateral_channels, out_channels, 3, padding=1, bias=bias_on_smooth,
                       inplace=False, **(norm_act if bn_re_on_smooth else plain))
            for _ in in_channels)
        self.asf_cfg = asf_cfg
        if asf_cfg is not None:
            if asf_cfg.get('attention_type') not in _FUSIONS:
                raise InputError(f'asf_cfg.attention_type of FPNC is '
                                 f'{asf_cfg.get("attention_type")!r}; expected one of {_FUSIONS}')
            self.asf_conv = ConvModule(total, total, 3, padding=1, act_cfg=None, inplace=False)
            self.asf_attn = ScaleChannelSpatialAttention(total, total // 4, self.num_outs)
        self.conv_after_concat = conv_after_concat
        if conv_after_concat:
            self.out_conv = ConvModule(total, total, 3, padding=1, inplace=False, **norm_act)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Return one map (N, out_channels * levels, H, W) of the size of the first input.

        Raises:
            InputError: ``in_index`` goes beyond the feature maps.
        """
        if self.in_index is not None:
            if max(self.in_index) >= len(inputs):
                raise InputError(f'in_index={tuple(self.in_index)} of FPNC goes beyond the '
                                 f'{len(inputs)} feature maps that it gets, which count from 0')
            inputs = [inputs[index] for index in self.in_index]
        check_maps('FPNC', inputs, self.in_channels)
        levels = [conv(x) for conv, x in zip(self.lateral_convs, inputs, strict=True)]
        for i in reversed(range(1, len(levels))):
            levels[i - 1] = levels[i - 1] + F.interpolate(levels[i], size=levels[i - 1].shape[2:])
        outs = [F.interpolate(conv(x), size=levels[0].shape[2:])
                for conv, x in zip(self.smooth_convs, levels, strict=True)]
        out = torch.cat(outs, dim=1)
        if self.asf_cfg is not None:
            weights = self.asf_attn(self.asf_conv(out))
            out = torch.cat([weights[:, i:i + 1] * x for i, x in enumerate(outs)], dim=1)
        return self.out_conv(out) if self.conv_after_concat else out
