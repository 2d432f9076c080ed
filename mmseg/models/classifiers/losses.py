"""Losses of page types, by the names and arguments of MMClassification.

They take class indices (N,) or a weight of each class (N, C), as mixed pages have them.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...utils.errors import InputError
from ..builder import LOSSES
from ..losses.utils import REDUCTIONS, class_weight_tensor, weight_reduce_loss
from .builder import CLASSIFICATION

_MODES = ('original', 'classy_vision', 'multi_label')


@CLASSIFICATION.register_module()
class CrossEntropyLoss(nn.Module):
    """Cross entropy of the page types, as a scalar unless told otherwise.

    Args:
        use_sigmoid: Whether each class is a question of its own, for pages of several types:
            labels are then 0 or 1 for each class, ``(N, C)``.
        use_soft: Whether labels are weights of the classes, ``(N, C)``; such labels are taken
            without it too.
        reduction: ``'none'``, ``'mean'`` or ``'sum'``.
        loss_weight: Factor of the loss.
        class_weight: Factor of each class.
        pos_weight: With ``use_sigmoid`` the factor of each class where its label is 1.

    Raises:
        InputError: Both ``use_sigmoid`` and ``use_soft``, or an unknown reduction.
    """

    def __init__(self, use_sigmoid: bool = False, use_soft: bool = False,
                 reduction: str = 'mean', loss_weight: float = 1.0,
                 class_weight: Sequence[float] | None = None,
                 pos_weight: Sequence[float] | None = None) -> None:
        super().__init__()
        if use_sigmoid and use_soft:
            raise InputError('CrossEntropyLoss takes use_sigmoid or use_soft, not both')
        _check_reduction(reduction)
        self.use_sigmoid, self.use_soft = use_sigmoid, use_soft
        self.reduction, self.loss_weight = reduction, loss_weight
        self.class_weight, self.pos_weight = class_weight, pos_weight

    def forward(self, cls_score: Tensor, label: Tensor, weight: Tensor | None = None,
                avg_factor: float | None = None, reduction_override: str | None = None,
                **kwargs: Any) -> Tensor:
        """The loss of logits ``(N, C)``.

        Args:
            cls_score: Logits.
            label: See the class.
            weight: Factor of each page, ``(N,)``.
            avg_factor: What the mean divides by, in place of the number of values.
            reduction_override: In place of the reduction of the class.
            **kwargs: Accepted, as heads pass on what they are given; without effect.
        """
        reduction = reduction_override or self.reduction
        _check_reduction(reduction)
        losses = self._elements(cls_score, label)
        if weight is not None:
            weight = weight.float().reshape(-1, *[1] * (losses.ndim - 1))
            losses = losses * weight
        return self.loss_weight * weight_reduce_loss(losses, reduction=reduction,
                                                     avg_factor=avg_factor)

    def _elements(self, logits: Tensor, label: Tensor) -> Tensor:
        """The loss of each page ``(N,)``, with a sigmoid of each page and class ``(N, C)``."""
        weights = class_weight_tensor(self.class_weight, logits)
        if self.use_sigmoid:
            positive = None if self.pos_weight is None else logits.new_tensor(self.pos_weight)
            return F.binary_cross_entropy_with_logits(
                logits, label.to(logits.dtype), pos_weight=positive, reduction='none',
                weight=None if weights is None else weights.expand_as(logits))
        if not self.use_soft and label.ndim == 1:
            return F.cross_entropy(logits, label, weight=weights, reduction='none')
        log_scores = F.log_softmax(logits, dim=-1)
        return -(label * log_scores * (1. if weights is None else weights)).sum(dim=-1)


@LOSSES.register_module()
class LabelSmoothLoss(nn.Module):
    """Cross entropy with labels that are not quite certain, as a scalar unless told otherwise.

    Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016,
    section 7.

    Args:
        label_smooth_val: How uncertain, in [0, 1).
        num_classes: C; by default that of the logits.
        mode: ``'original'``: the label has 1 - v, and v is spread over all classes.
            ``'classy_vision'``: the same with v / (1 + v) for v. ``'multi_label'``: of several
            types a page, each class that is there has 1 - v, each other one v.
        reduction: ``'none'``, ``'mean'`` or ``'sum'``.
        loss_weight: Factor of the loss.

    Raises:
        InputError: A value out of range, an unknown mode or an unknown reduction.
    """

    def __init__(self, label_smooth_val: float, num_classes: int | None = None,
                 mode: str = 'original', reduction: str = 'mean',
                 loss_weight: float = 1.0) -> None:
        super().__init__()
        if not isinstance(label_smooth_val, float) or not 0 <= label_smooth_val < 1:
            raise InputError('label_smooth_val of LabelSmoothLoss is a float in [0, 1), got '
                             f'{label_smooth_val!r}')
        if mode not in _MODES:
            raise InputError(f"mode of LabelSmoothLoss is one of {', '.join(_MODES)}, got {mode!r}")
        _check_reduction(reduction)
        self.label_smooth_val, self.num_classes, self.mode = label_smooth_val, num_classes, mode
        self.reduction, self.loss_weight = reduction, loss_weight
        several = mode == 'multi_label'
        self.ce = CrossEntropyLoss(use_sigmoid=several, use_soft=not several,
                                   reduction=reduction, loss_weight=loss_weight)
        self._share = label_smooth_val
        if mode == 'classy_vision':
            self._share /= 1 + label_smooth_val

    def smooth_label(self, label: Tensor, num_classes: int) -> Tensor:
        """Weights ``(N, C)`` of the classes for indices ``(N,)`` or ``(N, 1)``, or for weights."""
        if label.ndim == 1 or label.shape[1] == 1 != num_classes:
            label = F.one_hot(label.reshape(-1), num_classes)
        if self.mode == 'multi_label':
            return torch.where(label > 0, 1 - self._share, self._share)
        return label.float() * (1 - self._share) + self._share / num_classes

    def forward(self, cls_score: Tensor, label: Tensor, weight: Tensor | None = None,
                avg_factor: float | None = None, reduction_override: str | None = None,
                **kwargs: Any) -> Tensor:
        """The loss of logits ``(N, C)``; arguments as of :class:`CrossEntropyLoss`.

        Raises:
            InputError: Logits or labels of another number of classes.
        """
        count = cls_score.shape[1]
        if self.num_classes not in (None, count):
            raise InputError(f'LabelSmoothLoss has num_classes={self.num_classes}, but the head '
                             f'gives {count} classes; make them the same')
        smooth = self.smooth_label(label, count)
        if smooth.shape != cls_score.shape:
            raise InputError(f'LabelSmoothLoss compares logits {tuple(cls_score.shape)} with '
                             f'labels {tuple(smooth.shape)}; expected one label for each class')
        return self.ce(cls_score, smooth, weight, avg_factor, reduction_override)


def _check_reduction(reduction: str) -> None:
    if reduction not in REDUCTIONS:
        raise InputError(f'reduction of a loss is {reduction!r}; expected one of {REDUCTIONS}')
