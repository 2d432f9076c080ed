"""Sums over regions that the overlap losses (Dice, Tversky) share."""
from __future__ import annotations

import torch
from torch import Tensor

from .utils import ClassWeight, class_weight_tensor


def one_hot_labels(label: Tensor, num_classes: int) -> Tensor:
    """Labels ``(N, ...)`` as 0 and 1 ``(N, ..., K)``; those outside go to the nearest class."""
    index = label.long().clamp(0, num_classes - 1).unsqueeze(1)
    # Ones of one byte, class by class: int64 would take eight times the memory.
    hot = torch.zeros(label.shape[0], num_classes, *label.shape[1:], dtype=torch.uint8,
                      device=label.device)
    return hot.scatter_(1, index, 1).movedim(1, -1)


def by_class(pred: Tensor, target: Tensor, valid_mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Scores and targets ``(N, K, P)`` and the mask ``(N, 1, P)`` over the P pixels.

    Args:
        pred: Scores ``(N, K, ...)``.
        target: 0 and 1 ``(N, ..., K)``.
        valid_mask: 0 where a pixel is ignored ``(N, ...)``.
    """
    target = target.movedim(-1, 1).flatten(2).to(pred.dtype)
    return pred.flatten(2), target, valid_mask.flatten(1).unsqueeze(1).to(pred.dtype)


def mean_over_classes(losses: Tensor, class_weight: ClassWeight,
                      ignore_index: int | None) -> Tensor:
    """Mean loss of the batch from losses ``(N, K)``.

    Args:
        losses: Of each page and class.
        class_weight: Factor of every class, or None.
        ignore_index: A class of this index adds nothing, but still counts in the mean.
    """
    per_class = losses.mean(dim=0)
    weight = class_weight_tensor(class_weight, losses)
    if weight is not None:
        per_class = per_class * weight
    if ignore_index is not None and 0 <= ignore_index < len(per_class):
        per_class = torch.cat([per_class[:ignore_index], per_class[ignore_index + 1:]])
    return per_class.sum() / losses.shape[1]
