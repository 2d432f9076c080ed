"""Aggregated residual networks (Xie et al., CVPR 2017)."""
from __future__ import annotations

from typing import Any

from torch import nn

from ..builder import BACKBONES
from ..utils import Bottleneck
from .resnet import ResNet

__all__ = ['Bottleneck', 'ResNeXt']


def without_fallback(stage: dict[str, Any]) -> dict[str, Any]:
    """Arguments of a stage in which every block is deformable where one is.

    Checkpoints of MMSegmentation 0.x have offsets in the first block too, whatever
    ``fallback_on_stride`` says, in networks with groups or splits.
    """
    return dict(stage, dcn=stage['dcn'] and dict(stage['dcn'], fallback_on_stride=False))


@BACKBONES.register_module()
class ResNeXt(ResNet):
    """Feature maps of a residual network whose 3x3 convolutions work in groups.

    Xie et al., "Aggregated Residual Transformations for Deep Neural Networks", CVPR 2017,
    section 3.

    Args:
        groups: Groups of each 3x3 convolution (the paper's cardinality).
        base_width: Channels of a group in the first stage.
        **kwargs: See :class:`ResNet`; ``depth`` is 50, 101 or 152.
    """

    arch_settings = {depth: ResNet.arch_settings[depth] for depth in (50, 101, 152)}

    def __init__(self, groups: int = 1, base_width: int = 4, **kwargs: Any) -> None:
        self.groups, self.base_width = groups, base_width
        super().__init__(**kwargs)

    def make_res_layer(self, **kwargs: Any) -> nn.Module:
        """One stage; the blocks take the settings of the groups as well."""
        return super().make_res_layer(groups=self.groups, base_width=self.base_width,
                                      base_channels=self.base_channels,
                                      **without_fallback(kwargs))
