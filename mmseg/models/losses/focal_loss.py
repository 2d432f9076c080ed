"""Focal loss (Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, section 3)."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from ...utils.errors import InputError
from ..builder import LOSSES
from .utils import (
    ClassWeight,
    NamedLoss,
    check_reduction,
    class_weight_tensor,
    weight_reduce_loss,
)


def py_sigmoid_focal_loss(pred: Tensor,
                          target: Tensor,
                          one_hot_target: Tensor | None = None,
                          weight: Tensor | None = None,
                          gamma: float = 2.0,
                          alpha: float | Sequence[float] = 0.5,
                          class_weight: ClassWeight = None,
                          valid_mask: Tensor | None = None,
                          reduction: str = 'mean',
                          avg_factor: float | None = None) -> Tensor:
    """Focal loss of the sigmoid of ``pred``, every class by itself.

    Args:
        pred: Logits ``(P, K)``.
        target: 0 and 1 ``(P, K)``.
        one_hot_target: Unused; see :func:`sigmoid_focal_loss`.
        weight: Factor of every element ``(P,)`` or ``(P, K)``.
        gamma: How fast the weight of an element falls as it gets right.
        alpha: Weight of the positive examples, 1 - alpha that of the negative ones; a list has
            one value for each class.
        class_weight: Factor of every class.
        valid_mask: 0 where an element is ignored ``(P, 1)``.
        reduction: ``'none'``, ``'mean'`` or ``'sum'``.
        avg_factor: What the mean divides by; by default the number of elements.
    """
    positive = alpha if isinstance(alpha, (int, float)) else pred.new_tensor(alpha)
    target = target.to(pred.dtype)
    scores = pred.sigmoid()
    wrong = scores + target - 2 * scores * target  # distance of the score from 0 or 1
    balance = positive * target + (1 - positive) * (1 - target)
    loss = F.binary_cross_entropy_with_logits(pred, target, reduction='none')
    loss = loss * balance * wrong.pow(gamma)
    factors = pred.new_ones(1, pred.shape[1])
    if weight is not None:
        factors = factors * (weight.reshape(-1, 1) if weight.numel() == len(loss) else weight)
    of_class = class_weight_tensor(class_weight, pred)
    if of_class is not None:
        factors = factors * of_class
    if valid_mask is not None:
        factors = factors * valid_mask
    return weight_reduce_loss(loss, factors, reduction, avg_factor)


def sigmoid_focal_loss(pred: Tensor,
                       target: Tensor,
                       one_hot_target: Tensor,
                       weight: Tensor | None = None,
                       gamma: float = 2.0,
                       alpha: float | Sequence[float] = 0.5,
                       class_weight: ClassWeight = None,
                       valid_mask: Tensor | None = None,
                       reduction: str = 'mean',
                       avg_factor: float | None = None) -> Tensor:
    """:func:`py_sigmoid_focal_loss` for labels ``target (P,)``.

    Args: as there, except ``one_hot_target``, the 0 and 1 ``(P, K)`` of the labels.
    """
    return py_sigmoid_focal_loss(pred, one_hot_target, None, weight, gamma, alpha, class_weight,
                                 valid_mask, reduction, avg_factor)


@LOSSES.register_module()
class FocalLoss(NamedLoss):
    """Focal loss of the sigmoid of the logits.

    Args:
        use_sigmoid: Must be true.
        gamma: How fast the weight of an element falls as it gets right.
        alpha: Weight of the positive examples against the negative ones; a list has one value
            for each class.
        reduction: ``'none'``, ``'mean'`` or ``'sum'``.
        class_weight: Factor of every class, or the path of a file that holds them.
        loss_weight: Factor of the whole loss.
        loss_name: Key of the loss in the log.

    Raises:
        InputError: ``use_sigmoid`` is false, or an argument is of another kind.
    """

    def __init__(self, use_sigmoid: bool = True, gamma: float = 2.0,
                 alpha: float | Sequence[float] = 0.5, reduction: str = 'mean',
                 class_weight: Sequence[float] | str | None = None, loss_weight: float = 1.0,
                 loss_name: str = 'loss_focal') -> None:
        super().__init__(loss_name, loss_weight, class_weight)
        check_reduction(reduction)
        for key, value in (('gamma', gamma), ('alpha', alpha)):
            several = isinstance(value, list | tuple) and key == 'alpha'
            if not isinstance(value, float | int) and not several:
                raise InputError(f'FocalLoss has {key}={value!r}; expected a number')
        self.use_sigmoid = use_sigmoid
        self._check_form()
        self.gamma = gamma
        self.alpha = alpha
        self.reduction = reduction

    def _check_form(self) -> None:
        """Raise where the softmax form is asked for."""
        if not self.use_sigmoid:
            raise InputError('FocalLoss has use_sigmoid=False; only the sigmoid form is there')

    def forward(self, pred: Tensor, target: Tensor, weight: Tensor | None = None,
                avg_factor: float | None = None, reduction_override: str | None = None,
                ignore_index: int = 255, **kwargs: Any) -> Tensor:
        """The weighted loss.

        Args:
            pred: Logits ``(N, K, ...)``.
            target: Labels ``(N, ...)``, or 0 and 1 ``(N, K, ...)``.
            weight: Factor of every pixel ``(N, ...)``.
            avg_factor: What the mean divides by.
            reduction_override: In place of the configured reduction.
            ignore_index: Label of the pixels whose loss is 0.

        Raises:
            InputError: ``target`` has another shape, or ``reduction_override`` is unknown.
        """
        self._check_form()
        num_classes = pred.shape[1]
        reduction = reduction_override or self.reduction
        check_reduction(reduction)
        if target.shape not in (pred.shape, pred[:, 0].shape):
            raise InputError(f'FocalLoss gets labels of {tuple(target.shape)} for logits of '
                             f'{tuple(pred.shape)}; expected (N, ...), or the shape of the logits')
        if target.shape == pred.shape:
            hot = target.movedim(1, -1)  # (N, ..., K)
            valid = hot.argmax(dim=-1) != ignore_index
        else:
            valid = target != ignore_index
            hot = F.one_hot(target.long().where(valid, 0), num_classes)
        loss = py_sigmoid_focal_loss(
            pred.movedim(1, -1).reshape(-1, num_classes), hot.reshape(-1, num_classes), None,
            weight, self.gamma, self.alpha, self.class_weight, valid.reshape(-1, 1), reduction,
            avg_factor)
        if reduction == 'none':
            loss = loss.view(pred.movedim(1, -1).shape).movedim(-1, 1).contiguous()
        return self.loss_weight * loss
