"""Numbers that tell a transformer where on the page a feature lies."""
from __future__ import annotations

import math

import torch
from mmcv.runner import BaseModule
from torch import Tensor

from ..builder import MODELS


def waves(positions: Tensor, number: int, temperature: float = 10000) -> Tensor:
    """Sine and cosine of ``positions`` at ``number`` / 2 wavelengths, in turns, on a new last axis.

    Vaswani et al., "Attention Is All You Need", NIPS 2017, section 3.5.

    Args:
        positions: Angles in radians, of any shape.
        number: Of values for each position; even.
        temperature: Ratio of the longest wavelength to the shortest.
    """
    pair = torch.arange(number // 2, dtype=torch.float32, device=positions.device)
    angles = positions[..., None] / temperature ** (2 * pair / number)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)


@MODELS.register_module()
class SinePositionalEncoding(BaseModule):
    """Waves of a place's row and column, ``(N, 2·num_feats, H, W)``.

    Carion et al., "End-to-End Object Detection with Transformers", ECCV 2020, appendix A.4.

    Args:
        num_feats: Values for the row and as many for the column; even.
        temperature: Ratio of the longest wavelength to the shortest.
        normalize: Whether rows and columns count as shares of the image.
        scale: What a whole side then is, in radians.
        eps: Added to what is divided by.
        offset: Added to the number of a row or column, which count from 1.
        init_cfg: Initialisation config.
    """

    def __init__(self, num_feats: int, temperature: float = 10000, normalize: bool = False,
                 scale: float = 2 * math.pi, eps: float = 1e-6, offset: float = 0.0,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg)
        self.num_feats, self.temperature = num_feats, temperature
        self.normalize, self.scale, self.eps, self.offset = normalize, scale, eps, offset

    def forward(self, mask: Tensor) -> Tensor:
        """The encoding of places of which ``mask`` ``(N, H, W)`` is true where they are padding."""
        parts = []
        for axis in (1, 2):
            number = (~mask.bool()).cumsum(axis, dtype=torch.float32)
            if self.normalize:
                last = number.narrow(axis, mask.shape[axis] - 1, 1)
                number = (number + self.offset) / (last + self.eps) * self.scale
            parts.append(waves(number, self.num_feats, self.temperature))
        return torch.cat(parts, dim=3).permute(0, 3, 1, 2)

    def extra_repr(self) -> str:
        """What ``print`` shows of the module: its arguments."""
        return (f'num_feats={self.num_feats}, temperature={self.temperature}, '
                f'normalize={self.normalize}, scale={self.scale}, eps={self.eps}, '
                f'offset={self.offset}')
