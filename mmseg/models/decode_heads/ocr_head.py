"""Object-contextual representations head."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ...utils.errors import InputError
from ..builder import HEADS
from ..utils import SelfAttentionBlock
from .cascade_decode_head import BaseCascadeDecodeHead


class SpatialGatherModule(nn.Module):
    """Mean feature of each class, weighted by where coarse logits see it (section 3.2).

    Args:
        scale: Factor of the logits before the softmax over positions.
    """

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, feats: Tensor, probs: Tensor) -> Tensor:
        """Features ``(N, C, K, 1)`` of the classes.

        Args:
            feats: Features ``(N, C, h, w)``.
            probs: Coarse logits ``(N, K, h, w)``.
        """
        weights = (self.scale * probs.flatten(2)).softmax(dim=2)  # (N, K, h*w)
        return (feats.flatten(2) @ weights.transpose(1, 2)).unsqueeze(3)


class ObjectAttentionBlock(SelfAttentionBlock):
    """Each pixel with a mean over the class features like it (section 3.2).

    Args:
        in_channels: Channels of pixels, class features and result.
        channels: Channels of keys, queries and values.
        scale: Ratio by which the pixels that look are made fewer along each side.
        conv_cfg: Config of the convolutions.
        norm_cfg: Config of the normalisations.
        act_cfg: Config of the activations.
    """

    def __init__(self, in_channels: int, channels: int, scale: int, conv_cfg: dict | None,
                 norm_cfg: dict | None, act_cfg: dict | None) -> None:
        style = dict(conv_cfg=conv_cfg, norm_cfg=norm_cfg, act_cfg=act_cfg)
        super().__init__(
            key_in_channels=in_channels, query_in_channels=in_channels, channels=channels,
            out_channels=in_channels, share_key_query=False,
            query_downsample=nn.MaxPool2d(scale) if scale > 1 else None, key_downsample=None,
            key_query_num_convs=2, value_out_num_convs=1, key_query_norm=True,
            value_out_norm=True, matmul_norm=True, with_out=True, **style)
        self.bottleneck = ConvModule(2 * in_channels, in_channels, 1, **style)

    def forward(self, query_feats: Tensor, key_feats: Tensor) -> Tensor:
        """``(N, C, h, w)`` of pixels ``(N, C, h, w)`` and class features ``(N, C, K, 1)``."""
        drawn = super().forward(query_feats, key_feats)
        return self.bottleneck(torch.cat([drawn, query_feats], dim=1))


@HEADS.register_module()
class OCRHead(BaseCascadeDecodeHead):
    """Each pixel seen with the features of the classes that an earlier head found (Yuan et al.,
    "Object-Contextual Representations for Semantic Segmentation", ECCV 2020).

    Args:
        ocr_channels: Channels of the attention's keys, queries and values.
        scale: Factor of the coarse logits, see :class:`SpatialGatherModule`, and ratio of
            :class:`ObjectAttentionBlock`.
        **kwargs: See :class:`BaseDecodeHead`.

    Raises:
        InputError: In the forward pass, coarse logits of another size than the features.
    """

    def __init__(self, ocr_channels: int, scale: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ocr_channels, self.scale = ocr_channels, scale
        style = dict(conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)
        self.object_context_block = ObjectAttentionBlock(self.channels, ocr_channels, scale,
                                                         **style)
        self.spatial_gather_module = SpatialGatherModule(scale)
        self.bottleneck = ConvModule(self.in_channels, self.channels, 3, padding=1, **style)

    def forward(self, inputs: Sequence[Tensor], prev_output: Tensor) -> Tensor:
        features = self.bottleneck(self._transform_inputs(inputs))
        if not torch.jit.is_tracing() and features.shape[2:] != prev_output.shape[2:]:
            raise InputError(f'OCRHead has features of {tuple(features.shape[2:])} but the head '
                             f'before it gave logits of {tuple(prev_output.shape[2:])}; choose '
                             'feature maps of one size with in_index')
        classes = self.spatial_gather_module(features, prev_output)
        return self.cls_seg(self.object_context_block(features, classes))
