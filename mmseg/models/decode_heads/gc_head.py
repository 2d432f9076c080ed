"""Global context head."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmcv.cnn import ContextBlock
from torch import Tensor

from ...utils.errors import InputError
from ..builder import HEADS
from .context_head import ContextHead

POOLINGS = ('att', 'avg')
FUSIONS = ('channel_add', 'channel_mul')


@HEADS.register_module()
class GCHead(ContextHead):
    """One context of the whole image, given to every pixel (Cao et al., "GCNet: Non-local
    Networks Meet Squeeze-Excitation Networks and Beyond", ICCV Workshops 2019).

    Args:
        ratio: Channels of the context's bottleneck, as a ratio to ``channels``.
        pooling_type: Mean over pixels, ``'att'`` by attention or ``'avg'`` with equal weights.
        fusion_types: How the context joins the pixels: ``'channel_add'``, ``'channel_mul'`` or
            both.
        **kwargs: See :class:`FCNHead`.

    Raises:
        InputError: Another ``pooling_type`` or other ``fusion_types``.
    """

    def __init__(self, ratio: float = 1 / 4., pooling_type: str = 'att',
                 fusion_types: Sequence[str] = ('channel_add', ), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if pooling_type not in POOLINGS:
            raise InputError(f'pooling_type of GCHead is {pooling_type!r}; expected one of '
                             f'{POOLINGS}')
        several = isinstance(fusion_types, (list, tuple)) and len(fusion_types) > 0
        if not several or not set(fusion_types) <= set(FUSIONS):
            raise InputError(f'fusion_types of GCHead is {fusion_types!r}; expected a list of one '
                             f'or both of {FUSIONS}')
        self.ratio, self.pooling_type, self.fusion_types = ratio, pooling_type, fusion_types
        self.gc_block = ContextBlock(self.channels, ratio, pooling_type, fusion_types)

    def _context(self, x: Tensor) -> Tensor:
        return self.gc_block(x)
