"""STDC (Fan et al., "Rethinking BiSeNet For Real-time Semantic Segmentation", CVPR 2021)."""
from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmcv.runner import BaseModule, ModuleList, Sequential
from torch import Tensor, nn

from ...ops import resize
from ...utils.errors import InputError, nearest
from ..builder import BACKBONES
from ..utils.nested_backbone import build_nested_backbone
from .base_backbone import BaseBackbone
from .bisenetv1 import AttentionRefinementModule

FUSION_TYPES = ('add', 'cat')


class STDCModule(BaseModule):
    """Short-term dense concatenation: each convolution reads the one before, all are joined
    (section 3.1).

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output: a half from the first convolution, a quarter from
            the second and so on; the last two have the same number.
        stride: Step in pixels, 1 or 2.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations but the first, which is ReLU.
        num_convs: Number of convolutions, at least 2.
        fusion_type: ``'cat'`` joins; ``'add'`` adds the input to that, convolved at stride 2.
        init_cfg: Initialisation config.

    Raises:
        InputError: Fewer than two convolutions, or another fusion.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int,
                 norm_cfg: dict | None = None, act_cfg: dict | None = None, num_convs: int = 4,
                 fusion_type: str = 'add', init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        if fusion_type not in FUSION_TYPES:
            raise InputError(f'bottleneck_type of STDCNet is {fusion_type!r}; expected one of '
                             f'{FUSION_TYPES}')
        if num_convs < 2:
            raise InputError(f'STDCNet has num_convs={num_convs}; expected 2 or more')
        self.stride, self.fusion_type = stride, fusion_type
        style = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        half = out_channels // 2
        # Existing models have ReLU after the first, whatever act_cfg says.
        self.layers = ModuleList([ConvModule(in_channels, half, 1, norm_cfg=norm_cfg)])
        if stride == 2:
            plain = dict(norm_cfg=norm_cfg, act_cfg=None)
            self.downsample = ConvModule(half, half, 3, stride=2, padding=1, groups=half, **plain)
            if fusion_type == 'add':
                # Checkpoints hold the downsampling under both names.
                self.layers[0] = nn.Sequential(self.layers[0], self.downsample)
                self.skip: nn.Module = Sequential(
                    ConvModule(in_channels, in_channels, 3, stride=2, padding=1,
                               groups=in_channels, **plain),
                    ConvModule(in_channels, out_channels, 1, **plain))
            else:
                self.skip = nn.AvgPool2d(3, stride=2, padding=1)
        shares = [2**i for i in range(1, num_convs)]
        channels = [out_channels // share for share in [*shares, shares[-1]]]
        self.layers.extend(
            ConvModule(source, target, 3, padding=1, **style)
            for source, target in pairwise(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, out_channels, h / stride, w / stride)`` of a map ``(N, in_channels, h, w)``."""
        first, *further = self.layers
        parts = [first(x)]
        deep = parts[0]
        if self.stride == 2 and self.fusion_type == 'cat':
            deep, parts = self.downsample(deep), [self.skip(deep)]
        for layer in further:
            deep = layer(deep)
            parts.append(deep)
        joined = torch.cat(parts, dim=1)
        if self.fusion_type == 'cat':
            return joined
        return joined + (self.skip(x) if self.stride == 2 else x)


class FeatureFusionModule(BaseModule):
    """Two maps of one size joined, the channels weighed by their mean (section 3.2, as in
    BiSeNet).

    Args:
        in_channels: Channels of both maps together.
        out_channels: Channels of the output.
        scale_factor: How many times narrower the weights' first convolution is.
        norm_cfg: Config of the first convolution's normalisation.
        act_cfg: Config of the activations.
    """

    def __init__(self, in_channels: int, out_channels: int, scale_factor: int = 4,
                 norm_cfg: dict | None = dict(type='BN'),
                 act_cfg: dict | None = dict(type='ReLU')) -> None:
        super().__init__()
        narrow = out_channels // scale_factor
        self.conv0 = ConvModule(in_channels, out_channels, 1, norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.attention = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            ConvModule(out_channels, narrow, 1, bias=False, act_cfg=act_cfg),
            ConvModule(narrow, out_channels, 1, bias=False, act_cfg=None), nn.Sigmoid())

    def forward(self, spatial: Tensor, context: Tensor) -> Tensor:
        """Map ``(N, out_channels, h, w)`` of two maps ``(N, C, h, w)`` of one size."""
        x = self.conv0(torch.cat([spatial, context], dim=1))
        return x + x * self.attention(x)


@BACKBONES.register_module()
class STDCNet(BaseBackbone):
    """Maps of strides 8, 16 and 32 (section 3.1, table 2).

    Args:
        stdc_type: ``'STDCNet1'`` or ``'STDCNet2'``.
        in_channels: Channels of the image.
        channels: Channels after each halving of the size, five of them.
        bottleneck_type: How a module fuses its convolutions, ``'cat'`` or ``'add'``.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        num_convs: Number of convolutions of each module.
        with_final_conv: Whether a 1x1 convolution follows, of at least 1024 channels.
        pretrained: Where the weights come from; short for
            ``init_cfg=dict(type='Pretrained', ...)``.
        init_cfg: Initialisation config.

    Raises:
        InputError: An unknown ``stdc_type`` or ``bottleneck_type``, not five ``channels``, or both
            ``pretrained`` and ``init_cfg``.
    """

    # for every stage after the first two convolutions, the stride of each of its modules
    arch_settings: dict = {
        'STDCNet1': ((2, 1), (2, 1), (2, 1)),
        'STDCNet2': ((2, 1, 1, 1), (2, 1, 1, 1, 1), (2, 1, 1)),
    }

    def __init__(self, stdc_type: str, in_channels: int, channels: Sequence[int],
                 bottleneck_type: str, norm_cfg: dict | None, act_cfg: dict | None,
                 num_convs: int = 4, with_final_conv: bool = False,
                 pretrained: str | None = None,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(pretrained, init_cfg, default_init=())
        if stdc_type not in self.arch_settings:
            raise InputError(f'STDCNet has no stdc_type={stdc_type!r}'
                             f'{nearest(stdc_type, self.arch_settings)}; expected one of '
                             f'{list(self.arch_settings)}')
        if len(channels) != 5:
            raise InputError(f'STDCNet has channels={tuple(channels)}; expected five numbers')
        self.stdc_type, self.channels, self.with_final_conv = stdc_type, channels, with_final_conv
        self.stage_strides = self.arch_settings[stdc_type]
        self.num_stages = len(self.stage_strides)
        style = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.stages = ModuleList([
            ConvModule(source, target, 3, stride=2, padding=1, **style)
            for source, target in pairwise([in_channels, *channels[:2]])
        ])
        for strides, (source, target) in zip(self.stage_strides, pairwise(channels[1:]),
                                             strict=True):
            all_channels = [source] + [target] * len(strides)
            self.stages.append(Sequential(*(
                STDCModule(inner, outer, stride, norm_cfg, act_cfg, num_convs, bottleneck_type)
                for (inner, outer), stride in zip(pairwise(all_channels), strides, strict=True))))
        self.feat_dim = channels[-1]
        if with_final_conv:
            self.feat_dim = max(1024, channels[-1])
            self.final_conv = ConvModule(channels[-1], self.feat_dim, 1, **style)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Maps ``(N, C, H / s, W / s)`` of the last ``num_stages``, s of 8, 16 and 32 for three."""
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        if self.with_final_conv:
            maps[-1] = self.final_conv(maps[-1])
        return tuple(maps[-self.num_stages:])


@BACKBONES.register_module()
class STDCContextPathNet(BaseModule):
    """The backbone's map of stride 8, for the detail head; the context of strides 16 and 8, for
    auxiliary heads; the joined map of stride 8 (section 3.2, figure 5).

    Args:
        backbone_cfg: Config of an :class:`STDCNet`.
        last_in_channels: Channels of the backbone's last map and of the one before.
        out_channels: Channels of the context maps.
        ffm_cfg: Arguments of :class:`FeatureFusionModule`; its ``in_channels`` are those of the
            backbone's first map and ``out_channels`` together.
        upsample_mode: How context maps are enlarged, see :func:`mmseg.ops.resize`.
        align_corners: Whether that keeps the corner pixels in place.
        norm_cfg: Config of the normalisations of the convolutions on the sums; the attention
            modules have batch norm.
        init_cfg: Initialisation config.

    Raises:
        InputError: ``last_in_channels`` that do not fit the backbone.
    """

    def __init__(self,
                 backbone_cfg: dict,
                 last_in_channels: Sequence[int] = (1024, 512),
                 out_channels: int = 128,
                 ffm_cfg: dict = dict(in_channels=512, out_channels=256, scale_factor=4),
                 upsample_mode: str = 'nearest',
                 align_corners: bool | None = None,
                 norm_cfg: dict | None = dict(type='BN'),
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        if len(last_in_channels) != 2:
            raise InputError(f'STDCContextPathNet has last_in_channels={tuple(last_in_channels)}; '
                             "expected two numbers, of the backbone's last map and of the one "
                             'before')
        self.backbone = build_nested_backbone('STDCContextPathNet', backbone_cfg,
                                              last_in_channels[0], 'last_in_channels[0]')
        self.upsample_mode, self.align_corners = upsample_mode, align_corners
        self.arms = ModuleList([
            AttentionRefinementModule(channels, out_channels)
            for channels in last_in_channels
        ])
        self.convs = ModuleList([
            ConvModule(out_channels, out_channels, 3, padding=1, norm_cfg=norm_cfg)
            for _ in last_in_channels
        ])
        self.conv_avg = ConvModule(last_in_channels[0], out_channels, 1, norm_cfg=norm_cfg)
        self.ffm = FeatureFusionModule(**ffm_cfg)

    def _resize_like(self, x: Tensor, target: Tensor) -> Tensor:
        return resize(x, size=target.shape[2:], mode=self.upsample_mode,
                      align_corners=self.align_corners)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Maps ``(N, C, H / s, W / s)`` with s of 8, 16, 8 and 8."""
        fine, middle, coarse = self.backbone(x)
        context = self._resize_like(self.conv_avg(F.adaptive_avg_pool2d(coarse, 1)), coarse)
        contexts = []
        for arm, conv, source, target in zip(self.arms, self.convs, (coarse, middle),
                                             (middle, fine), strict=True):
            context = conv(self._resize_like(arm(source) + context, target))
            contexts.append(context)
        return (fine, *contexts, self.ffm(fine, context))
