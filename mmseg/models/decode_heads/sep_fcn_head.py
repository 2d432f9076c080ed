"""FCN head of depthwise separable convolutions."""
from __future__ import annotations

from itertools import pairwise
from typing import Any

from mmcv.cnn import DepthwiseSeparableConvModule
from torch import nn

from ...utils.errors import InputError
from ..builder import HEADS
from .fcn_head import FCNHead


@HEADS.register_module()
class DepthwiseSeparableFCNHead(FCNHead):
    """:class:`FCNHead` whose convolutions are depthwise, then pointwise (Poudel et al.,
    "Fast-SCNN: Fast Semantic Segmentation Network", BMVC 2019, section 3.2.4).

    Their activation is ReLU, whatever ``act_cfg`` says, as in the models that exist.

    Args:
        dw_act_cfg: Config of the activation between depthwise and pointwise; None has none.
        **kwargs: See :class:`FCNHead`; ``dilation`` does not reach these convolutions.

    Raises:
        InputError: ``num_convs`` is not at least 1.
    """

    def __init__(self, dw_act_cfg: dict | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.num_convs < 1:
            raise InputError(f'DepthwiseSeparableFCNHead has num_convs={self.num_convs}; expected '
                             'at least 1')

        def separable(source: int, target: int) -> DepthwiseSeparableConvModule:
            return DepthwiseSeparableConvModule(
                source, target, self.kernel_size, padding=self.kernel_size // 2,
                norm_cfg=self.norm_cfg, dw_act_cfg=dw_act_cfg)

        channels = [self.in_channels] + [self.channels] * self.num_convs
        self.convs = nn.Sequential(*(separable(*pair) for pair in pairwise(channels)))
        if self.concat_input:
            self.conv_cat = separable(self.in_channels + self.channels, self.channels)
