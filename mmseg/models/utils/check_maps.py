"""Feature maps against what a config promises of them."""
from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...utils.errors import InputError


def check_maps(owner: str, maps: Sequence[Tensor], in_channels: Sequence[int]) -> None:
    """Raise where ``maps`` are not as many, or not as wide, as ``in_channels`` says.

    Args:
        owner: Name of the network that takes the maps.
        maps: Feature maps ``(N, C, h, w)``.
        in_channels: C of each.

    Raises:
        InputError: With both numbers and the key to change.
    """
    if len(maps) != len(in_channels):
        raise InputError(f'{owner} has {len(in_channels)} in_channels but gets {len(maps)} feature '
                         "maps; its in_channels and the backbone's out_indices must agree")
    if torch.jit.is_tracing():  # a comparison there becomes a warning
        return
    for index, (x, channels) in enumerate(zip(maps, in_channels)):
        if x.shape[1] != channels:
            raise InputError(f'{owner} has in_channels={tuple(in_channels)} but feature map '
                             f'{index} has {x.shape[1]} channels; set in_channels[{index}] to '
                             f'{x.shape[1]}, or choose another stage of the backbone')
