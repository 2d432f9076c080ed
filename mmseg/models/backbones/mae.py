"""The backbone that masked autoencoders pretrain (He et al., CVPR 2022)."""
from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..builder import BACKBONES
from ..utils.positions import resize_pos_embed, square_side
from .beit import BEiT, Size
from .transformer_backbone import State


@BACKBONES.register_module()
class MAE(BEiT):
    """As :class:`BEiT`, with absolute positions too, and a bias of keys as well.

    He et al., "Masked Autoencoders Are Scalable Vision Learners", CVPR 2022; the relative
    positions, 0 at the start, are added for fine-tuning (appendix A.4).

    Args:
        kwargs: As :class:`BEiT`, without ``qv_bias``.
    """

    def __init__(self,
                 img_size: int | Size = 224,
                 patch_size: int = 16,
                 in_channels: int = 3,
                 embed_dims: int = 768,
                 **kwargs: Any) -> None:
        super().__init__(img_size, patch_size, in_channels, embed_dims, **kwargs)
        down, across = self.patch_shape
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + down * across, embed_dims))

    def _qkv_bias(self, qv_bias: bool) -> bool | str:
        return True

    def resize_abs_pos_embed(self, state_dict: State) -> State:
        """``state_dict`` itself, with ``pos_embed`` brought to the patches of this network.

        Args:
            state_dict: Weights of a backbone; those without ``pos_embed`` do not change.
        """
        stored = state_dict.get('pos_embed')
        if stored is not None and stored.shape != self.pos_embed.shape:
            side = square_side(stored[0], 1, 'pos_embed')
            state_dict['pos_embed'] = resize_pos_embed(stored, (side, side), self.patch_shape)
        return state_dict

    def _fit_pretrained(self, state: State) -> State:
        return self.resize_abs_pos_embed(super()._fit_pretrained(state))

    def _add_positions(self, x: Tensor, grid: Size | None) -> Tensor:
        if grid is None:
            return x + self.pos_embed
        return x + resize_pos_embed(self.pos_embed, self.patch_shape, grid)
