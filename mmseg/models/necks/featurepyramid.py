"""Pyramid from the equal feature maps of a plain transformer."""
from __future__ import annotations

from collections.abc import Sequence

import torch
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from ...utils.errors import InputError, UnknownNameError
from ..builder import NECKS

NAMES = {4: 'upsample_4x', 2: 'upsample_2x', 1: 'identity', .5: 'downsample_2x',
         .25: 'downsample_4x'}


@NECKS.register_module()
class Feature2Pyramid(nn.Module):
    """Each feature at a size of its own, enlarged by learnt steps or pooled (as BEiT and MAE feed
    UPerNet: Bao et al., "BEiT: BERT Pre-Training of Image Transformers", ICLR 2022, appendix).

    Args:
        embed_dim: Channels of every input and output.
        rescales: Ratio of each output's size to its input's: 4, 2, 1, 0.5 or 0.25.
        norm_cfg: Config of the normalisation between the two steps of ratio 4.

    Raises:
        UnknownNameError: Another ratio.
        InputError: Other inputs than ``rescales`` and ``embed_dim`` say.
    """

    def __init__(self, embed_dim: int, rescales: Sequence[float] = [4, 2, 1, 0.5],
                 norm_cfg: dict = dict(type='SyncBN', requires_grad=True)) -> None:
        super().__init__()
        unknown = [ratio for ratio in rescales if ratio not in NAMES]
        if unknown:
            raise UnknownNameError(f'Feature2Pyramid has rescales={rescales}; {unknown[0]} is none '
                                   f'of {list(NAMES)}')
        self.rescales, self.embed_dim = rescales, embed_dim
        for ratio in rescales:
            self.add_module(NAMES[ratio], self._layer(ratio, norm_cfg))

    def _layer(self, ratio: float, norm_cfg: dict) -> nn.Module:
        """What gives a map of ``ratio`` times the size."""
        if ratio < 1:
            return nn.MaxPool2d(int(1 / ratio))
        if ratio == 1:
            return nn.Identity()
        double = [nn.ConvTranspose2d(self.embed_dim, self.embed_dim, 2, stride=2)
                  for _ in range(int(ratio) // 2)]
        if ratio == 2:
            return nn.Sequential(*double)
        norm = build_norm_layer(norm_cfg, self.embed_dim)[1]
        return nn.Sequential(double[0], norm, nn.GELU(), double[1])

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """A map ``(N, embed_dim, h * r, w * r)`` for each ratio r of ``rescales``.

        Raises:
            InputError: The inputs do not have ``embed_dim`` channels, or are not as many as
                ``rescales``.
        """
        channels = [x.shape[1] for x in inputs]
        # In a trace a comparison of channels becomes a warning.
        fitting = torch.jit.is_tracing() or set(channels) == {self.embed_dim}
        if len(inputs) != len(self.rescales) or not fitting:
            raise InputError(f'Feature2Pyramid takes {len(self.rescales)} feature maps (rescales) '
                             f'of {self.embed_dim} channels (embed_dim), but gets maps of '
                             f"{channels}; change these, or the backbone's out_indices")
        return tuple(
            self.get_submodule(NAMES[ratio])(x) for ratio, x in zip(self.rescales, inputs))
