"""Losses of boxes that are matched with true ones."""
from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ...utils.late_import import torchvision_ops
from ..builder import LOSSES
from .utils import weight_reduce_loss


@LOSSES.register_module()
class L1Loss(nn.Module):
    """Mean distance of numbers from their targets.

    Args:
        reduction: ``'none'``, ``'mean'`` or ``'sum'``.
        loss_weight: Factor of the whole loss.
    """

    def __init__(self, reduction: str = 'mean', loss_weight: float = 1.0) -> None:
        super().__init__()
        self.reduction, self.loss_weight = reduction, loss_weight

    def forward(self, pred: Tensor, target: Tensor, weight: Tensor | None = None,
                avg_factor: float | None = None, reduction_override: str | None = None) -> Tensor:
        """The weighted loss.

        Args:
            pred: Numbers of any shape.
            target: Of the same shape.
            weight: Factor of every number, of the same shape.
            avg_factor: What the mean divides the sum by; by default the count of numbers.
            reduction_override: In place of the configured reduction.
        """
        return self.loss_weight * weight_reduce_loss(
            (pred - target).abs(), weight, reduction_override or self.reduction, avg_factor)


@LOSSES.register_module()
class GIoULoss(nn.Module):
    """1 minus the generalised intersection over union of each pair of boxes, in [0, 2].

    Rezatofighi et al., "Generalized Intersection over Union", CVPR 2019, algorithm 2.

    Args:
        eps: Added to areas that are divided by.
        reduction: ``'none'``, ``'mean'`` or ``'sum'``.
        loss_weight: Factor of the whole loss.
    """

    def __init__(self, eps: float = 1e-6, reduction: str = 'mean',
                 loss_weight: float = 1.0) -> None:
        super().__init__()
        self.eps, self.reduction, self.loss_weight = eps, reduction, loss_weight

    def forward(self, pred: Tensor, target: Tensor, weight: Tensor | None = None,
                avg_factor: float | None = None, reduction_override: str | None = None,
                **kwargs: Any) -> Tensor:
        """The weighted loss.

        Args:
            pred: Boxes (x1, y1, x2, y2), ``(B, 4)``.
            target: The true box of each.
            weight: Factor of every box ``(B,)``, or of its numbers ``(B, 4)``, whose mean counts.
            avg_factor: What the mean divides the sum by; by default the number of boxes.
            reduction_override: In place of the configured reduction.
            **kwargs: Without effect.
        """
        of_box = weight.mean(dim=1) if weight is not None and weight.ndim == 2 else weight
        return self.loss_weight * weight_reduce_loss(
            torchvision_ops.generalized_box_iou_loss(pred, target, eps=self.eps), of_box,
            reduction_override or self.reduction, avg_factor)
