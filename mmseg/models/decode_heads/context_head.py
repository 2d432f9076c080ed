"""Frame of the heads that let pixels look further between two convolutions."""
from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .fcn_head import FCNHead


class ContextHead(FCNHead):
    """Two convolutions and between them :meth:`_context`, which a subclass writes.

    Args:
        **kwargs: See :class:`FCNHead`; there are always two convolutions.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(num_convs=2, **kwargs)

    @abstractmethod
    def _context(self, x: Tensor) -> Tensor:
        """Features ``(N, channels, h, w)`` with what they draw from elsewhere."""

    def _forward_feature(self, inputs: Sequence[Tensor]) -> Tensor:
        """What the classifier takes, ``(N, channels, h, w)``."""
        x = self._transform_inputs(inputs)
        features = self.convs[1](self._context(self.convs[0](x)))
        return self.conv_cat(torch.cat([x, features], dim=1)) if self.concat_input else features
