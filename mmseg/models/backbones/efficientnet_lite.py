"""EfficientNet-Lite: EfficientNet without gates and with ReLU6, made for CPUs and int8."""
from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from mmcv.cnn import ConvModule
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...utils.errors import InputError
from ..builder import BACKBONES
from ..utils import make_divisible
from .base_backbone import BaseBackbone


class _Block(nn.Module):
    """Expansion, depthwise convolution of any kernel size, projection; a shortcut where it fits."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, stride: int,
                 expand_ratio: int, dilation: int, norm_cfg: dict, act_cfg: dict,
                 with_cp: bool) -> None:
        super().__init__()
        inner = in_channels * expand_ratio
        style = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        self.expand = (ConvModule(in_channels, inner, 1, **style) if expand_ratio > 1
                       else nn.Identity())
        self.depthwise = ConvModule(inner, inner, kernel_size, stride=stride, groups=inner,
                                    padding=kernel_size // 2 * dilation, dilation=dilation, **style)
        self.project = ConvModule(inner, out_channels, 1, norm_cfg=norm_cfg, act_cfg=None)
        self.shortcut = stride == 1 and in_channels == out_channels
        self.with_cp = with_cp

    def _branch(self, x: Tensor) -> Tensor:
        branch = self.project(self.depthwise(self.expand(x)))
        return x + branch if self.shortcut else branch

    def forward(self, x: Tensor) -> Tensor:
        if self.with_cp and x.requires_grad:
            return checkpoint(self._branch, x, use_reentrant=False)
        return self._branch(x)


@BACKBONES.register_module()
class EfficientNetLite(BaseBackbone):
    """Feature maps of EfficientNet-Lite, one of each stage in ``out_indices``.

    Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML
    2019, table 1, in the variant "EfficientNet-Lite" of 2020: no squeeze-and-excitation, ReLU6 in
    place of swish, and a stem and a first and last stage that do not grow with the network.

    The padding is symmetric, where the published networks pad as TensorFlow does. A map of an
    image with even sides is therefore that of the published network for an image moved by some
    pixels; their weights (``tools/model_converters/efficientnet_lite2mmseg.py``) work unchanged.

    Args:
        arch: ``'lite0'`` to ``'lite4'``.
        out_indices: Stages, counted from 0 to 6, whose features are returned. Their strides are
            2, 4, 8, 16, 16, 32, 32 and their channels in lite0 16, 24, 40, 80, 112, 192, 320.
        output_stride: 32, or 16 with dilated convolutions in the last two stages.
        frozen_stages: The stem (0) and the stages up to this one are not trained; -1 trains all.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
        norm_eval: Whether batch norms keep their running statistics while training.
        with_cp: Whether blocks are computed again in the backward pass, to save memory.
        pretrained: Where the weights come from; see :class:`BaseBackbone`.
        init_cfg: Initialisation config.

    Raises:
        InputError: An ``arch`` or ``output_stride`` that does not exist, or an index beyond the
            stages.
    """

    # factors of channels and of blocks
    arch_settings = {'lite0': (1.0, 1.0), 'lite1': (1.0, 1.1), 'lite2': (1.1, 1.2),
                     'lite3': (1.2, 1.4), 'lite4': (1.4, 1.8)}
    # (expansion, kernel size, stride, channels, blocks) of every stage
    stage_settings = ((1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3),
                      (6, 5, 1, 112, 3), (6, 5, 2, 192, 4), (6, 3, 1, 320, 1))

    def __init__(self,
                 arch: str = 'lite0',
                 out_indices: Sequence[int] = (0, 1, 2, 4, 6),
                 output_stride: int = 32,
                 frozen_stages: int = -1,
                 norm_cfg: dict = dict(type='BN', eps=1e-3),
                 act_cfg: dict = dict(type='ReLU6'),
                 norm_eval: bool = False,
                 with_cp: bool = False,
                 pretrained: str | None = None,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(pretrained, init_cfg, norm_eval=norm_eval)
        if arch not in self.arch_settings:
            raise InputError(f"EfficientNetLite has arch='{arch}'; expected one of "
                             f'{tuple(self.arch_settings)}')
        if output_stride not in (16, 32):
            raise InputError(f'EfficientNetLite has output_stride={output_stride}; expected 16 or '
                             '32')
        last = len(self.stage_settings) - 1
        self._check_indices('out_indices', out_indices, 0, last)
        self._check_indices('frozen_stages', [frozen_stages], -1, last + 1)
        self.out_indices, self.frozen_stages = tuple(out_indices), frozen_stages
        wider, deeper = self.arch_settings[arch]
        style = dict(norm_cfg=norm_cfg, act_cfg=act_cfg)
        channels = 32
        self.stem = ConvModule(3, channels, 3, stride=2, padding=1, **style)
        self.stages = nn.ModuleList()
        dilation = 1
        for i, setting in enumerate(self.stage_settings):
            expansion, kernel_size, stride, out_channels, blocks = setting
            out_channels = make_divisible(out_channels * wider, 8)
            if 0 < i < last:
                blocks = math.ceil(blocks * deeper)
            if i == 5 and output_stride == 16:
                stride, dilation = 1, 2
            stage = nn.Sequential()
            for j in range(blocks):
                stage.append(_Block(channels, out_channels, kernel_size, stride if j == 0 else 1,
                                    expansion, dilation, **style, with_cp=with_cp))
                channels = out_channels
            self.stages.append(stage)
        self._freeze()

    def _frozen_modules(self) -> Iterable[nn.Module]:
        if self.frozen_stages < 0:
            return []
        return [self.stem, *self.stages[:self.frozen_stages]]

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Feature maps of the image ``(N, 3, H, W)``, from fine to coarse."""
        x = self.stem(x)
        features = []
        for i, stage in enumerate(self.stages):
            x = stage(x)
            if i in self.out_indices:
                features.append(x)
        return tuple(features)
