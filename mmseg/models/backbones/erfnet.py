"""ERFNet (Romera et al., "ERFNet: Efficient Residual Factorized ConvNet for Real-time Semantic
Segmentation", T-ITS 2017)."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import build_activation_layer, build_conv_layer, build_norm_layer
from torch import Tensor, nn

from ...ops import resize
from ...utils.errors import InputError
from ..builder import BACKBONES
from .base_backbone import BaseBackbone

BN = dict(type='BN', eps=1e-3)
RELU = dict(type='ReLU')


class DownsamplerBlock(nn.Module):
    """The input at half its size: convolved and max-pooled channels, concatenated (section III-B).

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output, more than ``in_channels``.
        conv_cfg: Config of the convolution.
        norm_cfg: Config of the normalisation.
        act_cfg: Config of the activation.

    Raises:
        InputError: ``out_channels`` leaves none for the convolution.
    """

    def __init__(self, in_channels: int, out_channels: int, conv_cfg: dict | None = None,
                 norm_cfg: dict = BN, act_cfg: dict = RELU) -> None:
        super().__init__()
        if out_channels <= in_channels:
            raise InputError(f"ERFNet's enc_downsample_channels goes from {in_channels} to "
                             f'{out_channels}; each step needs more channels than the one before')
        self.conv = build_conv_layer(conv_cfg, in_channels, out_channels - in_channels, 3,
                                     stride=2, padding=1)
        self.pool = nn.MaxPool2d(2, stride=2)
        self.bn = build_norm_layer(norm_cfg, out_channels)[1]
        self.act = build_activation_layer(act_cfg)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, out_channels, h / 2, w / 2)`` of a map ``(N, in_channels, h, w)``."""
        convolved = self.conv(x)
        # Of an odd size the pooling drops the last pixels, the convolution does not.
        pooled = resize(self.pool(x), size=convolved.shape[2:], mode='bilinear',
                        align_corners=False)
        return self.act(self.bn(torch.cat([convolved, pooled], dim=1)))


class NonBottleneck1d(nn.Module):
    """Residual block of pairs of a 3x1 and a 1x3 convolution (section III-A, figure 2c).

    Args:
        channels: Channels of input and output.
        drop_rate: Share of the values dropped at the end of the branch.
        dilation: Distance of the taps in all pairs but the first in pixels.
        num_conv_layer: Number of pairs.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
    """

    def __init__(self, channels: int, drop_rate: float = 0, dilation: int = 1,
                 num_conv_layer: int = 2, conv_cfg: dict | None = None, norm_cfg: dict = BN,
                 act_cfg: dict = RELU) -> None:
        super().__init__()
        self.act = build_activation_layer(act_cfg)
        layers: list[nn.Module] = []
        for pair in range(num_conv_layer):
            gap = dilation if pair else 1
            column = build_conv_layer(conv_cfg, channels, channels, (3, 1), padding=(gap, 0),
                                      dilation=(gap, 1))
            row = build_conv_layer(conv_cfg, channels, channels, (1, 3), padding=(0, gap),
                                   dilation=(1, gap))
            layers += [column, self.act, row, build_norm_layer(norm_cfg, channels)[1], self.act]
        # The activation of the last pair comes after the sum.
        layers[-1] = nn.Dropout(p=drop_rate)
        self.convs_layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> Tensor:
        """Map of the shape of the input, ``(N, channels, h, w)``."""
        branch = x
        for layer in self.convs_layers:
            branch = layer(branch)
        return self.act(branch + x)


class UpsamplerBlock(nn.Module):
    """The input at twice its size, by a transposed convolution (section III-B).

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        norm_cfg: Config of the normalisation.
        act_cfg: Config of the activation.
    """

    def __init__(self, in_channels: int, out_channels: int, norm_cfg: dict = BN,
                 act_cfg: dict = RELU) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose2d(in_channels, out_channels, 3, stride=2, padding=1,
                                       output_padding=1)
        self.bn = build_norm_layer(norm_cfg, out_channels)[1]
        self.act = build_activation_layer(act_cfg)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, out_channels, 2 * h, 2 * w)`` of a map ``(N, in_channels, h, w)``."""
        return self.act(self.bn(self.conv(x)))


@BACKBONES.register_module()
class ERFNet(BaseBackbone):
    """One feature map of half the image's size, of encoder and decoder in one.

    Args:
        in_channels: Channels of the image.
        enc_downsample_channels: Channels behind each halving.
        enc_stage_non_bottlenecks: Residual blocks behind each halving but the first.
        enc_non_bottleneck_dilations: Dilations that the last of these stages goes through, as
            often as makes its number of blocks.
        enc_non_bottleneck_channels: Channels of these blocks: those of the halving before them.
        dec_upsample_channels: Channels behind each doubling.
        dec_stages_non_bottleneck: Residual blocks behind each doubling.
        dec_non_bottleneck_channels: Channels of these blocks: those of the doubling before them.
        dropout_ratio: Share of the values that the encoder's blocks drop.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations; without an ``eps`` it is 1e-3, as in the paper's
            code and in every checkpoint of MMSegmentation 0.x.
        act_cfg: Config of the activations.
        init_cfg: Initialisation config.

    Raises:
        InputError: The settings do not fit together.
    """

    def __init__(self,
                 in_channels: int = 3,
                 enc_downsample_channels: Sequence[int] = (16, 64, 128),
                 enc_stage_non_bottlenecks: Sequence[int] = (5, 8),
                 enc_non_bottleneck_dilations: Sequence[int] = (2, 4, 8, 16),
                 enc_non_bottleneck_channels: Sequence[int] = (64, 128),
                 dec_upsample_channels: Sequence[int] = (64, 16),
                 dec_stages_non_bottleneck: Sequence[int] = (2, 2),
                 dec_non_bottleneck_channels: Sequence[int] = (64, 16),
                 dropout_ratio: float = 0.1,
                 conv_cfg: dict | None = None,
                 norm_cfg: dict = dict(type='BN', requires_grad=True),
                 act_cfg: dict = RELU,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(None, init_cfg, default_init=())
        halvings, stages = tuple(enc_downsample_channels), tuple(enc_stage_non_bottlenecks)
        doublings, dilations = tuple(dec_upsample_channels), tuple(enc_non_bottleneck_dilations)
        _same('enc_non_bottleneck_channels', enc_non_bottleneck_channels, halvings[1:],
              'enc_downsample_channels without its first')
        _same('dec_non_bottleneck_channels', dec_non_bottleneck_channels, doublings,
              'dec_upsample_channels')
        _count('enc_stage_non_bottlenecks', stages, len(halvings) - 1)
        _count('dec_upsample_channels', doublings, len(halvings) - 1)
        _count('dec_stages_non_bottleneck', dec_stages_non_bottleneck, len(doublings))
        if stages[-1] % len(dilations):
            raise InputError(f"ERFNet's last enc_stage_non_bottlenecks, {stages[-1]}, is not "
                             f"divisible "
                             f'by its {len(dilations)} enc_non_bottleneck_dilations')
        norms: dict[str, Any] = dict(norm_cfg=dict(BN, **norm_cfg), act_cfg=act_cfg)
        both: dict[str, Any] = dict(conv_cfg=conv_cfg, **norms)
        # The blocks of every stage but the last see their neighbours only.
        plans = [(1, ) * number for number in stages[:-1]]
        plans.append(dilations * (stages[-1] // len(dilations)))
        encoder: list[nn.Module] = [DownsamplerBlock(in_channels, halvings[0], **both)]
        for source, target, plan in zip(halvings, halvings[1:], plans):
            encoder.append(DownsamplerBlock(source, target, **both))
            encoder += [NonBottleneck1d(target, dropout_ratio, gap, **both) for gap in plan]
        decoder: list[nn.Module] = []
        for source, target, number in zip((halvings[-1], *doublings), doublings,
                                          dec_stages_non_bottleneck):
            decoder.append(UpsamplerBlock(source, target, **norms))
            decoder += [NonBottleneck1d(target, **both) for _ in range(number)]
        self.encoder, self.decoder = nn.ModuleList(encoder), nn.ModuleList(decoder)

    def forward(self, x: Tensor) -> list[Tensor]:
        """List of one map ``(N, C, H / 2, W / 2)``."""
        for layer in (*self.encoder, *self.decoder):
            x = layer(x)
        return [x]


def _same(name: str, values: Sequence[int], wanted: tuple[int, ...], other: str) -> None:
    """Raise where the channels of blocks are not those of the layer before them."""
    if tuple(values) != wanted:
        raise InputError(f"ERFNet's {name}={tuple(values)} does not fit {other}, {wanted}")


def _count(name: str, values: Sequence[int], wanted: int) -> None:
    """Raise where a setting has not one value for each stage."""
    if len(values) != wanted:
        raise InputError(f"ERFNet's {name}={tuple(values)} needs {wanted} values, for its "
                         f'{wanted + 1} enc_downsample_channels')
