"""MobileNetV2."""
from __future__ import annotations

from collections.abc import Iterable, Sequence

from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ...utils.errors import InputError
from ..builder import BACKBONES
from ..utils import InvertedResidual, make_divisible
from .base_backbone import BaseBackbone


@BACKBONES.register_module()
class MobileNetV2(BaseBackbone):
    """Feature maps of a network of inverted residuals, one of each layer in ``out_indices``.

    Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018, table 2.

    Args:
        widen_factor: Ratio of all channels to the paper's.
        strides: Step of every layer in pixels.
        dilations: Distance of the depthwise taps of every layer's first block in pixels.
        out_indices: Layers, counted from 0 to 6, whose features are returned.
        frozen_stages: The stem (0) and the layers up to this one are not trained; -1 trains all.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        norm_eval: Whether batch norms keep their running statistics while training.
        with_cp: Whether blocks are recomputed in the backward pass, to save memory.
        pretrained: Where the weights come from; see :class:`BaseBackbone`.
        init_cfg: Initialisation config.

    Raises:
        InputError: ``strides`` or ``dilations`` without a value for every layer, or an index
            beyond the layers.
    """

    # (expansion, channels, blocks) of every layer
    arch_settings = ((1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3),
                     (6, 320, 1))

    def __init__(self,
                 widen_factor: float = 1.,
                 strides: Sequence[int] = (1, 2, 2, 2, 1, 2, 1),
                 dilations: Sequence[int] = (1, 1, 1, 1, 1, 1, 1),
                 out_indices: Sequence[int] = (1, 2, 4, 6),
                 frozen_stages: int = -1,
                 conv_cfg: dict | None = None,
                 norm_cfg: dict | None = dict(type='BN'),
                 act_cfg: dict | None = dict(type='ReLU6'),
                 norm_eval: bool = False,
                 with_cp: bool = False,
                 pretrained: str | None = None,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(pretrained, init_cfg, norm_eval=norm_eval)
        count = len(self.arch_settings)
        self._check_indices('out_indices', out_indices, 0, count - 1)
        self._check_indices('frozen_stages', [frozen_stages], -1, count)
        for name, values in (('strides', strides), ('dilations', dilations)):
            if len(values) != count:
                raise InputError(f"the backbone's {name}={tuple(values)} needs one value for each "
                                 f'of the {count} layers of MobileNetV2')
        self.widen_factor, self.strides, self.dilations = widen_factor, strides, dilations
        self.out_indices, self.frozen_stages, self.with_cp = out_indices, frozen_stages, with_cp
        style = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg)
        channels = make_divisible(32 * widen_factor, 8)
        self.conv1 = ConvModule(3, channels, 3, stride=2, padding=1, **style)
        self.layers = []
        for i, (expansion, out_channels, num_blocks) in enumerate(self.arch_settings):
            blocks = []
            for j in range(num_blocks):
                # Only the first block strides and dilates, as the published weights expect.
                stride, dilation = (strides[i], dilations[i]) if j == 0 else (1, 1)
                source, channels = channels, make_divisible(out_channels * widen_factor, 8)
                blocks.append(InvertedResidual(source, channels, stride, expansion, dilation,
                                               with_cp=with_cp, **style))
            self.layers.append(f'layer{i + 1}')
            self.add_module(self.layers[-1], nn.Sequential(*blocks))
        self._freeze()

    def _frozen_modules(self) -> Iterable[nn.Module]:
        if self.frozen_stages < 0:
            return []
        return [self.conv1] + [getattr(self, name) for name in self.layers[:self.frozen_stages]]

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """A map ``(N, C, h, w)`` of each layer in ``out_indices``."""
        x = self.conv1(x)
        features = []
        for i, name in enumerate(self.layers):
            x = getattr(self, name)(x)
            if i in self.out_indices:
                features.append(x)
        return tuple(features)
