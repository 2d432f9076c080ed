"""Cross entropy over classes, per class, and of masks."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ...utils.errors import InputError
from ..builder import LOSSES
from .utils import NamedLoss, class_weight_tensor, weight_reduce_loss


def cross_entropy(pred: Tensor,
                  label: Tensor,
                  weight: Tensor | None = None,
                  class_weight: Tensor | None = None,
                  reduction: str = 'mean',
                  avg_factor: float | Tensor | None = None,
                  ignore_index: int = -100,
                  avg_non_ignore: bool = False) -> Tensor:
    """Cross entropy of the softmax of ``pred``.

    Args:
        pred: Logits ``(N, K, ...)``.
        label: Labels ``(N, ...)``.
        weight: Factor of every element ``(N, ...)``.
        class_weight: Factor of every class ``(K,)``.  It does not enter what the mean divides by.
        reduction: ``'none'``, ``'mean'`` or ``'sum'``.
        avg_factor: What the mean divides by; by default the number of elements.
        ignore_index: Label of the elements whose loss is 0.
        avg_non_ignore: Whether the mean divides only by the elements that are not ignored.
    """
    loss = F.cross_entropy(pred, label, class_weight, reduction='none', ignore_index=ignore_index)
    if avg_factor is None and avg_non_ignore and reduction == 'mean':
        avg_factor = (label != ignore_index).sum()
    return weight_reduce_loss(loss, None if weight is None else weight.float(), reduction,
                              avg_factor)


def _expand_onehot_labels(labels: Tensor, label_weights: Tensor | None,
                          target_shape: Sequence[int], ignore_index: int
                          ) -> tuple[Tensor, Tensor, Tensor]:
    """Labels ``(N, ...)`` as 0 and 1 of each class, their weights, and 1 where they count.

    All are of ``target_shape``, ``(N, K, ...)``; labels that do not count are 0 of all classes.
    """
    valid = (labels >= 0) & (labels != ignore_index)
    index = torch.where(valid, labels, 0).long().unsqueeze(1)
    hot = torch.zeros(tuple(target_shape), device=labels.device)
    hot.scatter_(1, index, valid.unsqueeze(1).to(hot.dtype))
    mask = valid.unsqueeze(1).expand(tuple(target_shape)).float()
    weights = mask if label_weights is None else label_weights.float().unsqueeze(1) * mask
    return hot, weights, mask


def binary_cross_entropy(pred: Tensor,
                         label: Tensor,
                         weight: Tensor | None = None,
                         reduction: str = 'mean',
                         avg_factor: float | Tensor | None = None,
                         class_weight: Tensor | None = None,
                         ignore_index: int = -100,
                         avg_non_ignore: bool = False,
                         **kwargs: Any) -> Tensor:
    """Cross entropy of the sigmoid of ``pred``, every class by itself.

    Args:
        pred: Logits ``(N, K, ...)``; with K = 1 the label says 1 or 0 of the one class.
        label: Labels ``(N, ...)``, or targets 0 and 1 of the shape of ``pred``.
        weight: Factor of every element, of the label's shape.
        reduction: ``'none'``, ``'mean'`` or ``'sum'``.
        avg_factor: What the mean divides by; by default the number of elements, ignored or not.
        class_weight: Factor of the positive examples of every class ``(K,)``, or of every element.
        ignore_index: Label of the elements whose loss is 0.
        avg_non_ignore: Whether the mean divides only by the elements that are not ignored.

    Raises:
        InputError: K = 1 and a label that is neither 0 nor 1 nor ignored.
    """
    valid = (label >= 0) & (label != ignore_index)
    if pred.shape[1] == 1 and label.dim() == pred.dim() - 1:
        beyond = label[valid & (label > 1)]
        if beyond.numel():
            raise InputError(f'a head with out_channels=1 got label {int(beyond.max())}; expected '
                             f'0, 1 or ignore_index={ignore_index}')
        pred = pred.squeeze(1)
    if label.dim() == pred.dim() - 1:
        label, weight, valid = _expand_onehot_labels(label, weight, pred.shape, ignore_index)
    else:
        weight = valid.float() if weight is None else weight.float() * valid
    if class_weight is not None and class_weight.dim() == 1 and len(class_weight) > 1:
        class_weight = class_weight.view(-1, *[1] * (pred.dim() - 2))
    if avg_factor is None and avg_non_ignore and reduction == 'mean':
        avg_factor = valid.sum()
    loss = F.binary_cross_entropy_with_logits(pred, label.to(pred.dtype), pos_weight=class_weight,
                                              reduction='none')
    return weight_reduce_loss(loss, weight, reduction, avg_factor)


def mask_cross_entropy(pred: Tensor,
                       target: Tensor,
                       label: Tensor,
                       reduction: str = 'mean',
                       avg_factor: float | None = None,
                       class_weight: Tensor | None = None,
                       ignore_index: int | None = None,
                       **kwargs: Any) -> Tensor:
    """Mean binary cross entropy ``(1,)`` of the mask of each region's own class.

    Args:
        pred: Logits of the masks of all classes ``(N, K, h, w)``.
        target: True masks, 0 or 1, ``(N, h, w)``.
        label: Class of each region ``(N,)``, which chooses its mask.
        reduction: Only ``'mean'``.
        avg_factor: Only None.
        class_weight: Factor of every element.
        ignore_index: Only None.

    Raises:
        InputError: Another ``reduction``, ``avg_factor`` or ``ignore_index``.
    """
    if reduction != 'mean' or avg_factor is not None or ignore_index is not None:
        raise InputError("a mask loss takes reduction='mean' and neither avg_factor nor "
                         'ignore_index')
    own = pred[torch.arange(len(pred), device=pred.device), label]
    return F.binary_cross_entropy_with_logits(own, target, weight=class_weight)[None]


@LOSSES.register_module()
class CrossEntropyLoss(NamedLoss):
    """Cross entropy of logits and labels.

    Args:
        use_sigmoid: Every class by itself, see :func:`binary_cross_entropy`.
        use_mask: Masks of regions, see :func:`mask_cross_entropy`.
        reduction: ``'none'``, ``'mean'`` or ``'sum'``.
        class_weight: Factor of every class, or the path of a file that holds them.
        loss_weight: Factor of the whole loss.
        loss_name: Key of the loss in the log; it must begin with ``loss`` to be summed.
        avg_non_ignore: Whether the mean is only over the elements that are not ignored.

    Raises:
        InputError: Both ``use_sigmoid`` and ``use_mask``.
    """

    def __init__(self,
                 use_sigmoid: bool = False,
                 use_mask: bool = False,
                 reduction: str = 'mean',
                 class_weight: Sequence[float] | str | None = None,
                 loss_weight: float = 1.0,
                 loss_name: str = 'loss_ce',
                 avg_non_ignore: bool = False) -> None:
        super().__init__(loss_name, loss_weight, class_weight)
        if use_sigmoid and use_mask:
            raise InputError('CrossEntropyLoss has both use_sigmoid and use_mask; keep one')
        self.use_sigmoid = use_sigmoid
        self.use_mask = use_mask
        self.reduction = reduction
        self.avg_non_ignore = avg_non_ignore
        softmax_or_sigmoid = binary_cross_entropy if use_sigmoid else cross_entropy
        self.cls_criterion: Callable[..., Tensor] = (
            mask_cross_entropy if use_mask else softmax_or_sigmoid)

    def extra_repr(self) -> str:
        """What ``print`` shows of the loss: over which elements it is averaged."""
        return f'avg_non_ignore={self.avg_non_ignore}'

    def forward(self,
                cls_score: Tensor,
                label: Tensor,
                weight: Tensor | None = None,
                avg_factor: float | Tensor | None = None,
                reduction_override: str | None = None,
                ignore_index: int | None = -100,
                **kwargs: Any) -> Tensor:
        """The weighted loss of logits ``(N, K, ...)`` and labels ``(N, ...)``: a scalar, or one
        for each label with ``'none'``; the arguments are those of the functions above."""
        class_weight = class_weight_tensor(self.class_weight, cls_score, self.use_sigmoid)
        loss = self.cls_criterion(
            cls_score, label, weight, class_weight=class_weight, avg_factor=avg_factor,
            reduction=reduction_override or self.reduction, ignore_index=ignore_index,
            avg_non_ignore=self.avg_non_ignore, **kwargs)
        return self.loss_weight * loss
