"""Backbones that MMClassification builds from other arguments than segmentors do."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch.nn.functional as F
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ...utils.errors import InputError, nearest
from ..backbones import MobileNetV2, SwinTransformer, VisionTransformer
from ..backbones.swin import ShiftWindowMSA
from ..utils import make_divisible
from .builder import CLASSIFICATION

# embed_dims, depths, num_heads
_SWIN = {
    'tiny': (96, (2, 2, 6, 2), (3, 6, 12, 24)),
    'small': (96, (2, 2, 18, 2), (3, 6, 12, 24)),
    'base': (128, (2, 2, 18, 2), (4, 8, 16, 32)),
    'large': (192, (2, 2, 18, 2), (6, 12, 24, 48))}
# embed_dims, num_layers, num_heads, feedforward_channels
_VIT = {
    'small': (768, 8, 8, 2304), 'base': (768, 12, 12, 3072), 'large': (1024, 24, 16, 4096),
    'deit-tiny': (192, 12, 3, 768), 'deit-small': (384, 12, 6, 1536),
    'deit-base': (768, 12, 12, 3072)}
_SHORT = {'t': 'tiny', 's': 'small', 'b': 'base', 'l': 'large', 'deit-t': 'deit-tiny',
          'deit-s': 'deit-small', 'deit-b': 'deit-base'}


def _settings(arch: str | Mapping[str, Any], known: Mapping[str, tuple], *keys: str) -> tuple:
    """The values of ``keys`` for an architecture, a name of ``known`` or a dict."""
    if isinstance(arch, Mapping):
        lacking = [key for key in keys if key not in arch]
        if lacking:
            raise InputError(f"the backbone's arch has no {', '.join(lacking)}; a dict gives "
                             f'{", ".join(keys)}')
        return tuple(arch[key] for key in keys)
    name = _SHORT.get(arch.lower(), arch.lower())
    if name not in known:
        raise InputError(f"the backbone has no arch '{arch}'{nearest(arch, known)}; there are "
                         f'{", ".join(known)}')
    return known[name]


def _window_size(stage_cfgs: Any) -> int:
    """The side of a window that ``stage_cfgs`` gives for all stages."""
    inner = stage_cfgs.get('block_cfgs') if isinstance(stage_cfgs, Mapping) else None
    if not isinstance(inner, Mapping) or set(stage_cfgs) != {'block_cfgs'} \
            or set(inner) != {'window_size'}:
        raise InputError('stage_cfgs of SwinTransformer takes '
                         f'dict(block_cfgs=dict(window_size=...)) alone, got {stage_cfgs!r}')
    return inner['window_size']


@CLASSIFICATION.register_module('SwinTransformer')
class ClassifierSwin(SwinTransformer):
    """Swin Transformer by the arguments of MMClassification; see :class:`SwinTransformer`.

    Its windows do not shift on a map of a single window, where every token sees every other
    already. At 224 pixels that is the last stage.

    Args:
        arch: ``'tiny'``, ``'small'``, ``'base'``, ``'large'``, or a dict of ``embed_dims``,
            ``depths`` and ``num_heads``.
        img_size: Size of the images in pixels for which absolute positions are learnt.
        patch_size, in_channels, window_size, drop_rate, drop_path_rate, out_indices: As there.
        use_abs_pos_embed, with_cp, frozen_stages, norm_cfg, init_cfg: As there.
        pad_small_map: Whether maps of a single window shift too, as in segmentors.
        stage_cfgs: ``dict(block_cfgs=dict(window_size=12))`` is another way to write
            ``window_size=12``.

    Raises:
        InputError: Something else in ``stage_cfgs``, or an architecture that does not exist.
    """

    def __init__(self, arch: str | Mapping[str, Any] = 'tiny', img_size: int = 224,
                 patch_size: int = 4, in_channels: int = 3, window_size: int = 7,
                 drop_rate: float = 0., drop_path_rate: float = 0.1,
                 out_indices: Sequence[int] = (3, ), use_abs_pos_embed: bool = False,
                 with_cp: bool = False, frozen_stages: int = -1, pad_small_map: bool = False,
                 norm_cfg: dict = dict(type='LN'), stage_cfgs: Mapping[str, Any] | None = None,
                 init_cfg: dict | list | None = None) -> None:
        width, depths, heads = _settings(arch, _SWIN, 'embed_dims', 'depths', 'num_heads')
        if stage_cfgs:
            window_size = _window_size(stage_cfgs)
        super().__init__(
            img_size, in_channels, width, patch_size, window_size, depths=depths, num_heads=heads,
            strides=(patch_size, *[2] * (len(depths) - 1)), out_indices=out_indices,
            drop_rate=drop_rate, drop_path_rate=drop_path_rate,
            use_abs_pos_embed=use_abs_pos_embed, norm_cfg=norm_cfg, with_cp=with_cp,
            frozen_stages=frozen_stages, init_cfg=init_cfg)
        for module in self.modules():
            if isinstance(module, ShiftWindowMSA):
                module.shifts_single_window = pad_small_map


class JointAttention(nn.Module):
    """Attention of all tokens to each other, with queries, keys and values from one layer.

    Args:
        embed_dims: Channels of a token.
        num_heads: Number of heads.
        qkv_bias: Whether that layer has a bias.
        drop_rate: Rate of results that training drops.
        drop_path: What skips the whole branch for some images.
    """

    def __init__(self, embed_dims: int, num_heads: int, qkv_bias: bool, drop_rate: float,
                 drop_path: nn.Module) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(embed_dims, 3 * embed_dims, bias=qkv_bias)
        self.proj = nn.Linear(embed_dims, embed_dims)
        self.proj_drop = nn.Dropout(drop_rate)
        self.out_drop = drop_path

    def forward(self, x: Tensor) -> Tensor:
        """Tokens ``(N, L, C)`` after attention."""
        count, length, width = x.shape
        qkv = self.qkv(x).reshape(count, length, 3, self.num_heads, width // self.num_heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # each (N, heads, L, C / heads)
        x = F.scaled_dot_product_attention(query, key, value)
        x = x.transpose(1, 2).reshape(count, length, width)
        return self.out_drop(self.proj_drop(self.proj(x)))


@CLASSIFICATION.register_module('VisionTransformer')
class ClassifierViT(VisionTransformer):
    """Vision Transformer by the arguments and parameter names of MMClassification.

    A checkpoint of a segmentor's :class:`VisionTransformer` gives its backbone to it, and the other
    way round.

    Args:
        arch: ``'small'``, ``'base'``, ``'large'``, ``'deit-tiny'``, ``'deit-small'``,
            ``'deit-base'``, or a dict of ``embed_dims``, ``num_layers``, ``num_heads`` and
            ``feedforward_channels``.
        img_size, patch_size, in_channels, out_indices, drop_rate, drop_path_rate, qkv_bias: As
            there.
        norm_cfg, final_norm, with_cls_token, output_cls_token, interpolate_mode, init_cfg: As
            there.
    """

    joint_names = True

    def __init__(self, arch: str | Mapping[str, Any] = 'base', img_size: int | tuple = 224,
                 patch_size: int = 16, in_channels: int = 3,
                 out_indices: int | Sequence[int] = -1, drop_rate: float = 0.,
                 drop_path_rate: float = 0., qkv_bias: bool = True,
                 norm_cfg: dict = dict(type='LN', eps=1e-6), final_norm: bool = True,
                 with_cls_token: bool = True, output_cls_token: bool = True,
                 interpolate_mode: str = 'bicubic',
                 init_cfg: dict | list | None = None) -> None:
        width, layers, heads, within = _settings(
            arch, _VIT, 'embed_dims', 'num_layers', 'num_heads', 'feedforward_channels')
        super().__init__(
            img_size, patch_size, in_channels, width, layers, heads, within / width, out_indices,
            qkv_bias, drop_rate, 0., drop_path_rate, with_cls_token, output_cls_token, norm_cfg,
            final_norm=final_norm, interpolate_mode=interpolate_mode, init_cfg=init_cfg)
        for layer in self.layers:
            layer.attn = JointAttention(width, heads, qkv_bias, drop_rate,
                                        layer.attn.dropout_layer)


@CLASSIFICATION.register_module('MobileNetV2')
class ClassifierMobileNetV2(MobileNetV2):
    """MobileNetV2 with the last convolution, to 1280 channels; see :class:`MobileNetV2`.

    Args:
        widen_factor: Ratio of all widths to the paper's; the last one grows only above 1.
        out_indices: Layers, counted from 0 to 7, whose features are returned.
        frozen_stages, conv_cfg, norm_cfg, act_cfg, norm_eval, with_cp, init_cfg: As there.

    Raises:
        InputError: An index beyond the layers.
    """

    def __init__(self, widen_factor: float = 1., out_indices: Sequence[int] = (7, ),
                 frozen_stages: int = -1, conv_cfg: dict | None = None,
                 norm_cfg: dict | None = dict(type='BN'),
                 act_cfg: dict | None = dict(type='ReLU6'), norm_eval: bool = False,
                 with_cp: bool = False, init_cfg: dict | list | None = None) -> None:
        number = len(self.arch_settings)
        super().__init__(
            widen_factor, out_indices=[index for index in out_indices if index != number],
            frozen_stages=frozen_stages, conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg,
            norm_eval=norm_eval, with_cp=with_cp, init_cfg=init_cfg)
        self.out_indices = out_indices
        before = make_divisible(self.arch_settings[-1][1] * widen_factor, 8)
        after = int(1280 * max(1., widen_factor))
        self.conv2 = ConvModule(before, after, 1, conv_cfg=conv_cfg, norm_cfg=norm_cfg,
                                act_cfg=act_cfg)
        self.layers.append('conv2')
