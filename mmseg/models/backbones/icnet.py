"""ICNet (Zhao et al., "ICNet for Real-Time Semantic Segmentation on High-Resolution Images",
ECCV 2018)."""
from __future__ import annotations

from collections.abc import Sequence

import torch
from mmcv.cnn import ConvModule
from mmcv.runner import BaseModule
from torch import Tensor, nn

from ...ops import resize
from ...utils.errors import InputError
from ..builder import BACKBONES
from ..decode_heads.psp_head import PPM
from ..utils.nested_backbone import build_nested_backbone


@BACKBONES.register_module()
class ICNet(BaseModule):
    """Maps of three views of the image: 1/8 of its size from the whole, 1/16 from the half and
    1/32 from the quarter (section 3.2).

    The quarter goes through the whole backbone, the half through its first half, the whole
    only through three convolutions.

    Args:
        backbone_cfg: Config of a ResNet of output stride 8.
        in_channels: Channels of the image.
        layer_channels: Channels of the backbone's second and fourth stage.
        light_branch_middle_channels: Channels of the convolutions on the whole image.
        psp_out_channels: Channels of the pyramid pooling after the backbone.
        out_channels: Channels of the maps of the whole, the half and the quarter.
        pool_scales: Cells of each pooling grid along one axis.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the pyramid pooling's activations; those of the maps are ReLU.
        align_corners: Whether resizing keeps the corner pixels in place.
        init_cfg: Initialisation config.

    Raises:
        InputError: Channels that do not fit the backbone, or a backbone other than a ResNet of
            four stages.
    """

    def __init__(self,
                 backbone_cfg: dict,
                 in_channels: int = 3,
                 layer_channels: Sequence[int] = (512, 2048),
                 light_branch_middle_channels: int = 32,
                 psp_out_channels: int = 512,
                 out_channels: Sequence[int] = (64, 256, 256),
                 pool_scales: Sequence[int] = (1, 2, 3, 6),
                 conv_cfg: dict | None = None,
                 norm_cfg: dict | None = dict(type='BN', requires_grad=True),
                 act_cfg: dict | None = dict(type='ReLU'),
                 align_corners: bool = False,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg or [
            dict(type='Kaiming', mode='fan_out', layer='Conv2d'),
            dict(type='Constant', val=1, layer='_BatchNorm')
        ])
        self.align_corners = align_corners
        half_width, quarter_width = layer_channels
        whole_out, half_out, quarter_out = out_channels
        self.backbone = build_nested_backbone('ICNet', backbone_cfg, quarter_width,
                                              'layer_channels[1]')
        if len(getattr(self.backbone, 'res_layers', ())) != 4:
            raise InputError("ICNet's backbone_cfg must describe a ResNet with num_stages=4, got "
                             f'{type(self.backbone).__name__}')
        if half_width * 4 != quarter_width:
            raise InputError(f'ICNet has layer_channels={tuple(layer_channels)}, but the fourth '
                             'stage of a ResNet has four times the channels of its second; set '
                             f'layer_channels to {(quarter_width // 4, quarter_width)}')
        # A map of odd size keeps its last row and column.
        self.backbone.maxpool.ceil_mode = True
        style = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.psp_modules = PPM(pool_scales, quarter_width, psp_out_channels,
                               align_corners=align_corners, **style)
        self.psp_bottleneck = ConvModule(quarter_width + len(pool_scales) * psp_out_channels,
                                         psp_out_channels, 3, padding=1, **style)
        # Existing models have ReLU in what follows, whatever act_cfg says.
        style = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg)
        light = light_branch_middle_channels
        self.conv_sub1 = nn.Sequential(*(
            ConvModule(source, target, 3, stride=2, padding=1, **style)
            for source, target in ((in_channels, light), (light, light), (light, whole_out))))
        self.conv_sub2 = ConvModule(half_width, half_out, 1, **style)
        self.conv_sub4 = ConvModule(psp_out_channels, quarter_out, 1, **style)

    def _halved(self, x: Tensor) -> Tensor:
        return resize(x, scale_factor=0.5, mode='bilinear', align_corners=self.align_corners)

    def _stem(self, x: Tensor) -> Tensor:
        """The inner ResNet's layers before its first stage."""
        inner = self.backbone
        x = inner.stem(x) if inner.deep_stem else inner.relu(inner.norm1(inner.conv1(x)))
        return inner.maxpool(x)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Maps ``(N, C, H / s, W / s)`` with s of 8, 16 and 32."""
        first, second, third, fourth = (getattr(self.backbone, name)
                                        for name in self.backbone.res_layers)
        half = second(first(self._stem(self._halved(x))))
        quarter = fourth(third(self._halved(half)))
        quarter = self.psp_bottleneck(torch.cat([*self.psp_modules(quarter), quarter], dim=1))
        return self.conv_sub1(x), self.conv_sub2(half), self.conv_sub4(quarter)
