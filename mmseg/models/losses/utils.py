"""Reduction and weighting that all losses share."""
from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...utils.arrays import read_array
from ...utils.errors import InputError
from ...utils.pickles import read_pickle
from ...utils.safe_files import read_yaml, reading

ClassWeight = Sequence[float] | Tensor | None
REDUCTIONS = ('none', 'mean', 'sum')


def get_class_weight(class_weight: Sequence[float] | str | None) -> Sequence[float] | None:
    """The weights of the classes, read from a file where ``class_weight`` is a path.

    Args:
        class_weight: A list of floats, or the path of a ``.npy``, JSON, YAML or pickle file. What
            is read holds only numbers: no code runs, whatever is in the file.

    Raises:
        InputError: The file is not there, of another kind, or holds something else than numbers.
    """
    if not isinstance(class_weight, str):
        return class_weight
    suffix = Path(class_weight).suffix.lower()
    with reading(class_weight, 'a list of class weights'):
        if suffix == '.npy':
            weights: Any = read_array(class_weight)
        elif suffix in ('.pkl', '.pickle'):
            weights = read_pickle(class_weight)
        elif suffix in ('.json', '.yaml', '.yml'):
            weights = read_yaml(class_weight)
        else:
            raise InputError(f"class_weight is '{class_weight}'; expected numbers, or a local "
                             'file that ends in .npy, .json, .yaml or .pkl')
        return np.asarray(weights, dtype=float).reshape(-1).tolist()


class NamedLoss(nn.Module):
    """What the log, the head and the config expect of every loss.

    Args:
        loss_name: Key of the loss in the log; it must begin with ``loss`` to be summed.
        loss_weight: Factor of the whole loss.
        class_weight: Factor of every class, or the path of a file that holds them.

    Raises:
        InputError: A name or factor of another kind.
    """

    def __init__(self, loss_name: str, loss_weight: float = 1.0,
                 class_weight: Sequence[float] | str | None = None) -> None:
        super().__init__()
        if not isinstance(loss_name, str):
            raise InputError(f'loss_name of a loss is {loss_name!r}; expected a text')
        if isinstance(loss_weight, bool) or not isinstance(loss_weight, float | int):
            raise InputError(f"{loss_name} has loss_weight={loss_weight!r}; expected a number")
        self.loss_weight = loss_weight
        self.class_weight = get_class_weight(class_weight)
        self._loss_name = loss_name

    @property
    def loss_name(self) -> str:
        """Key of this loss in the log."""
        return self._loss_name


def class_weight_tensor(class_weight: ClassWeight, like: Tensor,
                        of_elements: bool = False) -> Tensor | None:
    """The weights as a tensor of the device and type of the logits ``like``, ``(N, K, ...)``.

    Args:
        class_weight: One for each class, or None.
        like: Logits ``(N, K, ...)``.
        of_elements: Whether a tensor of the shape of ``like`` is taken too.

    Raises:
        InputError: There are not as many weights as classes.
    """
    if class_weight is None:
        return None
    if of_elements and isinstance(class_weight, Tensor) and class_weight.shape == like.shape:
        return class_weight.to(like)
    if len(class_weight) != like.shape[1]:
        raise InputError(f'class_weight of a loss has {len(class_weight)} values for '
                         f'{like.shape[1]} classes; give one for each class')
    return torch.as_tensor(class_weight).to(like)


def check_reduction(reduction: str) -> None:
    """Check that ``reduction`` is ``'none'``, ``'mean'`` or ``'sum'``.

    Raises:
        InputError: It is something else.
    """
    if reduction not in REDUCTIONS:
        raise InputError(f'reduction of a loss is {reduction!r}; expected one of {REDUCTIONS}')


def reduce_loss(loss: Tensor, reduction: str) -> Tensor:
    """The loss in its shape, or a scalar: its mean or its sum.

    Raises:
        InputError: ``reduction`` is none of ``'none'``, ``'mean'`` and ``'sum'``.
    """
    check_reduction(reduction)
    return loss if reduction == 'none' else getattr(loss, reduction)()


def weight_reduce_loss(loss: Tensor,
                       weight: Tensor | None = None,
                       reduction: str = 'mean',
                       avg_factor: float | Tensor | None = None) -> Tensor:
    """The loss times ``weight``, reduced.

    Args:
        loss: Loss of every element.
        weight: Factor of every element, of the loss's shape; an axis may have length 1.
        reduction: ``'none'``, ``'mean'`` or ``'sum'``.
        avg_factor: What the mean divides by, in place of the number of elements; 0 gives 0
            where the losses are 0, not a division by zero.

    Raises:
        InputError: ``weight`` of another shape, or ``avg_factor`` together with
            ``reduction='sum'``.
    """
    if weight is not None:
        fits = all(w in (1, n) for w, n in zip(weight.shape, loss.shape))
        if weight.dim() != loss.dim() or not fits:
            raise InputError(f'weight of a loss is of {tuple(weight.shape)}; expected the shape '
                             f'{tuple(loss.shape)} of the loss, or 1 along an axis')
        loss = loss * weight
    if avg_factor is None:
        return reduce_loss(loss, reduction)
    if reduction == 'sum':
        raise InputError("avg_factor cannot be used with reduction='sum'")
    if reduction == 'mean':
        return loss.sum() / (avg_factor + torch.finfo(torch.float32).eps)
    return reduce_loss(loss, reduction)


def weighted_loss(loss_func: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A loss of elements, ``f(pred, target, **kwargs)``, with weighting and reduction added.

    The new function takes ``(pred, target, weight=None, reduction='mean', avg_factor=None,
    **kwargs)``; see :func:`weight_reduce_loss`.
    """

    @functools.wraps(loss_func)
    def reduced(pred: Tensor, target: Tensor, weight: Tensor | None = None,
                reduction: str = 'mean', avg_factor: float | Tensor | None = None,
                **kwargs: Any) -> Tensor:
        elements = loss_func(pred, target, **kwargs)
        return weight_reduce_loss(elements, weight, reduction, avg_factor)

    return reduced
