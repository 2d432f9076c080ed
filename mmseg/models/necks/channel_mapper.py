"""Maps of one number of channels for networks that attend to several levels."""
from __future__ import annotations

from collections.abc import Sequence

from mmcv.cnn import ConvModule
from mmcv.runner import BaseModule
from torch import Tensor, nn

from ...utils.errors import InputError
from ..builder import NECKS
from ..utils.check_maps import check_maps


@NECKS.register_module()
class ChannelMapper(BaseModule):
    """Every feature map with ``out_channels``, and further ones at half the size of the one before.

    Names and arguments are those of MMDetection 2.x.

    Args:
        in_channels: Channels of the maps that the backbone gives.
        out_channels: Width of all outputs.
        kernel_size: Of the convolutions that change the number of channels, in pixels.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations, or None.
        num_outs: How many maps come out; by default as many as go in. The first further one is
            made of the last input.
        init_cfg: Initialisation config.

    Raises:
        InputError: ``in_channels`` is not a list.
    """

    def __init__(self, in_channels: Sequence[int], out_channels: int, kernel_size: int = 3,
                 conv_cfg: dict | None = None, norm_cfg: dict | None = None,
                 act_cfg: dict | None = dict(type='ReLU'), num_outs: int | None = None,
                 init_cfg: dict | list | None = dict(
                     type='Xavier', layer='Conv2d', distribution='uniform')) -> None:
        super().__init__(init_cfg)
        if not isinstance(in_channels, (list, tuple)):
            raise InputError('in_channels of ChannelMapper must be a list with the channels of '
                             f'each map, got {in_channels!r}')
        self.in_channels = list(in_channels)
        style = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.convs = nn.ModuleList(
            ConvModule(channels, out_channels, kernel_size, padding=(kernel_size - 1) // 2, **style)
            for channels in in_channels)
        further = (num_outs or len(in_channels)) - len(in_channels)
        self.extra_convs = nn.ModuleList(
            ConvModule(out_channels if number else in_channels[-1], out_channels, 3, stride=2,
                       padding=1, **style) for number in range(further)) if further > 0 else None

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Maps ``(N, out_channels, h, w)`` at the sizes of the inputs, then the smaller ones."""
        check_maps('ChannelMapper', inputs, self.in_channels)
        maps = [conv(x) for conv, x in zip(self.convs, inputs)]
        smaller = inputs[-1]
        for conv in self.extra_convs or ():
            smaller = conv(smaller)
            maps.append(smaller)
        return tuple(maps)
