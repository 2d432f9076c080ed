"""Lovász losses (Berman et al., "The Lovász-Softmax loss: A tractable surrogate for the
optimization of the intersection-over-union measure in neural networks", CVPR 2018)."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...utils.errors import InputError
from ..builder import LOSSES
from .utils import ClassWeight, NamedLoss, class_weight_tensor, weight_reduce_loss


def lovasz_grad(gt_sorted: Tensor) -> Tensor:
    """Slope ``(P,)`` of the Jaccard loss's extension at each error (algorithm 1 of the paper).

    Args:
        gt_sorted: 0 and 1 of the pixels ``(P,)``, by falling error.
    """
    positives = gt_sorted.sum()
    intersection = positives - gt_sorted.cumsum(0)
    union = positives + (1 - gt_sorted).cumsum(0)
    jaccard = 1 - intersection / union
    return torch.diff(jaccard, prepend=jaccard.new_zeros(1))


def flatten_binary_logits(logits: Tensor, labels: Tensor,
                          ignore_index: int | None = None) -> tuple[Tensor, Tensor]:
    """Logits and labels ``(P,)`` of the pixels that are not ignored."""
    logits, labels = logits.reshape(-1), labels.reshape(-1)
    if ignore_index is None:
        return logits, labels
    valid = labels != ignore_index
    return logits[valid], labels[valid]


def flatten_probs(probs: Tensor, labels: Tensor,
                  ignore_index: int | None = None) -> tuple[Tensor, Tensor]:
    """Scores ``(P, K)`` and labels ``(P,)`` of the pixels that are not ignored.

    Args:
        probs: Scores ``(N, K, H, W)``, or ``(N, H, W)`` of a single class.
        labels: ``(N, H, W)``.
        ignore_index: Label of the pixels that are left out.
    """
    if probs.dim() == 3:
        probs = probs.unsqueeze(1)
    probs, labels = probs.movedim(1, -1).reshape(-1, probs.shape[1]), labels.reshape(-1)
    if ignore_index is None:
        return probs, labels
    valid = labels != ignore_index
    return probs[valid], labels[valid]


def _extension(errors: Tensor, truth: Tensor) -> Tensor:
    """Lovász extension of the Jaccard loss of one class at ``errors``, both ``(P,)``."""
    with torch.no_grad():
        order = _falling_order(errors)
        slopes = torch.empty_like(truth)
        slopes[order] = lovasz_grad(truth[order])
    return torch.dot(F.relu(errors), slopes)


def _falling_order(errors: Tensor) -> Tensor:
    """Indices ``(P,)`` that sort errors, the largest first."""
    if errors.device.type != 'cpu' or errors.dtype != torch.float32:
        return errors.argsort(descending=True)
    # NumPy sorts 16-bit integers by radix: a third of the time of a comparison sort of floats.
    bits = errors.contiguous().numpy().view(np.uint32)
    keys = np.where(bits >> 31, bits, ~(bits | 0x80000000))
    order = np.argsort(keys.astype(np.uint16), kind='stable')
    order = order[np.argsort((keys[order] >> 16).astype(np.uint16), kind='stable')]
    return torch.from_numpy(order)


def lovasz_hinge_flat(logits: Tensor, labels: Tensor) -> Tensor:
    """Lovász hinge loss of logits ``(P,)`` and labels 0 and 1 ``(P,)``."""
    if not len(labels):
        return logits.sum() * 0.
    truth = labels.to(logits.dtype)
    return _extension(1 - logits * (2 * truth - 1), truth)


def lovasz_hinge(logits: Tensor, labels: Tensor, classes: str | Sequence[int] = 'present',
                 per_image: bool = False, class_weight: ClassWeight = None,
                 reduction: str = 'mean', avg_factor: float | None = None,
                 ignore_index: int | None = 255) -> Tensor:
    """Lovász hinge loss of two classes.

    Args:
        logits: ``(N, H, W)`` or ``(N, 1, H, W)``.
        labels: 0 and 1 ``(N, H, W)``.
        classes: Unused; see :func:`lovasz_softmax`.
        per_image: Whether each page has its own loss, to be reduced; else the batch has one.
        class_weight: Unused.
        reduction: ``'none'``, ``'mean'`` or ``'sum'`` of the pages' losses.
        avg_factor: What their mean divides by.
        ignore_index: Label of the pixels that are left out.
    """
    if not per_image:
        return lovasz_hinge_flat(*flatten_binary_logits(logits, labels, ignore_index))
    losses = [
        lovasz_hinge_flat(*flatten_binary_logits(logit, label, ignore_index))
        for logit, label in zip(logits, labels, strict=True)
    ]
    return weight_reduce_loss(torch.stack(losses), None, reduction, avg_factor)


def lovasz_softmax_flat(probs: Tensor, labels: Tensor,
                        classes: str | Sequence[int] = 'present',
                        class_weight: ClassWeight = None) -> Tensor:
    """Lovász-Softmax loss of scores ``(P, K)`` and labels ``(P,)``, mean over ``classes``.

    Raises:
        InputError: Scores of only one class, but ``classes`` lists several.
    """
    if not probs.numel():
        return probs.sum() * 0.
    num_classes = probs.shape[1]
    listed = range(num_classes) if isinstance(classes, str) else classes
    if num_classes == 1 and len(listed) > 1:
        raise InputError(f'LovaszLoss has classes={classes} but the head gives one logit a pixel')
    losses = []
    for index in listed:
        truth = (labels == index).to(probs.dtype)
        if classes == 'present' and not truth.any():
            continue
        errors = (truth - probs[:, 0 if num_classes == 1 else index]).abs()
        loss = _extension(errors, truth)
        losses.append(loss if class_weight is None else loss * class_weight[index])
    return torch.stack(losses).mean() if losses else probs.sum() * 0.


def lovasz_softmax(probs: Tensor, labels: Tensor, classes: str | Sequence[int] = 'present',
                   per_image: bool = False, class_weight: ClassWeight = None,
                   reduction: str = 'mean', avg_factor: float | None = None,
                   ignore_index: int | None = 255) -> Tensor:
    """Lovász-Softmax loss.

    Args:
        probs: Scores ``(N, K, H, W)``.
        labels: ``(N, H, W)``.
        classes: ``'all'``, ``'present'`` (those that the labels hold) or a list of indices.
        per_image: Whether each page has its own loss, to be reduced; else the batch has one.
        class_weight: Factor of every class.
        reduction: ``'none'``, ``'mean'`` or ``'sum'`` of the pages' losses.
        avg_factor: What their mean divides by.
        ignore_index: Label of the pixels that are left out.
    """
    if not per_image:
        flat = flatten_probs(probs, labels, ignore_index)
        return lovasz_softmax_flat(*flat, classes, class_weight)
    losses = [
        lovasz_softmax_flat(*flatten_probs(prob[None], label[None], ignore_index), classes,
                            class_weight) for prob, label in zip(probs, labels, strict=True)
    ]
    return weight_reduce_loss(torch.stack(losses), None, reduction, avg_factor)


@LOSSES.register_module()
class LovaszLoss(NamedLoss):
    """Lovász loss of logits: a surrogate of one minus the IoU.

    Args:
        loss_type: ``'multi_class'`` (softmax) or ``'binary'`` (hinge, one logit a pixel).
        classes: ``'all'``, ``'present'`` or a list of indices.
        per_image: Whether each page has its own loss; else the batch has one, and ``reduction``
            has nothing to do.
        reduction: ``'none'``, ``'mean'`` or ``'sum'`` of the pages' losses.
        class_weight: Factor of every class, or the path of a file that holds them.
        loss_weight: Factor of the whole loss.
        loss_name: Key of the loss in the log.

    Raises:
        InputError: An unknown ``loss_type`` or ``classes``.
    """

    def __init__(self, loss_type: str = 'multi_class', classes: str | Sequence[int] = 'present',
                 per_image: bool = False, reduction: str = 'mean',
                 class_weight: Sequence[float] | str | None = None, loss_weight: float = 1.0,
                 loss_name: str = 'loss_lovasz') -> None:
        super().__init__(loss_name, loss_weight, class_weight)
        if loss_type not in ('binary', 'multi_class'):
            raise InputError(f"LovaszLoss has loss_type={loss_type!r}; expected 'multi_class' or "
                             "'binary'")
        if isinstance(classes, str) and classes not in ('all', 'present'):
            raise InputError(f"LovaszLoss has classes={classes!r}; expected 'all', 'present' or a "
                             'list of class indices')
        self.loss_type = loss_type
        self.cls_criterion = lovasz_softmax if loss_type == 'multi_class' else lovasz_hinge
        self.classes = classes
        self.per_image = per_image
        self.reduction = reduction

    def forward(self, cls_score: Tensor, label: Tensor, weight: Tensor | None = None,
                avg_factor: float | None = None, reduction_override: str | None = None,
                **kwargs: Any) -> Tensor:
        """The weighted loss of logits ``(N, K, H, W)`` and labels ``(N, H, W)``.

        ``weight`` has no place in the extension and is not used.
        """
        multi_class = self.loss_type == 'multi_class'
        class_weight = class_weight_tensor(self.class_weight, cls_score) if multi_class else None
        loss = self.cls_criterion(
            cls_score.softmax(dim=1) if multi_class else cls_score, label, self.classes,
            self.per_image, class_weight=class_weight,
            reduction=reduction_override or self.reduction, avg_factor=avg_factor, **kwargs)
        return self.loss_weight * loss
