"""SETR head that enlarges step by step."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmcv.cnn import ConvModule, build_norm_layer
from torch import Tensor, nn

from ...ops import Upsample
from ...utils.errors import InputError
from ..builder import HEADS
from .decode_head import BaseDecodeHead


@HEADS.register_module()
class SETRUPHead(BaseDecodeHead):
    """Convolutions on one transformer feature, each followed by an enlargement (Zheng et al.,
    "Rethinking Semantic Segmentation from a Sequence-to-Sequence Perspective with Transformers",
    CVPR 2021, section 3.3).

    Kernels of one pixel make the paper's *naive* head, four steps of kernel 3 and factor 2 its
    *PUP* (progressive upsampling).

    Args:
        norm_layer: Config of the normalisation of the input over its channels.
        num_convs: Number of steps.
        up_scale: Factor by which each step enlarges.
        kernel_size: 1 or 3.
        init_cfg: Initialisation config.
        **kwargs: See :class:`BaseDecodeHead`.

    Raises:
        InputError: A kernel size other than 1 and 3.
    """

    def __init__(self, norm_layer: dict = dict(type='LN', eps=1e-6, requires_grad=True),
                 num_convs: int = 1, up_scale: float = 4, kernel_size: int = 3,
                 init_cfg: dict | list | None = [
                     dict(type='Constant', val=1.0, bias=0, layer='LayerNorm'),
                     dict(type='Normal', std=0.01, override=dict(name='conv_seg'))],
                 **kwargs: Any) -> None:
        if kernel_size not in (1, 3):
            raise InputError(f'SETRUPHead has kernel_size={kernel_size}; expected 1 or 3')
        super().__init__(init_cfg=init_cfg, **kwargs)
        self.norm = build_norm_layer(norm_layer, self.in_channels)[1]
        channels = [self.in_channels] + [self.channels] * num_convs
        self.up_convs = nn.ModuleList(
            nn.Sequential(
                ConvModule(before, after, kernel_size, padding=kernel_size // 2,
                           conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg),
                Upsample(scale_factor=up_scale, mode='bilinear',
                         align_corners=self.align_corners))
            for before, after in zip(channels, channels[1:]))

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        x = self._transform_inputs(inputs)
        x = self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2).contiguous()
        for step in self.up_convs:
            x = step(x)
        return self.cls_seg(x)
