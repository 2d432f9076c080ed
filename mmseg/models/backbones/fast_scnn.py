"""Fast-SCNN (Poudel et al., "Fast-SCNN: Fast Semantic Segmentation Network", BMVC 2019)."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import ConvModule, DepthwiseSeparableConvModule
from torch import Tensor, nn

from ...ops import resize
from ...utils.errors import InputError
from ..builder import BACKBONES
from ..decode_heads.psp_head import PPM
from ..utils import InvertedResidual
from .base_backbone import BaseBackbone

BN = dict(type='BN')
RELU = dict(type='ReLU')


class LearningToDownsample(nn.Module):
    """The image at an eighth of its size, by three cheap convolutions (section 3.2.1).

    Args:
        in_channels: Channels of the image.
        dw_channels: Channels behind the first and the second convolution.
        out_channels: Channels of the output.
        conv_cfg: Config of the first convolution.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the first convolution's activation.
        dw_act_cfg: Config of the activation behind a depthwise convolution, or None.
    """

    def __init__(self, in_channels: int, dw_channels: Sequence[int], out_channels: int,
                 conv_cfg: dict | None = None, norm_cfg: dict | None = BN,
                 act_cfg: dict | None = RELU, dw_act_cfg: dict | None = None) -> None:
        super().__init__()
        first, second = dw_channels
        shared: dict[str, Any] = dict(kernel_size=3, stride=2, padding=1, norm_cfg=norm_cfg)
        self.conv = ConvModule(in_channels, first, conv_cfg=conv_cfg, act_cfg=act_cfg, **shared)
        # The pointwise convolutions keep ReLU whatever act_cfg says, as in MMSegmentation 0.x.
        shared.update(dw_act_cfg=dw_act_cfg)
        self.dsconv1 = DepthwiseSeparableConvModule(first, second, **shared)
        self.dsconv2 = DepthwiseSeparableConvModule(second, out_channels, **shared)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, out_channels, H / 8, W / 8)`` of an image ``(N, in_channels, H, W)``."""
        return self.dsconv2(self.dsconv1(self.conv(x)))


class GlobalFeatureExtractor(nn.Module):
    """What the image shows as a whole, by inverted residuals and pyramid pooling (section 3.2.2).

    Args:
        in_channels: Channels of the input.
        block_channels: Channels of the three stages.
        out_channels: Channels of the output.
        expand_ratio: How much wider the blocks are inside.
        num_blocks: Blocks of the three stages.
        strides: Step of each stage's first block in pixels.
        pool_scales: Cells of each pooling grid along one axis.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        align_corners: Whether resizing keeps the corner pixels in place.
    """

    def __init__(self, in_channels: int = 64, block_channels: Sequence[int] = (64, 96, 128),
                 out_channels: int = 128, expand_ratio: int = 6,
                 num_blocks: Sequence[int] = (3, 3, 3), strides: Sequence[int] = (2, 2, 1),
                 pool_scales: Sequence[int] = (1, 2, 3, 6), conv_cfg: dict | None = None,
                 norm_cfg: dict | None = BN, act_cfg: dict | None = RELU,
                 align_corners: bool = False) -> None:
        super().__init__()
        style: dict[str, Any] = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg)
        for i, (channels, number, stride) in enumerate(
                zip(block_channels, num_blocks, strides, strict=True), start=1):
            steps = [stride] + [1] * (number - 1)
            sources = [in_channels] + [channels] * (number - 1)
            in_channels = channels
            self.add_module(f'bottleneck{i}', nn.Sequential(*(
                InvertedResidual(source, channels, step, expand_ratio, **style)
                for source, step in zip(sources, steps))))
        share = in_channels // len(pool_scales)
        self.ppm = PPM(pool_scales, in_channels, share, align_corners=align_corners, **style)
        self.out = ConvModule(in_channels + share * len(pool_scales), out_channels, 3, padding=1,
                              **style)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, out_channels, h / s, w / s)`` of a map ``(N, in_channels, h, w)``; s is the
        product of the strides."""
        x = self.bottleneck3(self.bottleneck2(self.bottleneck1(x)))
        return self.out(torch.cat([x, *self.ppm(x)], dim=1))


class FeatureFusionModule(nn.Module):
    """Sum of a fine and a coarse feature map, at the fine one's size (section 3.2.3, table 2).

    Args:
        higher_in_channels: Channels of the fine one.
        lower_in_channels: Channels of the coarse one.
        out_channels: Channels of the output.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        dwconv_act_cfg: Config of the activation behind the depthwise convolution.
        conv_act_cfg: Config of the activations before the sum, or None.
        align_corners: Whether resizing keeps the corner pixels in place.
    """

    def __init__(self, higher_in_channels: int, lower_in_channels: int, out_channels: int,
                 conv_cfg: dict | None = None, norm_cfg: dict | None = BN,
                 dwconv_act_cfg: dict | None = RELU, conv_act_cfg: dict | None = None,
                 align_corners: bool = False) -> None:
        super().__init__()
        self.align_corners = align_corners
        style: dict[str, Any] = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg)
        self.dwconv = ConvModule(lower_in_channels, out_channels, 3, padding=1,
                                 groups=out_channels, act_cfg=dwconv_act_cfg, **style)
        self.conv_lower_res = ConvModule(out_channels, out_channels, 1, act_cfg=conv_act_cfg,
                                         **style)
        self.conv_higher_res = ConvModule(higher_in_channels, out_channels, 1,
                                          act_cfg=conv_act_cfg, **style)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, higher_res_feature: Tensor, lower_res_feature: Tensor) -> Tensor:
        """Map ``(N, out_channels, h, w)`` at the size of the fine one."""
        coarse = resize(lower_res_feature, size=higher_res_feature.shape[2:], mode='bilinear',
                        align_corners=self.align_corners)
        coarse = self.conv_lower_res(self.dwconv(coarse))
        return self.relu(self.conv_higher_res(higher_res_feature) + coarse)


@BACKBONES.register_module()
class FastSCNN(BaseBackbone):
    """Of the fine (0), the coarse (1) and the fused features (2) those in ``out_indices``.

    Args:
        in_channels: Channels of the image.
        downsample_dw_channels: Channels behind the first two convolutions.
        global_in_channels: Channels of the fine features.
        global_block_channels: Channels of the stages between fine and coarse features.
        global_block_strides: Their steps in pixels.
        global_out_channels: Channels of the coarse features.
        higher_in_channels: Channels of the fine features, as ``global_in_channels``.
        lower_in_channels: Channels of the coarse features, as ``global_out_channels``.
        fusion_out_channels: Channels of the fused features; they divide ``lower_in_channels``.
        out_indices: Which features are returned.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        align_corners: Whether resizing keeps the corner pixels in place.
        dw_act_cfg: Config of the activation behind a depthwise convolution of the downsampling,
            or None.
        init_cfg: Initialisation config.

    Raises:
        InputError: The channels do not fit together, or an index beyond the three features.
    """

    def __init__(self,
                 in_channels: int = 3,
                 downsample_dw_channels: Sequence[int] = (32, 48),
                 global_in_channels: int = 64,
                 global_block_channels: Sequence[int] = (64, 96, 128),
                 global_block_strides: Sequence[int] = (2, 2, 1),
                 global_out_channels: int = 128,
                 higher_in_channels: int = 64,
                 lower_in_channels: int = 128,
                 fusion_out_channels: int = 128,
                 out_indices: Sequence[int] = (0, 1, 2),
                 conv_cfg: dict | None = None,
                 norm_cfg: dict | None = BN,
                 act_cfg: dict | None = RELU,
                 align_corners: bool = False,
                 dw_act_cfg: dict | None = None,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(None, init_cfg)
        for one, other, pair in ((global_in_channels, higher_in_channels,
                                  ('global_in_channels', 'higher_in_channels')),
                                 (global_out_channels, lower_in_channels,
                                  ('global_out_channels', 'lower_in_channels'))):
            if one != other:
                raise InputError(f"FastSCNN's {pair[0]}={one} and {pair[1]}={other} are the same "
                                 'features and must be equal')
        for name, values, wanted in (('downsample_dw_channels', downsample_dw_channels, 2),
                                     ('global_block_channels', global_block_channels, 3),
                                     ('global_block_strides', global_block_strides, 3)):
            if len(values) != wanted:
                raise InputError(f"FastSCNN's {name}={tuple(values)} needs {wanted} values")
        self._check_indices('out_indices', out_indices, 0, 2)
        self.out_indices, self.align_corners = out_indices, align_corners
        style: dict[str, Any] = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg)
        self.learning_to_downsample = LearningToDownsample(
            in_channels, downsample_dw_channels, global_in_channels, act_cfg=act_cfg,
            dw_act_cfg=dw_act_cfg, **style)
        self.global_feature_extractor = GlobalFeatureExtractor(
            global_in_channels, global_block_channels, global_out_channels,
            strides=global_block_strides, act_cfg=act_cfg, align_corners=align_corners, **style)
        self.feature_fusion = FeatureFusionModule(
            higher_in_channels, lower_in_channels, fusion_out_channels, dwconv_act_cfg=act_cfg,
            align_corners=align_corners, **style)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Maps ``(N, C, h, w)``, one for each of ``out_indices``."""
        fine = self.learning_to_downsample(x)
        coarse = self.global_feature_extractor(fine)
        features = fine, coarse, self.feature_fusion(fine, coarse)
        return tuple(features[i] for i in self.out_indices)
