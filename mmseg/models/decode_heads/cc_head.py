"""Criss-cross attention head."""
from __future__ import annotations

from typing import Any

import torch
from mmcv.cnn import Scale
from torch import Tensor, nn

from ..builder import HEADS
from .context_head import ContextHead


class CrissCrossAttention(nn.Module):
    """Attention of each pixel to its row and its column (Huang et al., "CCNet: Criss-Cross
    Attention for Semantic Segmentation", ICCV 2019, section 3.2).

    Affinities are kept only along the two lines: ``N * H * W * (H + W)`` values.

    Args:
        in_channels: Channels of input and output; keys have an eighth of them.
    """

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.query_conv = nn.Conv2d(in_channels, in_channels // 8, 1)
        self.key_conv = nn.Conv2d(in_channels, in_channels // 8, 1)
        self.value_conv = nn.Conv2d(in_channels, in_channels, 1)
        self.gamma = Scale(0)

    def extra_repr(self) -> str:
        """What ``print`` shows of the module: its channels."""
        return f'in_channels={self.in_channels}'

    def forward(self, x: Tensor) -> Tensor:
        """``x (N, C, H, W)`` plus what each pixel draws from its lines."""
        query, key, value = self.query_conv(x), self.key_conv(x), self.value_conv(x)
        column = torch.einsum('nchw,ncjw->nhwj', query, key)
        row = torch.einsum('nchw,nchj->nhwj', query, key)
        # The pixel itself lies on both lines; it counts as part of its row.
        place = torch.arange(x.shape[2], device=x.device)
        itself = (place.unsqueeze(1) == place).unsqueeze(1)  # (H, 1, H)
        column = column.masked_fill(itself, float('-inf'))
        weights = torch.cat([column, row], dim=3).softmax(dim=3)
        down, along = weights[..., :x.shape[2]], weights[..., x.shape[2]:]
        drawn = (torch.einsum('ncjw,nhwj->nchw', value, down)
                 + torch.einsum('nchj,nhwj->nchw', value, along))
        return x + self.gamma(drawn)


@HEADS.register_module()
class CCHead(ContextHead):
    """Head with a :class:`CrissCrossAttention`, passed through several times: after two passes
    every pixel has seen all others.

    Args:
        recurrence: Number of passes, which share their weights.
        **kwargs: See :class:`FCNHead`.
    """

    def __init__(self, recurrence: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.recurrence = recurrence
        self.cca = CrissCrossAttention(self.channels)

    def _context(self, x: Tensor) -> Tensor:
        for _ in range(self.recurrence):
            x = self.cca(x)
        return x
