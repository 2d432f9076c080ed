"""Non-local head."""
from __future__ import annotations

from typing import Any

import torch
from mmcv.cnn import NonLocal2d
from torch import Tensor

from ...utils.errors import InputError, nearest
from ..builder import HEADS
from .context_head import ContextHead

MODES = ('gaussian', 'embedded_gaussian', 'dot_product', 'concatenation')


def check_mode(mode: str) -> None:
    """Raise where a non-local block has no such mode.

    Raises:
        InputError: An unknown mode.
    """
    if mode not in MODES:
        raise InputError(f'mode of a non-local head is {mode!r}; expected one of {MODES}'
                         f'{nearest(mode, MODES)}')


class NonLocalBlock(NonLocal2d):
    """mmcv's non-local block, which learns in the mode ``'concatenation'`` too."""

    def concatenation(self, theta_x: Tensor, phi_x: Tensor) -> Tensor:
        """Weights ``(N, P, P')`` of queries ``(N, C, P, 1)`` and keys ``(N, C, 1, P')``."""
        pairs = torch.broadcast_tensors(theta_x, phi_x)
        weights = self.concat_project(torch.cat(pairs, dim=1)).squeeze(1)
        # mmcv divides in place, and so loses what the gradient of the ReLU needs.
        return weights / weights.shape[-1]


@HEADS.register_module()
class NLHead(ContextHead):
    """Attention of each position to all (Wang et al., "Non-local Neural Networks", CVPR 2018).

    Args:
        reduction: Ratio of ``channels`` to those of keys and values.
        use_scale: Whether affinities are divided by the root of the key's channels.
        mode: ``'gaussian'``, ``'embedded_gaussian'``, ``'dot_product'`` or ``'concatenation'``
            (section 3.2).
        **kwargs: See :class:`FCNHead`.

    Raises:
        InputError: Another ``mode``.
    """

    def __init__(self, reduction: int = 2, use_scale: bool = True,
                 mode: str = 'embedded_gaussian', **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_mode(mode)
        self.reduction, self.use_scale, self.mode = reduction, use_scale, mode
        self.nl_block = NonLocalBlock(self.channels, reduction=reduction, use_scale=use_scale,
                                      conv_cfg=self.conv_cfg, norm_cfg=self.norm_cfg, mode=mode)

    def _context(self, x: Tensor) -> Tensor:
        return self.nl_block(x)
