"""Disentangled non-local head."""
from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ..builder import HEADS
from .context_head import ContextHead
from .nl_head import NonLocalBlock, check_mode


class DisentangledNonLocal2d(NonLocalBlock):
    """Non-local block of two terms: similarity to this pixel, and salience anywhere.

    Keys and queries lose their mean, so that the pairwise term holds only differences between
    pixels; a mask of its own, the same for every pixel, is the unary term (Yin et al.,
    "Disentangled Non-Local Neural Networks", ECCV 2020, section 4).

    Args:
        *args: See :class:`mmcv.cnn.NonLocal2d`.
        temperature: Divides the pairwise affinities before the softmax.
        **kwargs: See :class:`mmcv.cnn.NonLocal2d`.
    """

    def __init__(self, *args: Any, temperature: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.temperature = temperature
        self.conv_mask = nn.Conv2d(self.in_channels, 1, kernel_size=1)

    def embedded_gaussian(self, theta_x: Tensor, phi_x: Tensor) -> Tensor:
        """Weights ``(N, P, P')`` of queries ``(N, P, C)`` and keys ``(N, C, P')``."""
        sharpness = 1 / self.temperature
        if self.use_scale:
            sharpness /= self.inter_channels**0.5
        return (theta_x @ phi_x * sharpness).softmax(dim=-1)

    def _queries_and_keys(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Queries ``(N, P, C)`` and keys ``(N, C, P)`` without their means over positions."""
        if self.mode == 'gaussian':
            keys = self.phi(x) if self.sub_sample else x
            queries, keys = x.flatten(2), keys.flatten(2)
        else:
            queries, keys = self.theta(x).flatten(2), self.phi(x).flatten(2)
        queries = queries - queries.mean(dim=2, keepdim=True)
        keys = keys - keys.mean(dim=2, keepdim=True)
        if self.mode == 'concatenation':
            return queries.unsqueeze(3), keys.unsqueeze(2)
        return queries.transpose(1, 2), keys

    def forward(self, x: Tensor) -> Tensor:
        """``x (N, C, h, w)`` with both terms added."""
        values = self.g(x).flatten(2).transpose(1, 2)  # (N, P, C')
        pairwise = getattr(self, self.mode)(*self._queries_and_keys(x)) @ values
        unary = self.conv_mask(x).flatten(2).softmax(dim=2) @ values
        context = (pairwise + unary).transpose(1, 2)
        return x + self.conv_out(context.reshape(*context.shape[:2], *x.shape[2:]))


@HEADS.register_module()
class DNLHead(ContextHead):
    """Head with a :class:`DisentangledNonLocal2d`.

    Args:
        reduction: Ratio of ``channels`` to those of keys and values.
        use_scale: Whether affinities are divided by the root of the key's channels.
        mode: See :class:`NLHead`.
        temperature: See :class:`DisentangledNonLocal2d`.
        **kwargs: See :class:`FCNHead`.
    """

    def __init__(self, reduction: int = 2, use_scale: bool = True,
                 mode: str = 'embedded_gaussian', temperature: float = 0.05,
                 **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_mode(mode)
        self.reduction, self.use_scale, self.mode = reduction, use_scale, mode
        self.temperature = temperature
        self.dnl_block = DisentangledNonLocal2d(
            self.channels, reduction=reduction, use_scale=use_scale, conv_cfg=self.conv_cfg,
            norm_cfg=self.norm_cfg, mode=mode, temperature=temperature)

    def _context(self, x: Tensor) -> Tensor:
        return self.dnl_block(x)
