"""Pyramid for backbones whose features all have one size."""
from __future__ import annotations

from collections.abc import Sequence

from mmcv.cnn import ConvModule, xavier_init
from torch import Tensor, nn

from ...ops import resize
from ...utils.errors import InputError
from ..builder import NECKS
from ..utils.check_maps import check_maps


@NECKS.register_module()
class MultiLevelNeck(nn.Module):
    """Features with the same channels, each resized by a factor of its own, then convolved.

    It gives a plain vision transformer the pyramid that heads such as UPerNet's expect.

    Args:
        in_channels: Channels of every input; with a single input every output comes from it.
        out_channels: Channels of every output.
        scales: Ratio of each output's size to its input's; there are as many outputs.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.

    Raises:
        InputError: ``in_channels`` and ``scales`` do not fit each other.
    """

    def __init__(self, in_channels: Sequence[int], out_channels: int,
                 scales: Sequence[float] = [0.5, 1, 2, 4], norm_cfg: dict | None = None,
                 act_cfg: dict | None = None) -> None:
        super().__init__()
        if not isinstance(in_channels, (list, tuple)) or \
                (len(in_channels) != 1 and len(in_channels) < len(scales)):
            raise InputError(f'MultiLevelNeck has in_channels={in_channels} for '
                             f'scales={scales}; expected a list of one, or one for each scale')
        self.in_channels, self.out_channels = in_channels, out_channels
        self.scales, self.num_outs = scales, len(scales)
        style = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.lateral_convs = nn.ModuleList(
            ConvModule(channels, out_channels, 1, **style) for channels in in_channels)
        self.convs = nn.ModuleList(
            ConvModule(out_channels, out_channels, 3, padding=1, **style) for _ in scales)

    def init_weights(self) -> None:
        """Start every convolution by Glorot and Bengio's rule."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                xavier_init(module, distribution='uniform')

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """A map ``(N, out_channels, h * s, w * s)`` for each s of ``scales``."""
        check_maps('MultiLevelNeck', inputs, self.in_channels)
        levels = [conv(x) for conv, x in zip(self.lateral_convs, inputs, strict=True)]
        if len(levels) == 1:
            levels = levels * self.num_outs
        return tuple(
            conv(resize(x, scale_factor=scale, mode='bilinear'))
            for conv, x, scale in zip(self.convs, levels, self.scales))
