"""Channels weighted by what the whole image shows."""
from __future__ import annotations

from collections.abc import Sequence

from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ...utils.errors import InputError
from .make_divisible import make_divisible


class SELayer(nn.Module):
    """The input, each channel scaled by a gate in [0, 1] (Hu et al., "Squeeze-and-Excitation
    Networks", CVPR 2018, section 3).

    Args:
        channels: Channels of input and output.
        ratio: How much narrower the layer between average and gate is.
        conv_cfg: Config of the two 1x1 convolutions.
        act_cfg: Config of both activations, or a pair of configs.

    Raises:
        InputError: ``act_cfg`` is neither one config nor two.
    """

    def __init__(self, channels: int, ratio: int = 16, conv_cfg: dict | None = None,
                 act_cfg: dict | Sequence[dict] = (dict(type='ReLU'),
                                                   dict(type='HSigmoid', bias=3.0, divisor=6.0))
                 ) -> None:
        super().__init__()
        both = (act_cfg, act_cfg) if isinstance(act_cfg, dict) else tuple(act_cfg)
        if len(both) != 2 or not all(isinstance(cfg, dict) for cfg in both):
            raise InputError(f'act_cfg of an SELayer needs one config or two, got {act_cfg!r}')
        narrow = make_divisible(channels // ratio, 8)
        self.conv1 = ConvModule(channels, narrow, 1, conv_cfg=conv_cfg, act_cfg=both[0])
        self.conv2 = ConvModule(narrow, channels, 1, conv_cfg=conv_cfg, act_cfg=both[1])

    def forward(self, x: Tensor) -> Tensor:
        """Map of the shape of the input, ``(N, channels, h, w)``."""
        return x * self.conv2(self.conv1(x.mean(dim=(2, 3), keepdim=True)))
