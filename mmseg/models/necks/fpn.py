"""Feature pyramid."""
from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmcv.runner import BaseModule
from torch import Tensor, nn

from ...ops import resize
from ...utils.errors import InputError
from ..builder import NECKS
from ..utils.check_maps import check_maps

EXTRA_SOURCES = ('on_input', 'on_lateral', 'on_output')


@NECKS.register_module()
class FPN(BaseModule):
    """Features with the same channels, the coarse ones added to the fine (Lin et al., "Feature
    Pyramid Networks for Object Detection", CVPR 2017, section 3).

    Args:
        in_channels: Channels of every input, from fine to coarse.
        out_channels: Channels of every output.
        num_outs: Number of outputs; those beyond the inputs are coarser still.
        start_level: First input that is used.
        end_level: The input before which to stop; -1 uses all to the last.
        add_extra_convs: How the outputs beyond the inputs come about: False takes every second
            pixel of the last output, ``'on_input'``, ``'on_lateral'`` and ``'on_output'`` put a
            convolution of stride 2 on the last input, lateral or output; True means
            ``'on_output'``.
        extra_convs_on_inputs: Whether True means ``'on_input'`` instead.
        relu_before_extra_convs: Whether a ReLU precedes each further of these convolutions.
        no_norm_on_lateral: Whether the 1x1 convolutions go without ``norm_cfg``.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        upsample_cfg: Arguments of :func:`mmseg.ops.resize`; without ``scale_factor`` a coarse
            level is resized to the finer one's size.
        init_cfg: Initialisation config.

    Raises:
        InputError: Levels outside ``in_channels``, a ``num_outs`` that does not fit them, or an
            unknown ``add_extra_convs``.
    """

    def __init__(self,
                 in_channels: Sequence[int],
                 out_channels: int,
                 num_outs: int,
                 start_level: int = 0,
                 end_level: int = -1,
                 add_extra_convs: bool | str = False,
                 extra_convs_on_inputs: bool = False,
                 relu_before_extra_convs: bool = False,
                 no_norm_on_lateral: bool = False,
                 conv_cfg: dict | None = None,
                 norm_cfg: dict | None = None,
                 act_cfg: dict | None = None,
                 upsample_cfg: dict = dict(mode='nearest'),
                 init_cfg: dict | list | None = dict(
                     type='Xavier', layer='Conv2d', distribution='uniform')) -> None:
        super().__init__(init_cfg)
        if not isinstance(in_channels, (list, tuple)):
            raise InputError(f'in_channels of FPN is {in_channels!r}; expected a list with the '
                             'channels of every input')
        self.in_channels, self.out_channels = in_channels, out_channels
        self.num_ins, self.num_outs = len(in_channels), num_outs
        self.start_level, self.end_level = start_level, end_level
        self.relu_before_extra_convs = relu_before_extra_convs
        self.no_norm_on_lateral = no_norm_on_lateral
        self.upsample_cfg = dict(upsample_cfg)
        self.backbone_end_level = self.num_ins if end_level == -1 else end_level
        self.add_extra_convs = self._extra_source(add_extra_convs, extra_convs_on_inputs)
        self._check_levels()
        style = dict(conv_cfg=conv_cfg, act_cfg=act_cfg, inplace=False)
        used = in_channels[start_level:self.backbone_end_level]
        self.lateral_convs = nn.ModuleList(
            ConvModule(channels, out_channels, 1,
                       norm_cfg=None if no_norm_on_lateral else norm_cfg, **style)
            for channels in used)
        self.fpn_convs = nn.ModuleList(
            ConvModule(out_channels, out_channels, 3, padding=1, norm_cfg=norm_cfg, **style)
            for _ in used)
        if self.add_extra_convs:
            for index in range(num_outs - len(used)):
                first_on_input = index == 0 and self.add_extra_convs == 'on_input'
                self.fpn_convs.append(
                    ConvModule(used[-1] if first_on_input else out_channels, out_channels, 3,
                               stride=2, padding=1, norm_cfg=norm_cfg, **style))

    @staticmethod
    def _extra_source(add_extra_convs: bool | str, on_inputs: bool) -> str | bool:
        """What the coarser outputs are made of: one of ``EXTRA_SOURCES``, or False."""
        if add_extra_convs is True:
            return 'on_input' if on_inputs else 'on_output'
        if add_extra_convs is not False and add_extra_convs not in EXTRA_SOURCES:
            raise InputError(f'add_extra_convs of FPN is {add_extra_convs!r}; expected True, False '
                             f'or one of {EXTRA_SOURCES}')
        return add_extra_convs

    def _check_levels(self) -> None:
        """Raise where the levels and the number of outputs contradict each other."""
        if not 0 <= self.start_level < self.backbone_end_level <= self.num_ins:
            raise InputError(f'FPN has start_level={self.start_level} and '
                             f'end_level={self.end_level} for {self.num_ins} in_channels')
        used = self.backbone_end_level - self.start_level
        if self.num_outs < used or (self.end_level != -1 and self.num_outs != used):
            most = 'at least ' if self.end_level == -1 else ''
            raise InputError(f'FPN has num_outs={self.num_outs} but uses {used} inputs; set '
                             f'num_outs to {most}{used}')

    def _add_coarser(self, fine: Tensor, coarse: Tensor) -> Tensor:
        if 'scale_factor' in self.upsample_cfg:
            return fine + resize(coarse, **self.upsample_cfg)
        return fine + resize(coarse, size=fine.shape[2:], **self.upsample_cfg)

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Maps ``(N, out_channels, h, w)``, ``num_outs`` of them, from fine to coarse."""
        check_maps('FPN', inputs, self.in_channels)
        used = inputs[self.start_level:self.backbone_end_level]
        laterals = [conv(x) for conv, x in zip(self.lateral_convs, used, strict=True)]
        for i in reversed(range(1, len(laterals))):
            laterals[i - 1] = self._add_coarser(laterals[i - 1], laterals[i])
        outs = [conv(x) for conv, x in zip(self.fpn_convs, laterals)]
        further = self.num_outs - len(outs)
        if not self.add_extra_convs:
            for _ in range(further):
                outs.append(F.max_pool2d(outs[-1], 1, stride=2))
            return tuple(outs)
        sources: dict = dict(on_input=used[-1], on_lateral=laterals[-1], on_output=outs[-1])
        source = sources[self.add_extra_convs]
        for index, conv in enumerate(self.fpn_convs[len(laterals):]):
            if index and self.relu_before_extra_convs:
                source = F.relu(source)
            source = conv(source)
            outs.append(source)
        return tuple(outs)
