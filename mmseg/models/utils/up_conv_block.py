"""A step of a decoder that goes back up to the resolution of its skip connection."""
from __future__ import annotations

from collections.abc import Callable

import torch
from mmcv.cnn import ConvModule, build_upsample_layer
from torch import Tensor, nn

from ...ops import resize


class UpConvBlock(nn.Module):
    """Upsampled features concatenated with those of the encoder, then convolutions over both.

    Ronneberger et al., "U-Net: Convolutional Networks for Biomedical Image Segmentation", MICCAI
    2015, section 2.

    Args:
        conv_block: Class of the convolutions behind the two.
        in_channels: Channels of the coarse feature map.
        skip_channels: Channels of the encoder's feature map.
        out_channels: Channels of the output.
        num_convs: Number of convolutions.
        stride: Step of the first one in pixels.
        dilation: Distance of the taps in the others in pixels.
        with_cp: Whether activations are recomputed in the backward pass, to save memory.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        upsample_cfg: Config of the layer that upsamples; None where both have one resolution.
        dcn: Handed to ``conv_block``.
        plugins: Handed to ``conv_block``.
    """

    def __init__(self, conv_block: Callable[..., nn.Module], in_channels: int, skip_channels: int,
                 out_channels: int, num_convs: int = 2, stride: int = 1, dilation: int = 1,
                 with_cp: bool = False, conv_cfg: dict | None = None,
                 norm_cfg: dict | None = dict(type='BN'),
                 act_cfg: dict | None = dict(type='ReLU'),
                 upsample_cfg: dict | None = dict(type='InterpConv'), dcn: dict | None = None,
                 plugins: list | None = None) -> None:
        super().__init__()
        style = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.conv_block = conv_block(
            in_channels=2 * skip_channels, out_channels=out_channels, num_convs=num_convs,
            stride=stride, dilation=dilation, with_cp=with_cp, conv_cfg=conv_cfg, dcn=dcn,
            plugins=plugins, **style)
        self.upsample: nn.Module
        if upsample_cfg is None:
            self.upsample = ConvModule(in_channels, skip_channels, 1, conv_cfg=conv_cfg, **style)
        else:
            self.upsample = build_upsample_layer(
                upsample_cfg, in_channels=in_channels, out_channels=skip_channels,
                with_cp=with_cp, **style)

    def forward(self, skip: Tensor, x: Tensor) -> Tensor:
        """Output of the size of ``skip (N, C, H, W)`` for ``x (N, C', h, w)``."""
        x = self.upsample(x)
        # Halving an odd size loses a pixel or adds one; the skip connection knows the size.
        if torch.jit.is_tracing() or x.shape[2:] != skip.shape[2:]:
            x = resize(x, size=skip.shape[2:], mode='bilinear', align_corners=False)
        return self.conv_block(torch.cat([skip, x], dim=1))
