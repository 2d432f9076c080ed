"""Features of a page as one vector."""
from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ...utils.errors import InputError
from ..builder import NECKS
from ..utils.mmcls_scope import known_in_mmcls

_LAYERS = {1: nn.AdaptiveAvgPool1d, 2: nn.AdaptiveAvgPool2d, 3: nn.AdaptiveAvgPool3d}


@known_in_mmcls
@NECKS.register_module()
class GlobalAveragePooling(nn.Module):
    """The mean of each channel, ``(N, C)``, of one feature map or of each of several.

    Args:
        dim: Axes that are averaged: 1, 2 or 3.

    Raises:
        InputError: Another number of axes.
    """

    def __init__(self, dim: int = 2) -> None:
        super().__init__()
        if dim not in _LAYERS:
            raise InputError(f'GlobalAveragePooling averages 1, 2 or 3 axes, got dim={dim}')
        self.gap = _LAYERS[dim](1)

    def init_weights(self) -> None:
        """It has no weights."""

    def forward(self, inputs: Any) -> Any:
        """Vectors of a map, or a tuple of those of several.

        Raises:
            TypeError: Neither.
        """
        if isinstance(inputs, (tuple, list)):
            return tuple(self(feature) for feature in inputs)
        if not isinstance(inputs, Tensor):
            raise TypeError('GlobalAveragePooling takes a feature map or several, got '
                            f'{type(inputs).__name__}')
        return self.gap(inputs).flatten(1)
