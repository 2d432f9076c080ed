"""MobileNetV3, at an eighth of the image's resolution."""
from __future__ import annotations

from collections.abc import Iterable, Sequence

from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ...utils.errors import InputError, nearest
from ..builder import BACKBONES
from ..utils import InvertedResidualV3
from .base_backbone import BaseBackbone

# Taps, channels inside, channels, with a gate, activation and stride of every block.
SMALL = (
    (3, 16, 16, True, 'ReLU', 2),
    (3, 72, 24, False, 'ReLU', 2),
    (3, 88, 24, False, 'ReLU', 1),
    (5, 96, 40, True, 'HSwish', 2),
    (5, 240, 40, True, 'HSwish', 1),
    (5, 240, 40, True, 'HSwish', 1),
    (5, 120, 48, True, 'HSwish', 1),
    (5, 144, 48, True, 'HSwish', 1),
    (5, 288, 96, True, 'HSwish', 2),
    (5, 576, 96, True, 'HSwish', 1),
    (5, 576, 96, True, 'HSwish', 1),
)
LARGE = (
    (3, 16, 16, False, 'ReLU', 1),
    (3, 64, 24, False, 'ReLU', 2),
    (3, 72, 24, False, 'ReLU', 1),
    (5, 72, 40, True, 'ReLU', 2),
    (5, 120, 40, True, 'ReLU', 1),
    (5, 120, 40, True, 'ReLU', 1),
    (3, 240, 80, False, 'HSwish', 2),
    (3, 200, 80, False, 'HSwish', 1),
    (3, 184, 80, False, 'HSwish', 1),
    (3, 184, 80, False, 'HSwish', 1),
    (3, 480, 112, True, 'HSwish', 1),
    (3, 672, 112, True, 'HSwish', 1),
    (5, 672, 160, True, 'HSwish', 2),
    (5, 960, 160, True, 'HSwish', 1),
    (5, 960, 160, True, 'HSwish', 1),
)


@BACKBONES.register_module()
class MobileNetV3(BaseBackbone):
    """Feature maps of MobileNetV3, of which the two last strides are dilations instead.

    Howard et al., "Searching for MobileNetV3", ICCV 2019, tables 1 and 2; dilations as in
    section 6.4.

    Args:
        arch: ``'small'`` or ``'large'``.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        out_indices: Layers whose features are returned: the stem is 0, the blocks count from 1,
            and the last 1x1 convolution is 12 (small) or 16 (large).
        frozen_stages: The layers up to this one are not trained; -1 trains all.
        reduction_factor: Divisor of the channels of the last blocks.
        norm_eval: Whether batch norms keep their running statistics while training.
        with_cp: Whether blocks are recomputed in the backward pass, to save memory.
        pretrained: Where the weights come from; see :class:`BaseBackbone`.
        init_cfg: Initialisation config.

    Raises:
        InputError: An unknown ``arch``, a ``reduction_factor`` below 1, or an index beyond the
            layers.
    """

    arch_settings = dict(small=SMALL, large=LARGE)
    # Layers that lose their stride, and the channels of the last layer.
    _no_stride = dict(small=(4, 9), large=(7, 13))
    _last_channels = dict(small=576, large=960)

    def __init__(self,
                 arch: str = 'small',
                 conv_cfg: dict | None = None,
                 norm_cfg: dict | None = dict(type='BN'),
                 out_indices: Sequence[int] = (0, 1, 12),
                 frozen_stages: int = -1,
                 reduction_factor: int = 1,
                 norm_eval: bool = False,
                 with_cp: bool = False,
                 pretrained: str | None = None,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(pretrained, init_cfg, norm_eval=norm_eval)
        if arch not in self.arch_settings:
            raise InputError(f'MobileNetV3 has no arch={arch!r}; expected one of '
                             f'{sorted(self.arch_settings)}{nearest(arch, self.arch_settings)}')
        if reduction_factor < 1:
            raise InputError(f'MobileNetV3 has reduction_factor={reduction_factor}; expected 1 or '
                             'more')
        last = len(self.arch_settings[arch]) + 1
        self._check_indices('out_indices', out_indices, 0, last)
        self._check_indices('frozen_stages', [frozen_stages], -1, last)
        self.arch, self.conv_cfg, self.norm_cfg = arch, conv_cfg, norm_cfg
        self.out_indices, self.frozen_stages = out_indices, frozen_stages
        self.reduction_factor, self.with_cp = reduction_factor, with_cp
        self.layers = [f'layer{i}' for i in range(last + 1)]
        for name, layer in zip(self.layers, self._make_layers(), strict=True):
            self.add_module(name, layer)
        self._freeze()

    def _make_layers(self) -> Iterable[nn.Module]:
        """Stem, blocks and last convolution in their order."""
        hard_swish = dict(norm_cfg=self.norm_cfg, act_cfg=dict(type='HSwish'))
        yield ConvModule(3, 16, 3, stride=2, conv_cfg=dict(type='SamePadConv2d'), **hard_swish)
        channels = 16
        first, second = self._no_stride[self.arch]
        for number, row in enumerate(self.arch_settings[self.arch], start=1):
            kernel_size, inner, out_channels, gated, activation, stride = row
            if number >= second:
                inner //= self.reduction_factor
                out_channels //= self.reduction_factor
            # From a stride that is gone on, the taps lie as far apart as it would have put them.
            dilation = 2**((number >= first) + (number >= second))
            block = InvertedResidualV3(
                channels, out_channels, inner, kernel_size, stride,
                dict(channels=inner, ratio=4) if gated else None,
                with_expand_conv=channels != inner, conv_cfg=self.conv_cfg,
                norm_cfg=self.norm_cfg, act_cfg=dict(type=activation), with_cp=self.with_cp,
                dilation=dilation)
            if number in (first, second):
                block.depthwise_conv.conv.stride = (1, 1)
            channels = out_channels
            yield block
        yield ConvModule(channels, self._last_channels[self.arch], 1, conv_cfg=self.conv_cfg,
                         **hard_swish)

    def _frozen_modules(self) -> Iterable[nn.Module]:
        return [getattr(self, name) for name in self.layers[:self.frozen_stages + 1]]

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """A map ``(N, C, h, w)`` of each layer in ``out_indices``."""
        features = []
        for i, name in enumerate(self.layers):
            x = getattr(self, name)(x)
            if i in self.out_indices:
                features.append(x)
        return tuple(features)
