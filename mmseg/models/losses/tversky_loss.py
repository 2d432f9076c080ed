"""Tversky loss (Salehi et al., "Tversky loss function for image segmentation using 3D fully
convolutional deep networks", MLMI 2017, section 2)."""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from ...utils.errors import InputError
from ..builder import LOSSES
from .region import by_class, mean_over_classes, one_hot_labels
from .utils import ClassWeight, NamedLoss, weighted_loss


def _tversky(pred: Tensor, target: Tensor, valid: Tensor, alpha: float, beta: float,
             smooth: float) -> Tensor:
    """One minus the Tversky index over the last axis."""
    hit = (pred * target * valid).sum(-1)
    false_alarm = (pred * (1 - target) * valid).sum(-1)
    miss = ((1 - pred) * target * valid).sum(-1)
    return 1 - (hit + smooth) / (hit + alpha * false_alarm + beta * miss + smooth)


@weighted_loss
def tversky_loss(pred: Tensor, target: Tensor, valid_mask: Tensor, alpha: float = 0.3,
                 beta: float = 0.7, smooth: float = 1,
                 class_weight: ClassWeight = None,
                 ignore_index: int | None = 255) -> Tensor:
    """Mean Tversky loss of all classes.

    Args:
        pred: Scores ``(N, K, H, W)``.
        target: 0 and 1 ``(N, H, W, K)``.
        valid_mask: 0 where a pixel is ignored ``(N, H, W)``.
        alpha: Cost of a false alarm.
        beta: Cost of a miss.
        smooth: Added above and below the fraction, so that an absent class does not count as an
            error.
        class_weight: Factor of every class.
        ignore_index: A class of this index adds nothing.
    """
    losses = _tversky(*by_class(pred, target, valid_mask), alpha, beta, smooth)  # (N, K)
    return mean_over_classes(losses, class_weight, ignore_index)


@weighted_loss
def binary_tversky_loss(pred: Tensor, target: Tensor, valid_mask: Tensor, alpha: float = 0.3,
                        beta: float = 0.7, smooth: float = 1) -> Tensor:
    """Tversky loss of one class, of each page; scores, target and mask are all ``(N, ...)``."""
    return _tversky(pred.flatten(1), target.flatten(1), valid_mask.flatten(1), alpha, beta, smooth)


@LOSSES.register_module()
class TverskyLoss(NamedLoss):
    """Tversky loss of the softmax of the logits, mean over classes.

    Args:
        smooth: See :func:`tversky_loss`.
        class_weight: Factor of every class, or the path of a file that holds them.
        loss_weight: Factor of the whole loss.
        ignore_index: Label of the pixels that do not count.
        alpha: Cost of a false alarm.
        beta: Cost of a miss; above ``alpha`` it favours finding small regions.
        loss_name: Key of the loss in the log.

    Raises:
        InputError: ``alpha`` and ``beta`` do not add up to 1.
    """

    def __init__(self, smooth: float = 1, class_weight: Sequence[float] | str | None = None,
                 loss_weight: float = 1.0, ignore_index: int = 255, alpha: float = 0.3,
                 beta: float = 0.7, loss_name: str = 'loss_tversky') -> None:
        super().__init__(loss_name, loss_weight, class_weight)
        if not math.isclose(alpha + beta, 1):
            raise InputError(f'TverskyLoss has alpha={alpha} and beta={beta}; they must add up '
                             'to 1')
        self.smooth = smooth
        self.ignore_index = ignore_index
        self.alpha, self.beta = alpha, beta

    def forward(self, pred: Tensor, target: Tensor, **kwargs: Any) -> Tensor:
        """The weighted loss of logits ``(N, K, H, W)`` and labels ``(N, H, W)``."""
        loss = tversky_loss(
            pred.softmax(dim=1), one_hot_labels(target, pred.shape[1]),
            valid_mask=target != self.ignore_index, alpha=self.alpha, beta=self.beta,
            smooth=self.smooth, class_weight=self.class_weight, ignore_index=self.ignore_index)
        return self.loss_weight * loss
