"""Residual encoding of a feature map with a learnt dictionary."""
from __future__ import annotations

import torch
from torch import Tensor, nn


class Encoding(nn.Module):
    """Sums of the residuals to each codeword, ``(N, K, C)``, of a feature map ``(N, C, H, W)``.

    Every position belongs softly to every codeword, the more the nearer it lies (Zhang et al.,
    "Deep TEN: Texture Encoding Network", CVPR 2017, section 2; as EncNet uses it).

    Args:
        channels: C, the length of a feature and of a codeword.
        num_codes: K, the number of codewords.
    """

    def __init__(self, channels: int, num_codes: int) -> None:
        super().__init__()
        self.channels = channels
        self.num_codes = num_codes
        bound = (num_codes * channels)**-0.5
        self.codewords = nn.Parameter(torch.empty(num_codes, channels).uniform_(-bound, bound))
        self.scale = nn.Parameter(torch.empty(num_codes).uniform_(-1, 0))

    @staticmethod
    def scaled_l2(x: Tensor, codewords: Tensor, scale: Tensor) -> Tensor:
        """Squared distances ``(N, P, K)`` of ``x (N, P, C)`` to each codeword, times its scale."""
        # The pairwise differences themselves would take (N, P, K, C) values; expanding the square
        # into a matrix product loses small distances to cancellation.
        distance = torch.cdist(x, codewords.expand(x.shape[0], -1, -1),
                               compute_mode='donot_use_mm_for_euclid_dist')
        return scale * distance.square()

    @staticmethod
    def aggregate(assignment_weights: Tensor, x: Tensor, codewords: Tensor) -> Tensor:
        """Residuals ``(N, K, C)`` summed over positions under weights ``(N, P, K)``."""
        weighted = assignment_weights.transpose(1, 2) @ x
        return weighted - assignment_weights.sum(1).unsqueeze(2) * codewords

    def forward(self, x: Tensor) -> Tensor:
        """Sums ``(N, num_codes, channels)`` of a map ``(N, channels, h, w)``."""
        features = x.flatten(2).transpose(1, 2)  # (N, H*W, C)
        weights = self.scaled_l2(features, self.codewords, self.scale).softmax(dim=2)
        return self.aggregate(weights, features, self.codewords)

    def extra_repr(self) -> str:
        """What ``print`` shows of the module: its sizes."""
        return f'channels={self.channels}, num_codes={self.num_codes}'
