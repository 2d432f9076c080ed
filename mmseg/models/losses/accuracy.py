"""Share of right predictions."""
from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import torch
from torch import Tensor, nn


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

    It is nan where no element counts.

    Args:
        pred: Logits or scores ``(N, K, ...)``.
        target: Labels ``(N, ...)``.
        topk: k; a sequence gives a list of percentages, one for each k.
        thresh: A class counts only where its value in ``pred`` lies above this.
        ignore_index: Label of the elements that do not count.
    """
    ks = (topk, ) if isinstance(topk, int) else tuple(topk)
    assert pred.dim() == target.dim() + 1 and len(pred) == len(target)
    assert max(ks) <= pred.shape[1], f'top {max(ks)} of {pred.shape[1]} classes'
    if max(ks) == 1:  # several times as fast as a sort, which most training steps can do without
        value, label = pred.max(dim=1, keepdim=True)
    else:
        value, label = pred.topk(max(ks), dim=1)
    correct = label == target.unsqueeze(1)
    if thresh is not None:
        correct &= value > thresh
    counts: int | Tensor = target.numel()
    if ignore_index is not None:
        valid = target != ignore_index
        correct &= valid.unsqueeze(1)
        counts = valid.sum()
    percent = [100. * correct[:, :k].sum().reshape(1) / counts for k in ks]
    return percent[0] if isinstance(topk, int) else percent


class Accuracy(nn.Module):
    """Percentage of elements whose label is among the k best classes; see :func:`accuracy`."""

    def __init__(self, topk: int | Sequence[int] = (1, ), thresh: float | None = None,
                 ignore_index: int | None = None) -> None:
        super().__init__()
        self.topk, self.thresh, self.ignore_index = topk, thresh, ignore_index

    def forward(self, pred: Tensor, target: Tensor) -> Tensor | list[Tensor]:
        return accuracy(pred, target, self.topk, self.thresh, self.ignore_index)
