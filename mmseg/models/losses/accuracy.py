"""Share of right predictions."""
from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import torch
from torch import Tensor, nn

from ...utils.errors import InputError


@overload
def accuracy(pred: Tensor, target: Tensor, topk: int = 1, thresh: float | None = None,
             ignore_index: int | None = None) -> Tensor: ...


@overload
def accuracy(pred: Tensor, target: Tensor, topk: Sequence[int], thresh: float | None = None,
             ignore_index: int | None = None) -> list[Tensor]: ...


@torch.no_grad()
def accuracy(pred: Tensor,
             target: Tensor,
             topk: int | Sequence[int] = 1,
             thresh: float | None = None,
             ignore_index: int | None = None) -> Tensor | list[Tensor]:
    """Percentage of elements whose label is among the k best classes, as a tensor ``(1,)``.

    It is 100 where all elements are ignored, and 0 where there are none.

    Args:
        pred: Logits or scores ``(N, K, ...)``.
        target: Labels ``(N, ...)``.
        topk: k; a sequence gives a list of percentages, one for each k.
        thresh: A class counts only where its value in ``pred`` lies above this.
        ignore_index: Label of the elements that do not count.

    Raises:
        InputError: ``topk`` goes beyond the classes or is not a number, or the shapes do not fit.
    """
    ks = _wanted(topk, pred, target)
    if max(ks) == 1:  # several times as fast as a sort, which most training steps can do without
        value, label = pred.max(dim=1, keepdim=True)
    else:
        value, label = pred.topk(max(ks), dim=1)
    correct = label == target.unsqueeze(1)
    if thresh is not None:
        correct &= value > thresh
    counted = torch.tensor(target.numel(), device=pred.device)
    if ignore_index is not None:
        valid = target != ignore_index
        correct &= valid.unsqueeze(1)
        counted = valid.sum()
    all_ignored = (counted == 0) & (target.numel() > 0)
    percent = [100. * (correct[:, :k].sum() + all_ignored).reshape(1) / counted.clamp(min=1)
               for k in ks]
    return percent[0] if isinstance(topk, int) else percent


def _wanted(topk: int | Sequence[int], pred: Tensor, target: Tensor) -> tuple[int, ...]:
    """The numbers in ``topk``.

    Raises:
        InputError: They are not numbers, go beyond the classes, or the shapes do not fit.
    """
    ks = (topk, ) if isinstance(topk, int) else topk
    if not isinstance(ks, list | tuple) or not all(isinstance(k, int) for k in ks):
        raise InputError(f'topk of an accuracy is {topk!r}; expected a number, or a list of them')
    if max(ks) > pred.shape[1]:
        raise InputError(f'topk of an accuracy is {topk}, but there are {pred.shape[1]} classes')
    if pred.dim() != target.dim() + 1 or len(pred) != len(target):
        raise InputError(f'the accuracy of scores {tuple(pred.shape)} needs labels (N, ...), got '
                         f'{tuple(target.shape)}')
    return tuple(ks)


class Accuracy(nn.Module):
    """Percentage of elements whose label is among the k best classes; see :func:`accuracy`."""

    def __init__(self, topk: int | Sequence[int] = (1, ), thresh: float | None = None,
                 ignore_index: int | None = None) -> None:
        super().__init__()
        self.topk, self.thresh, self.ignore_index = topk, thresh, ignore_index

    def forward(self, pred: Tensor, target: Tensor) -> Tensor | list[Tensor]:
        """Percentage in [0, 100], ``(1,)``, or a list with one for each k; see :func:`accuracy`."""
        return accuracy(pred, target, self.topk, self.thresh, self.ignore_index)
