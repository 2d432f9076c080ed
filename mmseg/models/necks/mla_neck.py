"""Neck of SETR's multi-level aggregation."""
from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from mmcv.cnn import ConvModule, build_norm_layer
from torch import Tensor, nn

from ...utils.errors import InputError
from ..builder import NECKS
from ..utils.check_maps import check_maps


class MLAModule(nn.Module):
    """Features of several layers, each with the sum of those behind it, the last layer first.

    Args:
        in_channels: Channels of each input.
        out_channels: Channels of every output.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
    """

    def __init__(self, in_channels: Sequence[int] = (1024, 1024, 1024, 1024),
                 out_channels: int = 256, norm_cfg: dict | None = None,
                 act_cfg: dict | None = None) -> None:
        super().__init__()
        style = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.channel_proj = nn.ModuleList(
            ConvModule(channels, out_channels, 1, **style) for channels in in_channels)
        self.feat_extract = nn.ModuleList(
            ConvModule(out_channels, out_channels, 3, padding=1, **style) for _ in in_channels)

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """A map ``(N, out_channels, h, w)`` for each input, that of the last first."""
        narrow = [conv(x) for conv, x in zip(self.channel_proj, inputs, strict=True)]
        sums = accumulate(reversed(narrow))
        return tuple(conv(x) for conv, x in zip(self.feat_extract, sums, strict=True))


@NECKS.register_module()
class MLANeck(nn.Module):
    """Features of several transformer layers, summed from the last to the first (Zheng et al.,
    "Rethinking Semantic Segmentation from a Sequence-to-Sequence Perspective with Transformers",
    CVPR 2021, section 3.3).

    The outputs come in the order of the sums: that of the last layer is the first.

    Args:
        in_channels: Channels of each input.
        out_channels: Channels of every output.
        norm_layer: Config of the normalisation of each input over its channels.
        norm_cfg: Config of the normalisations of the convolutions.
        act_cfg: Config of the activations.

    Raises:
        InputError: ``in_channels`` is not a list.
    """

    def __init__(self, in_channels: Sequence[int], out_channels: int,
                 norm_layer: dict = dict(type='LN', eps=1e-6, requires_grad=True),
                 norm_cfg: dict | None = None, act_cfg: dict | None = None) -> None:
        super().__init__()
        if not isinstance(in_channels, (list, tuple)):
            raise InputError(f'MLANeck has in_channels={in_channels}; expected a list with the '
                             'channels of each input')
        self.in_channels, self.out_channels = in_channels, out_channels
        self.norm = nn.ModuleList(build_norm_layer(norm_layer, channels)[1]
                                  for channels in in_channels)
        self.mla = MLAModule(in_channels, out_channels, norm_cfg, act_cfg)

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """A map ``(N, out_channels, h, w)`` for each input, that of the last first."""
        check_maps('MLANeck', inputs, self.in_channels)
        return self.mla([
            norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2).contiguous()
            for norm, x in zip(self.norm, inputs, strict=True)
        ])
