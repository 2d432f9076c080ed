"""Dense prediction transformer head."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import ConvModule, Linear, build_activation_layer
from mmcv.runner import BaseModule
from torch import Tensor, nn

from ...ops import resize
from ...utils.errors import InputError
from ..builder import HEADS
from .decode_head import BaseDecodeHead

READOUTS = ('ignore', 'add', 'project')


class ReassembleBlocks(BaseModule):
    """Maps of four sizes from tokens of one size (section 3, "Convolutional decoder").

    Args:
        in_channels: Channels of the tokens.
        out_channels: Channels of each map; their sizes are 4, 2, 1 and 1/2 times that of the
            tokens.
        readout_type: What becomes of the class token: ``'ignore'``, ``'add'`` to every other
            token, or ``'project'``: joined to every other token, then brought to their channels.
        patch_size: Kept for 0.x's configs.
        init_cfg: Initialisation config.

    Raises:
        InputError: Another readout, or not the channels of four maps.
    """

    def __init__(self, in_channels: int = 768,
                 out_channels: Sequence[int] = [96, 192, 384, 768], readout_type: str = 'ignore',
                 patch_size: int = 16, init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        if readout_type not in READOUTS:
            raise InputError(f"DPTHead has readout_type='{readout_type}'; expected one of "
                             f'{READOUTS}')
        if len(out_channels) != 4:
            raise InputError(f'DPTHead has post_process_channels={out_channels}; expected the '
                             'channels of four maps')
        self.readout_type, self.patch_size = readout_type, patch_size
        self.projects = nn.ModuleList(
            ConvModule(in_channels, channels, 1, act_cfg=None) for channels in out_channels)
        first, second, _, last = out_channels
        self.resize_layers = nn.ModuleList([
            nn.ConvTranspose2d(first, first, 4, stride=4),
            nn.ConvTranspose2d(second, second, 2, stride=2),
            nn.Identity(),
            nn.Conv2d(last, last, 3, stride=2, padding=1)])
        if readout_type == 'project':
            self.readout_projects = nn.ModuleList(
                nn.Sequential(Linear(2 * in_channels, in_channels),
                              build_activation_layer(dict(type='GELU'))) for _ in out_channels)

    def _read_out(self, index: int, x: Tensor, token: Tensor) -> Tensor:
        """Feature ``index``, ``x (N, C, h, w)``, with what the class token ``(N, C)`` knows."""
        if self.readout_type == 'ignore':
            return x
        token = token[:, :, None, None]
        if self.readout_type == 'add':
            return x + token
        joined = torch.cat([x, token.expand_as(x)], dim=1).permute(0, 2, 3, 1)
        return self.readout_projects[index](joined).permute(0, 3, 1, 2)

    def forward(self, inputs: Sequence[Sequence[Tensor]]) -> list[Tensor]:
        """Maps from fine to coarse.

        Args:
            inputs: For each layer the tokens ``(N, C, h, w)`` and the class token ``(N, C)``.
        """
        layers = zip(self.projects, self.resize_layers, inputs, strict=True)
        return [
            enlarge(project(self._read_out(index, x, token)))
            for index, (project, enlarge, (x, token)) in enumerate(layers)
        ]


class PreActResidualConvUnit(BaseModule):
    """Two convolutions, each after an activation, and a way around them.

    Args:
        in_channels: Channels of input and output.
        act_cfg: Config of the activations.
        norm_cfg: Config of the normalisations.
        stride: Of the first convolution.
        dilation: Of the first convolution.
        init_cfg: Initialisation config.
    """

    def __init__(self, in_channels: int, act_cfg: dict, norm_cfg: dict | None, stride: int = 1,
                 dilation: int = 1, init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        # Not in place: what goes around must stay as it came.
        style = dict(bias=False, norm_cfg=norm_cfg, act_cfg=act_cfg, inplace=False,
                     order=('act', 'conv', 'norm'))
        self.conv1 = ConvModule(in_channels, in_channels, 3, stride=stride, padding=dilation,
                                dilation=dilation, **style)
        self.conv2 = ConvModule(in_channels, in_channels, 3, padding=1, **style)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map of the shape of the input, ``(N, in_channels, h, w)``."""
        return inputs + self.conv2(self.conv1(inputs))


class FeatureFusionBlock(BaseModule):
    """A coarse map joined with a finer one, at twice the coarse map's size.

    Args:
        in_channels: Channels of both maps.
        act_cfg: Config of the activations.
        norm_cfg: Config of the normalisations.
        expand: Whether the result has half the channels.
        align_corners: Whether enlarging keeps the corner pixels in place.
        joins: Whether there is a finer map.
        init_cfg: Initialisation config.
    """

    def __init__(self, in_channels: int, act_cfg: dict, norm_cfg: dict | None,
                 expand: bool = False, align_corners: bool = True, joins: bool = True,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        self.align_corners = align_corners
        self.project = ConvModule(in_channels, in_channels // 2 if expand else in_channels, 1,
                                  act_cfg=None)
        self.res_conv_unit1 = (
            PreActResidualConvUnit(in_channels, act_cfg, norm_cfg) if joins else None)
        self.res_conv_unit2 = PreActResidualConvUnit(in_channels, act_cfg, norm_cfg)

    def forward(self, x: Tensor, finer: Tensor | None = None) -> Tensor:
        """``(N, C, 2h, 2w)``.

        Args:
            x: ``(N, C, h, w)``.
            finer: ``(N, C, ~h, ~w)``, resized to ``x``'s size.
        """
        if self.res_conv_unit1 is not None and finer is not None:
            finer = resize(finer, size=x.shape[2:], mode='bilinear', align_corners=False)
            x = x + self.res_conv_unit1(finer)
        x = resize(self.res_conv_unit2(x), scale_factor=2, mode='bilinear',
                   align_corners=self.align_corners)
        return self.project(x)


@HEADS.register_module()
class DPTHead(BaseDecodeHead):
    """Maps of four sizes from four transformer layers, joined from coarse to fine (Ranftl et
    al., "Vision Transformers for Dense Prediction", ICCV 2021, section 3).

    The backbone gives each feature with its class token (``output_cls_token=True``).

    Args:
        embed_dims: Channels of the tokens.
        post_process_channels: Channels of the four maps, from fine to coarse.
        readout_type: What becomes of the class token, see :class:`ReassembleBlocks`.
        patch_size: Kept for 0.x's configs.
        expand_channels: Whether the four channels grow by 1, 2, 4 and 8.
        act_cfg: Config of the activations.
        norm_cfg: Config of the normalisations.
        **kwargs: See :class:`BaseDecodeHead`; ``in_channels`` and ``in_index`` are lists.
    """

    def __init__(self, embed_dims: int = 768,
                 post_process_channels: Sequence[int] = [96, 192, 384, 768],
                 readout_type: str = 'ignore', patch_size: int = 16, expand_channels: bool = False,
                 act_cfg: dict = dict(type='ReLU'), norm_cfg: dict | None = dict(type='BN'),
                 **kwargs: Any) -> None:
        super().__init__(**{'input_transform': 'multiple_select', **kwargs})
        self.act_cfg, self.norm_cfg = act_cfg, norm_cfg
        self.expand_channels = expand_channels
        all_channels = [channels << level if expand_channels else channels
                        for level, channels in enumerate(post_process_channels)]
        self.post_process_channels = all_channels
        self.reassemble_blocks = ReassembleBlocks(embed_dims, all_channels, readout_type,
                                                  patch_size)
        self.convs = nn.ModuleList(
            ConvModule(channels, self.channels, 3, padding=1, act_cfg=None, bias=False)
            for channels in all_channels)
        self.fusion_blocks = nn.ModuleList(
            FeatureFusionBlock(self.channels, act_cfg, norm_cfg, joins=level > 0)
            for level in range(len(all_channels)))
        self.project = ConvModule(self.channels, self.channels, 3, padding=1, norm_cfg=norm_cfg)

    def _check_channels(self, x: Any, channels: int, key: str, index: Any) -> None:
        """Raise where a feature comes without its class token, or has other channels."""
        if isinstance(x, Tensor) or len(x) != 2:
            raise InputError('DPTHead takes each feature with its class token; set '
                             'output_cls_token=True and with_cls_token=True in the backbone')
        super()._check_channels(x[0], channels, key, index)

    def forward(self, inputs: Sequence[Any]) -> Tensor:
        maps = self.reassemble_blocks(self._transform_inputs(inputs))
        coarse, *finer = [conv(x) for conv, x in zip(self.convs, maps, strict=True)][::-1]
        first, *others = self.fusion_blocks
        x = first(coarse)
        for block, level in zip(others, finer, strict=True):
            x = block(x, level)
        return self.cls_seg(self.project(x))
