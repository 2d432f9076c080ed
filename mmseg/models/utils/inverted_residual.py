"""Inverted residual blocks: wide inside, narrow outside, one filter a channel in the middle."""
from __future__ import annotations

from typing import Any

from mmcv.cnn import ConvModule
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...utils.errors import InputError
from .same_pad_conv import SamePadConv2d
from .se_layer import SELayer


class _ShortcutBlock(nn.Module):
    """Branch, plus the input where ``use_res_connect``; a subclass writes :meth:`_branch`."""

    use_res_connect: bool
    with_cp: bool

    def _set_up(self, in_channels: int, out_channels: int, stride: int, with_cp: bool) -> None:
        if stride not in (1, 2):
            raise InputError(f'an inverted residual block has stride={stride}; expected 1 or 2')
        self.stride, self.with_cp = stride, with_cp
        self.use_res_connect = stride == 1 and in_channels == out_channels

    def _branch(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def _sum(self, x: Tensor) -> Tensor:
        return x + self._branch(x) if self.use_res_connect else self._branch(x)

    def forward(self, x: Tensor) -> Tensor:
        if self.with_cp and x.requires_grad:
            return checkpoint(self._sum, x, use_reentrant=False)
        return self._sum(x)


class InvertedResidual(_ShortcutBlock):
    """Expansion, depthwise and linear projection (Sandler et al., "MobileNetV2: Inverted Residuals
    and Linear Bottlenecks", CVPR 2018, section 3.3).

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        stride: Step in pixels, 1 or 2.
        expand_ratio: How much wider the block is inside.
        dilation: Distance of the depthwise taps in pixels.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        with_cp: Whether the block is recomputed in the backward pass, to save memory.
        **kwargs: Handed to every :class:`mmcv.cnn.ConvModule`.

    Raises:
        InputError: Another stride.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int, expand_ratio: float,
                 dilation: int = 1, conv_cfg: dict | None = None,
                 norm_cfg: dict | None = dict(type='BN'),
                 act_cfg: dict | None = dict(type='ReLU6'), with_cp: bool = False,
                 **kwargs: Any) -> None:
        super().__init__()
        self._set_up(in_channels, out_channels, stride, with_cp)
        inner = round(in_channels * expand_ratio)
        style = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg, **kwargs)
        depthwise = ConvModule(inner, inner, 3, stride=stride, padding=dilation,
                               dilation=dilation, groups=inner, act_cfg=act_cfg, **style)
        project = ConvModule(inner, out_channels, 1, act_cfg=None, **style)
        expand = ([] if expand_ratio == 1 else
                  [ConvModule(in_channels, inner, 1, act_cfg=act_cfg, **style)])
        self.conv = nn.Sequential(*expand, depthwise, project)

    def _branch(self, x: Tensor) -> Tensor:
        return self.conv(x)


class InvertedResidualV3(_ShortcutBlock):
    """Inverted residual with a gate on its channels (Howard et al., "Searching for MobileNetV3",
    ICCV 2019, section 5.3).

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        mid_channels: Channels inside.
        kernel_size: Taps of the depthwise convolution.
        stride: Step in pixels, 1 or 2; with 2 the padding is TensorFlow's.
        se_cfg: Arguments of the :class:`SELayer`, or None for a block without one.
        with_expand_conv: Whether a 1x1 convolution widens the input; without it ``mid_channels``
            equals ``in_channels``.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        with_cp: Whether the block is recomputed in the backward pass, to save memory.
        dilation: Distance of the depthwise taps in pixels.

    Raises:
        InputError: Another stride, or ``mid_channels`` that do not fit.
    """

    def __init__(self, in_channels: int, out_channels: int, mid_channels: int,
                 kernel_size: int = 3, stride: int = 1, se_cfg: dict | None = None,
                 with_expand_conv: bool = True, conv_cfg: dict | None = None,
                 norm_cfg: dict | None = dict(type='BN'),
                 act_cfg: dict | None = dict(type='ReLU'), with_cp: bool = False,
                 dilation: int = 1) -> None:
        super().__init__()
        self._set_up(in_channels, out_channels, stride, with_cp)
        if not with_expand_conv and mid_channels != in_channels:
            raise InputError(f'an inverted residual block has mid_channels={mid_channels} and '
                             f'in_channels={in_channels}; without with_expand_conv they are equal')
        plain = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg)
        self.with_expand_conv, self.with_se = with_expand_conv, se_cfg is not None
        if with_expand_conv:
            self.expand_conv = ConvModule(in_channels, mid_channels, 1, act_cfg=act_cfg, **plain)
        strided = dict(type=SamePadConv2d.__name__) if stride == 2 else conv_cfg
        self.depthwise_conv = ConvModule(
            mid_channels, mid_channels, kernel_size, stride=stride,
            padding=kernel_size // 2 * dilation, dilation=dilation, groups=mid_channels,
            conv_cfg=strided, norm_cfg=norm_cfg, act_cfg=act_cfg)
        if se_cfg is not None:
            self.se = SELayer(**se_cfg)
        self.linear_conv = ConvModule(mid_channels, out_channels, 1, act_cfg=None, **plain)

    def _branch(self, x: Tensor) -> Tensor:
        x = self.expand_conv(x) if self.with_expand_conv else x
        x = self.depthwise_conv(x)
        return self.linear_conv(self.se(x) if self.with_se else x)

    @property
    def with_res_shortcut(self) -> bool:
        """Whether the input is added, as 0.x calls it in this block."""
        return self.use_res_connect
