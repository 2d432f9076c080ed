"""Residual blocks (He et al., "Deep Residual Learning for Image Recognition", CVPR 2016)."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmcv.cnn import build_conv_layer, build_norm_layer, build_plugin_layer
from mmcv.runner import BaseModule
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...utils.errors import InputError

PLUGIN_POSITIONS = ('after_conv1', 'after_conv2', 'after_conv3')


def check_plugin(plugin: dict) -> None:
    """Check the position of a plugin in a bottleneck block.

    Raises:
        InputError: An unknown position.
    """
    if plugin.get('position') not in PLUGIN_POSITIONS:
        raise InputError(f"a plugin's position is {plugin.get('position')!r}; expected one of "
                         f'{PLUGIN_POSITIONS}')


class ResidualBlock(BaseModule):
    """Branch plus shortcut, then ReLU; a subclass lays out the branch.

    Args:
        inplanes: Channels of the input.
        planes: Width of the block; the output has ``planes * expansion`` channels.
        stride: Step in pixels.
        dilation: Distance of the kernel taps in pixels.
        downsample: Module of the shortcut; None passes the input on.
        style: ``'pytorch'`` strides in the 3x3 convolution, ``'caffe'`` in the first 1x1.
        with_cp: Whether to recompute the block in the backward pass, to save memory.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        dcn: Config of the deformable convolution that replaces the last 3x3, with the extra key
            ``fallback_on_stride`` (plain convolution instead).
        plugins: List of ``dict(cfg=..., position='after_conv1'|'after_conv2'|'after_conv3')``.
        init_cfg: Initialisation of this block only.

    Raises:
        InputError: Another style, a plugin at another position, or both ``conv_cfg`` and ``dcn``.
    """

    expansion = 1

    def __init__(self,
                 inplanes: int,
                 planes: int,
                 stride: int = 1,
                 dilation: int = 1,
                 downsample: nn.Module | None = None,
                 style: str = 'pytorch',
                 with_cp: bool = False,
                 conv_cfg: dict | None = None,
                 norm_cfg: dict | None = None,
                 dcn: dict | None = None,
                 plugins: Sequence[dict] | None = None,
                 init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg)
        self.inplanes, self.planes = inplanes, planes
        self.stride, self.dilation = stride, dilation
        self.style, self.with_cp = style, with_cp
        if style not in ('pytorch', 'caffe'):
            raise InputError(f"the backbone's style is {style!r}; expected 'pytorch' or 'caffe'")
        self.conv_cfg, self.norm_cfg = conv_cfg, norm_cfg or dict(type='BN')
        self.dcn, self.plugins = dcn, plugins
        self._lay_out()
        self.relu = nn.ReLU(inplace=True)
        self.downsample = downsample
        # What drops the branch for some images; backbones that drop branches replace it.
        self.drop_path: nn.Module = nn.Identity()

    def _lay_out(self) -> None:
        """Make the layers of the branch."""
        raise NotImplementedError

    def _branch(self, x: Tensor) -> Tensor:
        """The branch's output, before the shortcut is added."""
        raise NotImplementedError

    def _add_conv(self, index: int, in_channels: int, out_channels: int, kernel_size: int,
                  stride: int = 1, dilation: int = 1, groups: int = 1,
                  cfg: dict | None = None) -> None:
        """Append ``conv<index>`` (bias-free, padded to keep the size) and its norm."""
        norm_name, norm = build_norm_layer(self.norm_cfg, out_channels, postfix=index)
        conv = build_conv_layer(cfg or self.conv_cfg, in_channels, out_channels, kernel_size,
                                stride=stride, padding=dilation * (kernel_size // 2),
                                dilation=dilation, groups=groups, bias=False)
        self.add_module(f'conv{index}', conv)
        self.add_module(norm_name, norm)
        setattr(self, f'norm{index}_name', norm_name)

    def _dcn_cfg(self) -> dict | None:
        """Config of the deformable convolution, or None for a plain one."""
        if self.dcn is None:
            return None
        if self.conv_cfg is not None:
            raise InputError('conv_cfg and dcn both choose the convolution of the backbone; '
                             'keep one of the two')
        cfg = dict(self.dcn)
        return None if cfg.pop('fallback_on_stride', False) else cfg

    # `norm2` and `norm3` are also the names by which the zero initialisation finds them.
    @property
    def norm1(self) -> nn.Module:
        """Normalisation after the first convolution."""
        return getattr(self, self.norm1_name)

    @property
    def norm2(self) -> nn.Module:
        """Normalisation after the second convolution."""
        return getattr(self, self.norm2_name)

    def init_weights(self) -> None:
        """Initialise as configured; deformable convolutions start with zero offsets."""
        super().init_weights()
        for name, parameter in self.named_parameters():
            # mmcv-full's version 1 keeps what the backbone's own initialisation put there.
            if '.conv_offset.' in name:
                nn.init.zeros_(parameter)

    def _sum(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.drop_path(self._branch(x)) + shortcut

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(N, planes * expansion, h / stride, w / stride)`` of a map ``(N, inplanes, h,
        w)``."""
        if self.with_cp and x.requires_grad:
            return self.relu(checkpoint(self._sum, x, use_reentrant=False))
        return self.relu(self._sum(x))


class BasicBlock(ResidualBlock):
    """Two 3x3 convolutions; see :class:`ResidualBlock`.

    Raises:
        InputError: Plugins are asked for, which this block has no place for.
    """

    def _lay_out(self) -> None:
        if self.plugins:
            raise InputError('plugins need a backbone with bottleneck blocks: depth 50, 101 or '
                             '152, not 18 or 34')
        self._add_conv(1, self.inplanes, self.planes, 3, self.stride, self.dilation)
        self._add_conv(2, self.planes, self.planes, 3, cfg=self._dcn_cfg())

    def _branch(self, x: Tensor) -> Tensor:
        x = self.relu(self.norm1(self.conv1(x)))
        return self.norm2(self.conv2(x))


class Bottleneck(ResidualBlock):
    """1x1, 3x3 and 1x1 convolution, the last four times as wide; see :class:`ResidualBlock`.

    Args:
        groups: Groups of the 3x3 convolution (Xie et al., "Aggregated Residual Transformations
            for Deep Neural Networks", CVPR 2017).
        base_width: Channels a group at the network's ``base_channels``.
        base_channels: Width of the network's first stage, which ``base_width`` refers to.
    """

    expansion = 4

    def __init__(self, *args: Any, groups: int = 1, base_width: int = 4, base_channels: int = 64,
                 **kwargs: Any) -> None:
        self._group_settings = (groups, base_width, base_channels)
        super().__init__(*args, **kwargs)

    @property
    def norm3(self) -> nn.Module:
        """Normalisation after the third convolution."""
        return getattr(self, self.norm3_name)

    def _lay_out(self) -> None:
        for plugin in self.plugins or ():
            check_plugin(plugin)
        groups, base_width, base_channels = self._group_settings
        inner = self.planes
        if groups > 1:
            inner = self.planes * base_width // base_channels * groups
        first, second = (1, self.stride) if self.style == 'pytorch' else (self.stride, 1)
        self.conv1_stride, self.conv2_stride = first, second
        self._add_conv(1, self.inplanes, inner, 1, first)
        self._add_middle(inner, second, groups)
        self._add_conv(3, inner, self.planes * self.expansion, 1)
        for index, channels in ((1, inner), (2, inner), (3, self.planes * self.expansion)):
            names = self._add_plugins(f'after_conv{index}', channels)
            setattr(self, f'after_conv{index}_plugin_names', names)

    def _add_middle(self, channels: int, stride: int, groups: int) -> None:
        """Append the 3x3 convolution; variants with another middle override this."""
        self._add_conv(2, channels, channels, 3, stride, self.dilation, groups, cfg=self._dcn_cfg())

    def _add_plugins(self, position: str, channels: int) -> list[str]:
        """Append the plugins of one position; gives their attribute names."""
        names = []
        for plugin in self.plugins or ():
            if plugin['position'] != position:
                continue
            cfg = dict(plugin['cfg'])
            postfix = cfg.pop('postfix', '')
            name, layer = build_plugin_layer(cfg, postfix=postfix, in_channels=channels)
            if hasattr(self, name):
                raise InputError(f"two plugins of a block are both named '{name}'; give them "
                                 "different 'postfix' values in their cfg")
            self.add_module(name, layer)
            names.append(name)
        return names

    def _plug(self, x: Tensor, names: list[str]) -> Tensor:
        for name in names:
            x = getattr(self, name)(x)
        return x

    def _branch(self, x: Tensor) -> Tensor:
        x = self.relu(self.norm1(self.conv1(x)))
        x = self._plug(x, self.after_conv1_plugin_names)
        x = self.relu(self.norm2(self.conv2(x)))
        x = self._plug(x, self.after_conv2_plugin_names)
        x = self.norm3(self.conv3(x))
        return self._plug(x, self.after_conv3_plugin_names)
