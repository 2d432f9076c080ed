"""Point-wise spatial attention head."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ...ops import resize
from ...utils.errors import InputError
from ..builder import HEADS
from .decode_head import BaseDecodeHead

PSA_TYPES = ('collect', 'distribute', 'bi-direction')


def _keeps_corners(height: int, width: int, factor: int) -> bool:
    """Whether a map of this size shrinks with its corners in place: sides of ``n*factor+1``."""
    return height % factor != 0 and width % factor != 0


# These two are scripted in a trace, so that the rule holds for every size of image.
@torch.jit.script_if_tracing
def _shrink(x: Tensor, factor: int) -> Tensor:
    """``x (N, C, h, w)`` at a ``factor``-th of its size."""
    height, width = x.shape[2], x.shape[3]
    keep = _keeps_corners(height, width, factor)
    if keep:
        height, width = height + factor - 1, width + factor - 1
    return F.interpolate(x, size=[height // factor, width // factor], mode='bilinear',
                         align_corners=keep)


@torch.jit.script_if_tracing
def _enlarge(x: Tensor, frame: Tensor, factor: int) -> Tensor:
    """``x`` at the size of ``frame (N, C, h, w)``, the way that ``frame`` was shrunk."""
    height, width = frame.shape[2], frame.shape[3]
    return F.interpolate(x, size=[height, width], mode='bilinear',
                         align_corners=_keeps_corners(height, width, factor))


def _along_rows(mask: Tensor) -> Tensor:
    """Offsets as places, ``(N, taps, A, h, B)`` to ``(N, h, A, h, B)``; 0 where offsets end.

    ``[:, i, :, j]`` of the result is the mask of the pixel ``j`` at the offset that leads to ``i``;
    the middle offset is the pixel itself.
    """
    count, taps, others, height, width = mask.shape
    place = torch.arange(height, device=mask.device)
    offset = place.unsqueeze(1) - place + (taps - 1) // 2
    outside = (offset < 0) | (offset >= taps)
    # An expanded index takes no memory of its own.
    index = offset.clamp(0, taps - 1)[:, None, :, None].expand(count, -1, others, -1, width)
    return mask.gather(1, index).masked_fill(outside[:, None, :, None], 0)


def psa_mask(attention: Tensor, psa_type: str, mask_size: Sequence[int]) -> Tensor:
    """Attention between all pixels, ``(N, H*W, H, W)``, of attention around each pixel.

    Args:
        attention: For each pixel a window ``(N, mask_h*mask_w, H, W)`` centred on it.
        psa_type: ``'collect'``: entry ``[:, i, j]`` is what pixel ``j`` takes from ``i``, as the
            window of ``j`` has it. ``'distribute'``: what ``i`` gives to ``j``, as the window of
            ``i`` has it.
        mask_size: Height and width of the windows; beyond them the attention is 0.
    """
    count, _, height, width = attention.shape
    windows = attention.reshape(count, *mask_size, height, width)
    by_row = _along_rows(windows).permute(0, 2, 1, 4, 3)  # (N, mask_w, H, W, H)
    whole = _along_rows(by_row)  # (N, W, H, W, H), places before pixels
    order = (0, 4, 3, 2, 1) if psa_type == 'distribute' else (0, 2, 1, 4, 3)
    return whole.permute(order).reshape(count, height * width, height, width)


@HEADS.register_module()
class PSAHead(BaseDecodeHead):
    """Attention that each pixel learns from its position (Zhao et al., "PSANet: Point-wise
    Spatial Attention Network for Scene Parsing", ECCV 2018).

    Args:
        mask_size: Height and width of the window to which a pixel gives weights; twice the feature
            map's sides less one let it reach all others.
        psa_type: ``'collect'``: pixels weigh what they take, ``'distribute'``: what they give, or
            ``'bi-direction'``: one branch each.
        compact: Whether the weights are over places of the feature map, which then must have
            ``mask_size``, and not over a window centred on the pixel.
        shrink_factor: Ratio by which the attention's feature map is made smaller.
        normalization_factor: Divides the sum over pixels.
        psa_softmax: Whether the weights of a pixel are made to sum to 1.
        **kwargs: See :class:`BaseDecodeHead`.

    Raises:
        InputError: Another ``psa_type``, or a feature map without ``mask_size`` under ``compact``.
    """

    def __init__(self, mask_size: Sequence[int], psa_type: str = 'bi-direction',
                 compact: bool = False, shrink_factor: int = 2,
                 normalization_factor: float = 1.0, psa_softmax: bool = True,
                 **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if psa_type not in PSA_TYPES:
            raise InputError(f'psa_type of PSAHead is {psa_type!r}; expected one of {PSA_TYPES}')
        self.mask_size, self.psa_type, self.compact = tuple(mask_size), psa_type, compact
        self.shrink_factor, self.psa_softmax = shrink_factor, psa_softmax
        self.normalization_factor = normalization_factor
        style = dict(conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        self.reduce, self.attention = self._branch(style)
        both = psa_type == 'bi-direction'
        if both:
            self.reduce_p, self.attention_p = self._branch(style)
        # Padding a 1x1 convolution adds a frame of constants; trained weights know it.
        self.proj = ConvModule(self.channels * (2 if both else 1), self.in_channels, 1, padding=1,
                               **style)
        self.bottleneck = ConvModule(2 * self.in_channels, self.channels, 3, padding=1, **style)

    def _branch(self, style: dict) -> tuple[nn.Module, nn.Module]:
        """What makes the features that travel, and what makes their windows of weights."""
        high, wide = self.mask_size
        weigh = nn.Sequential(ConvModule(self.channels, self.channels, 1, **style),
                              nn.Conv2d(self.channels, high * wide, 1, bias=False))
        return ConvModule(self.in_channels, self.channels, 1, **style), weigh

    def _attend(self, features: Tensor, windows: Tensor, psa_type: str,
                transposed: bool) -> Tensor:
        """Each pixel's sum ``(N, C, h, w)`` over ``features (N, C, h, w)``.

        Args:
            features: What travels.
            windows: Weights ``(N, mask_h*mask_w, h, w)``.
            psa_type: ``'collect'`` or ``'distribute'``.
            transposed: Whether the first axis of compact weights is the receiving pixel.
        """
        if self.compact:
            self._check_compact(windows)
            weights = windows.flatten(2)
            weights = weights.transpose(1, 2) if transposed else weights
        else:
            weights = psa_mask(windows, psa_type, self.mask_size).flatten(2)
        if self.psa_softmax:
            weights = weights.softmax(dim=1)
        taken = features.flatten(2) @ weights
        return taken.reshape(features.shape) / self.normalization_factor

    def _check_compact(self, windows: Tensor) -> None:
        """Raise where compact weights do not fit the feature map."""
        size = tuple(windows.shape[2:])
        if torch.jit.is_tracing() or size[0] * size[1] == windows.shape[1]:
            return
        raise InputError(f'PSAHead with compact=True has mask_size={self.mask_size} but its '
                         f'feature map is {size} after shrink_factor={self.shrink_factor}; set '
                         'mask_size to that, or compact=False')

    def _one_way(self, x: Tensor, reduce: nn.Module, attention: nn.Module, psa_type: str,
                 transposed: bool) -> Tensor:
        """What one branch gives of ``x``."""
        features = reduce(x)
        if self.shrink_factor != 1:
            features = _shrink(features, self.shrink_factor)
        return self._attend(features, attention(features), psa_type, transposed)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        x = self._transform_inputs(inputs)
        if self.psa_type == 'bi-direction':
            drawn = torch.cat([
                self._one_way(x, self.reduce, self.attention, 'collect', False),
                self._one_way(x, self.reduce_p, self.attention_p, 'distribute', True)
            ], dim=1)
        else:
            drawn = self._one_way(x, self.reduce, self.attention, self.psa_type,
                                  self.psa_type == 'collect')
        drawn = self.proj(drawn)
        if self.shrink_factor != 1:
            drawn = _enlarge(drawn, x, self.shrink_factor)
        else:
            drawn = resize(drawn, size=x.shape[2:], mode='bilinear',
                           align_corners=self.align_corners)
        return self.cls_seg(self.bottleneck(torch.cat([x, drawn], dim=1)))
