"""Expectation-maximisation attention head."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from ..builder import HEADS
from .decode_head import BaseDecodeHead


def _mean_over_processes(x: Tensor) -> Tensor:
    """``x`` averaged over the processes of a training, or itself where there is one."""
    if not (dist.is_available() and dist.is_initialized()):
        return x
    total = x.clone()
    dist.all_reduce(total)
    return total / dist.get_world_size()


class EMAModule(nn.Module):
    """Features rebuilt from a few bases, which are fitted to each image by EM (section 3.2).

    Training moves the bases from which every image starts towards those fitted last; no gradient
    reaches them.

    Args:
        channels: Channels of the features.
        num_bases: Number of bases.
        num_stages: Rounds of expectation and maximisation.
        momentum: Share of the fitted bases in the moved ones, in [0, 1].
    """

    def __init__(self, channels: int, num_bases: int, num_stages: int, momentum: float) -> None:
        super().__init__()
        assert num_stages >= 1
        self.num_stages = num_stages
        self.momentum = momentum
        bases = torch.randn(1, channels, num_bases) * (2 / num_bases)**0.5
        self.register_buffer('bases', F.normalize(bases, dim=1))

    @torch.no_grad()
    def _fit(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Bases ``(N, C, K)`` of ``pixels (N, C, P)``, and each pixel's shares ``(N, P, K)``."""
        bases = self.bases.expand(pixels.shape[0], -1, -1)
        for _ in range(self.num_stages):
            shares = (pixels.transpose(1, 2) @ bases).softmax(dim=2)
            bases = F.normalize(pixels @ F.normalize(shares, p=1, dim=1), dim=1)
        return bases, shares

    @torch.no_grad()
    def _move(self, fitted: Tensor) -> None:
        """Take a step from the stored bases towards ``fitted (N, C, K)``."""
        target = F.normalize(_mean_over_processes(fitted.mean(dim=0, keepdim=True)), dim=1)
        self.bases.lerp_(target.to(self.bases), self.momentum)

    def forward(self, feats: Tensor) -> Tensor:
        """``feats (N, C, h, w)`` as mixtures of the bases."""
        bases, shares = self._fit(feats.flatten(2))
        if self.training:
            self._move(bases)
        return (bases @ shares.transpose(1, 2)).reshape(feats.shape)


@HEADS.register_module()
class EMAHead(BaseDecodeHead):
    """Features plus their projection on a few bases (Li et al., "Expectation-Maximization
    Attention Networks for Semantic Segmentation", ICCV 2019).

    Args:
        ema_channels: Channels of the features that are rebuilt.
        num_bases: Number of bases.
        num_stages: Rounds of expectation and maximisation.
        concat_input: Whether the input joins the result, mixed by one more convolution.
        momentum: See :class:`EMAModule`.
        **kwargs: See :class:`BaseDecodeHead`.
    """

    def __init__(self, ema_channels: int, num_bases: int, num_stages: int,
                 concat_input: bool = True, momentum: float = 0.1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ema_channels, self.num_bases, self.num_stages = ema_channels, num_bases, num_stages
        self.concat_input, self.momentum = concat_input, momentum
        norms = dict(conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg)
        style = dict(**norms, act_cfg=self.act_cfg)
        self.ema_module = EMAModule(ema_channels, num_bases, num_stages, momentum)
        self.ema_in_conv = ConvModule(self.in_channels, ema_channels, 3, padding=1, **style)
        self.ema_mid_conv = ConvModule(ema_channels, ema_channels, 1, conv_cfg=self.conv_cfg,
                                       norm_cfg=None, act_cfg=None)
        # It only feeds the fit, which has no gradient.
        self.ema_mid_conv.requires_grad_(False)
        self.ema_out_conv = ConvModule(ema_channels, ema_channels, 1, act_cfg=None, **norms)
        self.bottleneck = ConvModule(ema_channels, self.channels, 3, padding=1, **style)
        if concat_input:
            self.conv_cat = ConvModule(self.in_channels + self.channels, self.channels, 3,
                                       padding=1, **style)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        x = self._transform_inputs(inputs)
        features = self.ema_in_conv(x)
        rebuilt = F.relu(self.ema_module(self.ema_mid_conv(features)))
        mixed = self.bottleneck(F.relu(features + self.ema_out_conv(rebuilt)))
        if self.concat_input:
            mixed = self.conv_cat(torch.cat([x, mixed], dim=1))
        return self.cls_seg(mixed)
