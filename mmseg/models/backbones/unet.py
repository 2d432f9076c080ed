"""UNet (Ronneberger et al., "U-Net: Convolutional Networks for Biomedical Image Segmentation",
MICCAI 2015)."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmcv.cnn import UPSAMPLE_LAYERS, ConvModule, build_activation_layer, build_norm_layer
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...ops import Upsample
from ...utils.errors import InputError
from ..builder import BACKBONES
from ..utils import UpConvBlock
from .base_backbone import BaseBackbone


class _Recomputed(nn.Module):
    """A module that can recompute its activations in the backward pass (``with_cp``)."""

    with_cp: bool

    def _layers(self) -> nn.Module:
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        if self.with_cp and x.requires_grad:
            return checkpoint(self._layers(), x, use_reentrant=False)
        return self._layers()(x)


class BasicConvBlock(_Recomputed):
    """``num_convs`` 3x3 convolutions, the first with the stride, the others dilated.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        num_convs: Number of convolutions.
        stride: Step of the first one in pixels.
        dilation: Distance of the taps in the others in pixels.
        with_cp: Whether activations are recomputed in the backward pass, to save memory.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        dcn: None; deformable convolutions are not supported here.
        plugins: None; plugins are not supported here.

    Raises:
        InputError: ``dcn`` or ``plugins`` are given.
    """

    def __init__(self, in_channels: int, out_channels: int, num_convs: int = 2, stride: int = 1,
                 dilation: int = 1, with_cp: bool = False, conv_cfg: dict | None = None,
                 norm_cfg: dict | None = dict(type='BN'),
                 act_cfg: dict | None = dict(type='ReLU'), dcn: dict | None = None,
                 plugins: list | None = None) -> None:
        super().__init__()
        _refuse(dcn, plugins)
        self.with_cp = with_cp
        style = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg)
        first = ConvModule(in_channels, out_channels, 3, stride=stride, padding=1, **style)
        self.convs = nn.Sequential(first, *(
            ConvModule(out_channels, out_channels, 3, padding=dilation, dilation=dilation, **style)
            for _ in range(num_convs - 1)))

    def _layers(self) -> nn.Module:
        return self.convs


@UPSAMPLE_LAYERS.register_module()
class DeconvModule(_Recomputed):
    """The input ``scale_factor`` times as large, by a transposed convolution.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        with_cp: Whether activations are recomputed in the backward pass, to save memory.
        norm_cfg: Config of the normalisation.
        act_cfg: Config of the activation.
        kernel_size: Taps; the scale plus an even number, so that no border needs cutting.
        scale_factor: Ratio of the output's size to the input's.

    Raises:
        InputError: Taps and scale do not fit.
    """

    def __init__(self, in_channels: int, out_channels: int, with_cp: bool = False,
                 norm_cfg: dict = dict(type='BN'), act_cfg: dict = dict(type='ReLU'), *,
                 kernel_size: int = 4, scale_factor: int = 2) -> None:
        super().__init__()
        surplus = kernel_size - scale_factor
        if surplus < 0 or surplus % 2:
            raise InputError(f'DeconvModule has kernel_size={kernel_size} and '
                             f'scale_factor={scale_factor}; kernel_size must be scale_factor plus '
                             '0, 2, 4 or another even number')
        self.with_cp = with_cp
        # The attribute is spelt as in the checkpoints of MMSegmentation 0.x.
        self.deconv_upsamping = nn.Sequential(
            nn.ConvTranspose2d(in_channels, out_channels, kernel_size, scale_factor, surplus // 2),
            build_norm_layer(norm_cfg, out_channels)[1], build_activation_layer(act_cfg))

    def _layers(self) -> nn.Module:
        return self.deconv_upsamping


@UPSAMPLE_LAYERS.register_module()
class InterpConv(_Recomputed):
    """The input interpolated, with a convolution behind it or before it.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        with_cp: Whether activations are recomputed in the backward pass, to save memory.
        norm_cfg: Config of the normalisation.
        act_cfg: Config of the activation.
        conv_cfg: Config of the convolution.
        conv_first: Whether the convolution comes before the interpolation.
        kernel_size: Taps of the convolution.
        stride: Its step in pixels.
        padding: Zeros around its input in pixels.
        upsample_cfg: Arguments of :class:`mmseg.ops.Upsample`.
    """

    def __init__(self, in_channels: int, out_channels: int, with_cp: bool = False,
                 norm_cfg: dict | None = dict(type='BN'),
                 act_cfg: dict | None = dict(type='ReLU'), *, conv_cfg: dict | None = None,
                 conv_first: bool = False, kernel_size: int = 1, stride: int = 1, padding: int = 0,
                 upsample_cfg: dict = dict(
                     scale_factor=2, mode='bilinear', align_corners=False)) -> None:
        super().__init__()
        self.with_cp = with_cp
        conv = ConvModule(in_channels, out_channels, kernel_size, stride=stride, padding=padding,
                          conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg)
        pair = [Upsample(**upsample_cfg), conv]
        self.interp_upsample = nn.Sequential(*(pair[::-1] if conv_first else pair))

    def _layers(self) -> nn.Module:
        return self.interp_upsample


@BACKBONES.register_module()
class UNet(BaseBackbone):
    """Feature maps of the decoder, the coarsest (the encoder's last) first.

    Stage ``i`` of the encoder has ``base_channels * 2**i`` channels, and the decoder comes back
    over the same channels. A size that halving does not divide is met again on the way up.

    Args:
        in_channels: Channels of the image.
        base_channels: Channels of the first stage.
        num_stages: Number of stages of the encoder.
        strides: Step of every stage's first convolution in pixels.
        enc_num_convs: Convolutions of every stage of the encoder.
        dec_num_convs: Convolutions of every step of the decoder, the finest first; one fewer.
        downsamples: Whether every stage but the first is coarser than the one before it; with a
            stride of 1 by max pooling.
        enc_dilations: Dilation of every stage of the encoder in pixels.
        dec_dilations: Dilation of every step of the decoder in pixels.
        with_cp: Whether blocks are recomputed in the backward pass, to save memory.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        upsample_cfg: Config of the layers that upsample: ``InterpConv`` or ``DeconvModule``.
        norm_eval: Whether batch norms keep their running statistics while training.
        dcn: None; deformable convolutions are not supported here.
        plugins: None; plugins are not supported here.
        pretrained: Where the weights come from; see :class:`BaseBackbone`.
        init_cfg: Initialisation config.

    Raises:
        InputError: Settings of the wrong length, or ``dcn`` or ``plugins`` are given.
    """

    def __init__(self,
                 in_channels: int = 3,
                 base_channels: int = 64,
                 num_stages: int = 5,
                 strides: Sequence[int] = (1, 1, 1, 1, 1),
                 enc_num_convs: Sequence[int] = (2, 2, 2, 2, 2),
                 dec_num_convs: Sequence[int] = (2, 2, 2, 2),
                 downsamples: Sequence[bool] = (True, True, True, True),
                 enc_dilations: Sequence[int] = (1, 1, 1, 1, 1),
                 dec_dilations: Sequence[int] = (1, 1, 1, 1),
                 with_cp: bool = False,
                 conv_cfg: dict | None = None,
                 norm_cfg: dict | None = dict(type='BN'),
                 act_cfg: dict | None = dict(type='ReLU'),
                 upsample_cfg: dict = dict(type='InterpConv'),
                 norm_eval: bool = False,
                 dcn: dict | None = None,
                 plugins: list | None = None,
                 pretrained: str | None = None,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(pretrained, init_cfg, norm_eval=norm_eval)
        _refuse(dcn, plugins)
        per_stage = dict(strides=strides, enc_num_convs=enc_num_convs, enc_dilations=enc_dilations)
        per_step = dict(dec_num_convs=dec_num_convs, downsamples=downsamples,
                        dec_dilations=dec_dilations)
        for settings, wanted in ((per_stage, num_stages), (per_step, num_stages - 1)):
            for name, values in settings.items():
                if len(values) != wanted:
                    raise InputError(f"UNet's {name}={tuple(values)} needs {wanted} values for "
                                     f'num_stages={num_stages}')
        self.num_stages, self.base_channels = num_stages, base_channels
        self.strides, self.downsamples = strides, downsamples
        style: dict[str, Any] = dict(with_cp=with_cp, conv_cfg=conv_cfg, norm_cfg=norm_cfg,
                                     act_cfg=act_cfg)
        all_channels = [base_channels * 2**i for i in range(num_stages)]
        self.encoder, self.decoder = nn.ModuleList(), nn.ModuleList()
        for i, channels in enumerate(all_channels):
            halved = i > 0 and downsamples[i - 1]
            pool = [nn.MaxPool2d(2)] if halved and strides[i] == 1 else []
            self.encoder.append(nn.Sequential(*pool, BasicConvBlock(
                all_channels[i - 1] if i else in_channels, channels, enc_num_convs[i], strides[i],
                enc_dilations[i], **style)))
            if i:
                coarser = halved or strides[i] != 1
                self.decoder.append(UpConvBlock(
                    BasicConvBlock, channels, all_channels[i - 1], all_channels[i - 1],
                    dec_num_convs[i - 1], dilation=dec_dilations[i - 1],
                    upsample_cfg=upsample_cfg if coarser else None,
                    **style))

    def forward(self, x: Tensor) -> list[Tensor]:
        """Maps ``(N, C, H / s, W / s)``, the coarsest first: s of 16, 8, 4, 2 and 1 by default."""
        skips = []
        for stage in self.encoder:
            x = stage(x)
            skips.append(x)
        features = [skips.pop()]
        for step, skip in zip(reversed(self.decoder), reversed(skips), strict=True):
            features.append(step(skip, features[-1]))
        return features


def _refuse(dcn: dict | None, plugins: list | None) -> None:
    """Raise where a config asks for what UNet has no place for."""
    for name, value in (('dcn', dcn), ('plugins', plugins)):
        if value is not None:
            raise InputError(f'UNet takes no {name}; remove the key from the backbone')
