"""Dice loss (Milletari et al., "V-Net: Fully Convolutional Neural Networks for Volumetric Medical
Image Segmentation", 3DV 2016, section 3)."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from ..builder import LOSSES
from .region import by_class, mean_over_classes, one_hot_labels
from .utils import ClassWeight, NamedLoss, weighted_loss


def _dice(pred: Tensor, target: Tensor, valid: Tensor, smooth: float, exponent: float) -> Tensor:
    """One minus the Dice coefficient over the last axis.

    Ignored pixels only leave the overlap: they stay in the sizes of both regions, as in every
    model trained so far.
    """
    overlap = (pred * target * valid).sum(-1)
    sizes = (pred.pow(exponent) + target.pow(exponent)).sum(-1)
    return 1 - (2 * overlap + smooth) / (sizes + smooth)


@weighted_loss
def dice_loss(pred: Tensor, target: Tensor, valid_mask: Tensor, smooth: float = 1,
              exponent: float = 2, class_weight: ClassWeight = None,
              ignore_index: int | None = 255) -> Tensor:
    """Mean Dice loss of all classes.

    Args:
        pred: Scores ``(N, K, H, W)``.
        target: 0 and 1 ``(N, H, W, K)``.
        valid_mask: 0 where a pixel is ignored ``(N, H, W)``.
        smooth: Added above and below the fraction, so that an absent class does not count as an
            error.
        exponent: Of the sizes in the denominator.
        class_weight: Factor of every class.
        ignore_index: A class of this index adds nothing.
    """
    losses = _dice(*by_class(pred, target, valid_mask), smooth, exponent)  # (N, K)
    return mean_over_classes(losses, class_weight, ignore_index)


@weighted_loss
def binary_dice_loss(pred: Tensor, target: Tensor, valid_mask: Tensor, smooth: float = 1,
                     exponent: float = 2, **kwargs: Any) -> Tensor:
    """Dice loss of one class, of each page; scores, target and mask are all ``(N, ...)``."""
    return _dice(pred.flatten(1), target.flatten(1), valid_mask.flatten(1), smooth, exponent)


@LOSSES.register_module()
class DiceLoss(NamedLoss):
    """Dice loss of the softmax of the logits, mean over classes.

    Args:
        smooth: See :func:`dice_loss`.
        exponent: See :func:`dice_loss`.
        reduction: Accepted for the common signature; the loss is one number either way.
        class_weight: Factor of every class, or the path of a file that holds them.
        loss_weight: Factor of the whole loss.
        ignore_index: Label of the pixels whose overlap does not count.
        loss_name: Key of the loss in the log.
    """

    def __init__(self, smooth: float = 1, exponent: float = 2, reduction: str = 'mean',
                 class_weight: Sequence[float] | str | None = None, loss_weight: float = 1.0,
                 ignore_index: int = 255, loss_name: str = 'loss_dice', **kwargs: Any) -> None:
        super().__init__(loss_name, loss_weight, class_weight)
        self.smooth = smooth
        self.exponent = exponent
        self.reduction = reduction
        self.ignore_index = ignore_index

    def forward(self, pred: Tensor, target: Tensor, avg_factor: float | None = None,
                reduction_override: str | None = None, **kwargs: Any) -> Tensor:
        """The weighted loss of logits ``(N, K, H, W)`` and labels ``(N, H, W)``."""
        loss = dice_loss(
            pred.softmax(dim=1), one_hot_labels(target, pred.shape[1]),
            reduction=reduction_override or self.reduction, avg_factor=avg_factor,
            valid_mask=target != self.ignore_index, smooth=self.smooth, exponent=self.exponent,
            class_weight=self.class_weight, ignore_index=self.ignore_index)
        return self.loss_weight * loss
