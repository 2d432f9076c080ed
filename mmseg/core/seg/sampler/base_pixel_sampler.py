"""Base class of pixel samplers."""
from __future__ import annotations

from abc import ABCMeta, abstractmethod

from torch import Tensor


class BasePixelSampler(metaclass=ABCMeta):
    """Weights of the pixels in a loss."""

    @abstractmethod
    def sample(self, seg_logit: Tensor, seg_label: Tensor) -> Tensor:
        """Weights ``(N, H, W)`` for logits ``(N, K, H, W)`` and labels ``(N, 1, H, W)``.

        Args:
            seg_logit: (N, K, H, W).
            seg_label: (N, 1, H, W), integer.
        """
