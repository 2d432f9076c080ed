"""A stage of residual blocks."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmcv.cnn import build_conv_layer, build_norm_layer
from mmcv.runner import Sequential
from torch import nn

from .res_block import ResidualBlock


def _shortcut(inplanes: int, outplanes: int, stride: int, avg_down: bool, conv_cfg: dict | None,
              norm_cfg: dict) -> nn.Sequential:
    """Projection for the first block, where its input does not have its output's shape."""
    layers: list[nn.Module] = []
    if avg_down:
        layers.append(nn.AvgPool2d(stride, stride, ceil_mode=True, count_include_pad=False))
        stride = 1
    layers.append(build_conv_layer(conv_cfg, inplanes, outplanes, 1, stride=stride, bias=False))
    layers.append(build_norm_layer(norm_cfg, outplanes)[1])
    return nn.Sequential(*layers)


class ResLayer(Sequential):
    """One stage of a residual network: ``num_blocks`` blocks, the first with the stride.

    Args:
        block: Class of the blocks; ``block.expansion`` is its output's channels over ``planes``.
        inplanes: Channels of the input.
        planes: Width of the blocks.
        num_blocks: Number of blocks.
        stride: Step of the first block in pixels.
        dilation: Distance of the kernel taps in pixels.
        avg_down: Whether the shortcut averages before it projects (ResNet-D).
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        multi_grid: Dilation of every block, in place of ``dilation`` (Chen et al., "Rethinking
            Atrous Convolution for Semantic Image Segmentation", 2017, section 3.2.1).
        contract_dilation: Whether the first block of a dilated stage has half the dilation,
            against gridding artefacts.
        **kwargs: Handed to every block.
    """

    def __init__(self,
                 block: type[ResidualBlock],
                 inplanes: int,
                 planes: int,
                 num_blocks: int,
                 stride: int = 1,
                 dilation: int = 1,
                 avg_down: bool = False,
                 conv_cfg: dict | None = None,
                 norm_cfg: dict | None = None,
                 multi_grid: Sequence[int] | None = None,
                 contract_dilation: bool = False,
                 **kwargs: Any) -> None:
        norm_cfg = norm_cfg or dict(type='BN')
        outplanes = planes * block.expansion
        shortcut = None
        if stride != 1 or inplanes != outplanes:
            shortcut = _shortcut(inplanes, outplanes, stride, avg_down, conv_cfg, norm_cfg)
        dilations = [dilation] * num_blocks if multi_grid is None else list(multi_grid)
        if multi_grid is None and contract_dilation and dilation > 1:
            dilations[0] = dilation // 2
        shared = dict(planes=planes, conv_cfg=conv_cfg, norm_cfg=norm_cfg, **kwargs)
        blocks = [
            block(inplanes=inplanes, stride=stride, dilation=dilations[0], downsample=shortcut,
                  **shared)
        ]
        if shared.get('dcn'):  # the block with the stride is the one that may fall back
            shared['dcn'] = {k: v for k, v in kwargs['dcn'].items() if k != 'fallback_on_stride'}
        for i in range(1, num_blocks):
            blocks.append(block(inplanes=outplanes, stride=1, dilation=dilations[i], **shared))
        super().__init__(*blocks)
        self.block = block
