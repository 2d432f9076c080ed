"""The cascade that joins ICNet's three resolutions."""
from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmcv.runner import BaseModule
from torch import Tensor

from ...ops import resize
from ...utils.errors import InputError
from ..builder import NECKS
from ..utils.check_maps import check_maps


class CascadeFeatureFusion(BaseModule):
    """Pair of the joined map and the coarse one's part in it (Zhao et al., "ICNet for Real-Time
    Semantic Segmentation on High-Resolution Images", ECCV 2018, section 3.3).

    Args:
        low_channels: Channels of the coarse input.
        high_channels: Channels of the fine input.
        out_channels: Channels of both outputs, which have the fine input's size.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        align_corners: Whether resizing keeps the corner pixels in place.
        init_cfg: Initialisation config.
    """

    def __init__(self, low_channels: int, high_channels: int, out_channels: int,
                 conv_cfg: dict | None = None, norm_cfg: dict | None = dict(type='BN'),
                 act_cfg: dict | None = dict(type='ReLU'), align_corners: bool = False,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        self.align_corners = align_corners
        style = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.conv_low = ConvModule(low_channels, out_channels, 3, padding=2, dilation=2, **style)
        self.conv_high = ConvModule(high_channels, out_channels, 1, **style)

    def forward(self, x_low: Tensor, x_high: Tensor) -> tuple[Tensor, Tensor]:
        """Two maps ``(N, out_channels, h, w)`` at the size of ``x_high``."""
        coarse = self.conv_low(resize(x_low, size=x_high.shape[2:], mode='bilinear',
                                      align_corners=self.align_corners))
        return F.relu(coarse + self.conv_high(x_high)), coarse


@NECKS.register_module()
class ICNeck(BaseModule):
    """Three maps: the coarse and the middle one's guides for auxiliary heads, then the joined
    one, of 1/16, 1/8 and 1/8 of the image (ICNet, section 3.3).

    Args:
        in_channels: Channels of the fine, middle and coarse input.
        out_channels: Channels of every output.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        align_corners: Whether resizing keeps the corner pixels in place.
        init_cfg: Initialisation config.

    Raises:
        InputError: Not three inputs.
    """

    def __init__(self, in_channels: Sequence[int] = (64, 256, 256), out_channels: int = 128,
                 conv_cfg: dict | None = None, norm_cfg: dict | None = dict(type='BN'),
                 act_cfg: dict | None = dict(type='ReLU'), align_corners: bool = False,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        if len(in_channels) != 3:
            raise InputError(f'ICNeck has in_channels={tuple(in_channels)}; expected those of its '
                             'three inputs, the fine one first')
        self.in_channels, self.out_channels = in_channels, out_channels
        self.align_corners = align_corners
        fine, middle, coarse = in_channels
        settings = (conv_cfg, norm_cfg, act_cfg, align_corners)
        self.cff_24 = CascadeFeatureFusion(coarse, middle, out_channels, *settings)
        self.cff_12 = CascadeFeatureFusion(out_channels, fine, out_channels, *settings)

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Maps ``(N, out_channels, H / s, W / s)`` with s of 16, 8 and 8."""
        check_maps('ICNeck', inputs, self.in_channels)
        fine, middle, coarse = inputs
        joined, coarse_guide = self.cff_24(coarse, middle)
        joined, middle_guide = self.cff_12(joined, fine)
        return coarse_guide, middle_guide, joined
