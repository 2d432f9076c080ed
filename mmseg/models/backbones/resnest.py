"""Residual networks with attention over splits (Zhang et al., "ResNeSt: Split-Attention
Networks", CVPR workshops 2022)."""
from __future__ import annotations

from typing import Any

from mmcv.cnn import build_conv_layer, build_norm_layer
from torch import Tensor, nn

from ..builder import BACKBONES
from ..utils import Bottleneck as ResNetBottleneck
from .resnet import ResNetV1d
from .resnext import without_fallback


class SplitAttentionConv2d(nn.Module):
    """``radix`` convolutions of the input, mixed channel by channel by how the image looks.

    Zhang et al., "ResNeSt", section 3.1: the mixing weights come of the global average of the
    splits' sum, and add up to one over the splits (with a single split they are a gate).

    Args:
        in_channels: Channels of the input.
        channels: Channels of the output.
        kernel_size: Taps of the convolution.
        stride: Step in pixels.
        padding: Zeros around the input in pixels.
        dilation: Distance of the taps in pixels.
        groups: Groups of each split (the paper's cardinality).
        radix: Number of splits.
        reduction_factor: How much narrower the layer between average and weights is.
        conv_cfg: Config of the convolution of the splits.
        norm_cfg: Config of the normalisations.
    """

    def __init__(self, in_channels: int, channels: int, kernel_size: int, stride: int = 1,
                 padding: int = 0, dilation: int = 1, groups: int = 1, radix: int = 2,
                 reduction_factor: int = 4, conv_cfg: dict | None = None,
                 norm_cfg: dict | None = None) -> None:
        super().__init__()
        norm_cfg = norm_cfg or dict(type='BN')
        self.channels, self.groups, self.radix = channels, groups, radix
        narrow = max(in_channels * radix // reduction_factor, 32)
        self.conv = build_conv_layer(conv_cfg, in_channels, channels * radix, kernel_size,
                                     stride=stride, padding=padding, dilation=dilation,
                                     groups=groups * radix, bias=False)
        splits_norm = self._add_norm(norm_cfg, channels * radix, 0)
        self.fc1 = nn.Conv2d(channels, narrow, 1, groups=groups)
        narrow_norm = self._add_norm(norm_cfg, narrow, 1)
        self.fc2 = nn.Conv2d(narrow, channels * radix, 1, groups=groups)
        self.relu = nn.ReLU(inplace=True)
        self._norm_names = splits_norm, narrow_norm

    def _add_norm(self, norm_cfg: dict, channels: int, index: int) -> str:
        """Append a normalisation; gives its name, such as ``bn0``."""
        name, norm = build_norm_layer(norm_cfg, channels, postfix=index)
        self.add_module(name, norm)
        return name

    def _mixing_weights(self, logits: Tensor) -> Tensor:
        """Weights ``(N, radix * C, 1, 1)``, split after split, of ``logits`` group by group."""
        if self.radix == 1:
            return logits.sigmoid()
        channels = self.channels // self.groups
        weights = logits.reshape(-1, self.groups, self.radix, channels).softmax(dim=2)
        return weights.transpose(1, 2).reshape(-1, self.radix * self.channels, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, channels, h / stride, w / stride)`` of a map ``(N, in_channels, h, w)``."""
        splits_norm, narrow_norm = (getattr(self, name) for name in self._norm_names)
        splits = self.relu(splits_norm(self.conv(x))).chunk(self.radix, dim=1)
        context = sum(splits).mean(dim=(2, 3), keepdim=True)
        logits = self.fc2(self.relu(narrow_norm(self.fc1(context))))
        weights = self._mixing_weights(logits).chunk(self.radix, dim=1)
        return sum(weight * split for weight, split in zip(weights, splits, strict=True))


class Bottleneck(ResNetBottleneck):
    """Bottleneck whose 3x3 convolution is a :class:`SplitAttentionConv2d`.

    Args:
        radix: Number of splits.
        reduction_factor: See :class:`SplitAttentionConv2d`.
        avg_down_stride: Whether an average pooling behind the convolution takes its stride.
        **kwargs: See :class:`mmseg.models.utils.Bottleneck`.
    """

    def __init__(self, *args: Any, radix: int = 2, reduction_factor: int = 4,
                 avg_down_stride: bool = True, **kwargs: Any) -> None:
        self._split_settings = dict(radix=radix, reduction_factor=reduction_factor)
        self.avg_down_stride = avg_down_stride
        super().__init__(*args, **kwargs)

    def _add_middle(self, channels: int, stride: int, groups: int) -> None:
        self.avg_down_stride = self.avg_down_stride and stride > 1
        self.conv2 = SplitAttentionConv2d(
            channels, channels, 3, stride=1 if self.avg_down_stride else stride,
            padding=self.dilation, dilation=self.dilation, groups=groups,
            conv_cfg=self._dcn_cfg() or self.conv_cfg,
            norm_cfg=self.norm_cfg, **self._split_settings)
        if self.avg_down_stride:
            self.avd_layer = nn.AvgPool2d(3, stride, padding=1)

    def _branch(self, x: Tensor) -> Tensor:
        x = self.relu(self.norm1(self.conv1(x)))
        x = self.conv2(self._plug(x, self.after_conv1_plugin_names))
        if self.avg_down_stride:
            x = self.avd_layer(x)
        x = self.norm3(self.conv3(self._plug(x, self.after_conv2_plugin_names)))
        return self._plug(x, self.after_conv3_plugin_names)


@BACKBONES.register_module()
class ResNeSt(ResNetV1d):
    """Feature maps of a residual network with split attention (Zhang et al., "ResNeSt").

    Args:
        groups: Groups of each split.
        base_width: Channels of a group in the first stage, where there are several.
        radix: Number of splits.
        reduction_factor: See :class:`SplitAttentionConv2d`.
        avg_down_stride: Whether an average pooling behind the convolution takes its stride
            (section 3.2).
        **kwargs: See :class:`ResNetV1d`; ``depth`` is 50, 101, 152, 200 or 269.
    """

    arch_settings = {
        50: (Bottleneck, (3, 4, 6, 3)),
        101: (Bottleneck, (3, 4, 23, 3)),
        152: (Bottleneck, (3, 8, 36, 3)),
        200: (Bottleneck, (3, 24, 36, 3)),
        269: (Bottleneck, (3, 30, 48, 8)),
    }

    def __init__(self, groups: int = 1, base_width: int = 4, radix: int = 2,
                 reduction_factor: int = 4, avg_down_stride: bool = True, **kwargs: Any) -> None:
        self.groups, self.base_width, self.radix = groups, base_width, radix
        self.reduction_factor, self.avg_down_stride = reduction_factor, avg_down_stride
        super().__init__(**kwargs)

    def make_res_layer(self, **kwargs: Any) -> nn.Module:
        """One stage; the blocks take the settings of splits and groups as well."""
        return super().make_res_layer(
            groups=self.groups, base_width=self.base_width, base_channels=self.base_channels,
            radix=self.radix, reduction_factor=self.reduction_factor,
            avg_down_stride=self.avg_down_stride, **without_fallback(kwargs))
