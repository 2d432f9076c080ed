"""Measures of page types out of the scores of all pages, in percent.

Names and definitions are those of MMClassification; a page's scores are a few numbers, so that
they can be kept until all pages are there.
"""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmseg.utils.errors import InputError

Thresholds = float | Sequence[float] | None
_EPS = float(np.finfo(np.float32).eps)


def accuracy_of_pages(scores: np.ndarray, labels: np.ndarray, k: int = 1,
                      threshold: float = 0.) -> float:
    """Share of the pages whose label is among the k best classes, in percent.

    Args:
        scores: ``(N, C)``.
        labels: ``(N,)``.
        k: At most C.
        threshold: A class counts only where its score lies above this.

    Raises:
        InputError: ``k`` below 1 or above the number of classes.
    """
    if not 1 <= k <= scores.shape[1]:
        raise InputError(f'topk={k} of {scores.shape[1]} page classes: give numbers from 1 to '
                         f'{scores.shape[1]}, such as --eval-options topk=1')
    of_label = np.take_along_axis(scores, labels[:, None], axis=1)
    # a class that comes first wins where scores are the same, as in argmax
    before = np.arange(scores.shape[1]) < labels[:, None]
    rank = ((scores > of_label) | (before & (scores == of_label))).sum(axis=1)
    return float(((rank < k) & (of_label[:, 0] > threshold)).mean() * 100)


def confusion_of_pages(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Counts ``(C, C)`` of pages, rows the true class, columns the predicted one."""
    count = scores.shape[1]
    cells = labels * count + scores.argmax(axis=1)
    return np.bincount(cells, minlength=count**2).reshape(count, count)


def precision_recall_f1(scores: np.ndarray, labels: np.ndarray, average_mode: str = 'macro',
                        threshold: float = 0.) -> dict[str, float | np.ndarray]:
    """``precision``, ``recall`` and ``f1_score`` in percent; a class without any has 0.

    Args:
        scores: ``(N, C)``.
        labels: ``(N,)``.
        average_mode: ``'macro'`` for the mean over classes, ``'none'`` for the values ``(C,)``.
        threshold: Pages whose best score is not above this are predicted to be of no class.
    """
    _check_mode(average_mode)
    predicted = np.eye(scores.shape[1], dtype=bool)[scores.argmax(axis=1)]
    predicted &= scores.max(axis=1, keepdims=True) > threshold
    true = np.eye(scores.shape[1], dtype=bool)[labels]
    right = (predicted & true).sum(axis=0)
    precision = right / np.maximum(predicted.sum(axis=0), 1) * 100
    recall = right / np.maximum(true.sum(axis=0), 1) * 100
    f1 = 2 * precision * recall / np.maximum(precision + recall, _EPS)
    found = dict(precision=precision, recall=recall, f1_score=f1)
    return {name: float(values.mean()) if average_mode == 'macro' else values
            for name, values in found.items()}


def support_of_pages(labels: np.ndarray, count: int,
                     average_mode: str = 'macro') -> float | np.ndarray:
    """How many pages have labels ``(n,)``, or with ``'none'`` how many each class, ``(count,)``."""
    _check_mode(average_mode)
    pages = np.bincount(labels, minlength=count)
    return float(pages.sum()) if average_mode == 'macro' else pages


def _check_mode(average_mode: str) -> None:
    if average_mode not in ('macro', 'none'):
        raise InputError(f"average_mode is 'macro' or 'none', got {average_mode!r}")


def mean_average_precision(scores: np.ndarray, labels: np.ndarray) -> float:
    """Mean over the classes of the area under precision and recall, in percent.

    Args:
        scores: ``(N, C)``.
        labels: ``(N, C)``: 1 of the class, 0 not, -1 hard to say, which counts neither way.
    """
    found = []
    for of_class, label in zip(scores.T, labels.T):
        label = label[np.argsort(-of_class)]
        right = label == 1
        seen = np.cumsum(label != -1)
        precision = np.cumsum(right)[right] / np.maximum(seen[right], _EPS)
        found.append(precision.sum() / max(right.sum(), _EPS))
    return float(np.mean(found) * 100)


def average_performance(scores: np.ndarray, labels: np.ndarray, threshold: float | None = None,
                        k: int | None = None) -> dict[str, float]:
    """Precision, recall and F1 in percent, of pages of several types.

    Args:
        scores: ``(N, C)``.
        labels: ``(N, C)``: 1 of the class, else 0 or -1.
        threshold: Score from which on a page is predicted to be of a class; 0.5 where ``k`` is not
            given either.
        k: Take the k best classes of each page instead.

    Returns:
        ``CP``, ``CR``, ``CF1``: from means over the classes; ``OP``, ``OR``, ``OF1``: of all
        classes together.
    """
    if threshold is None and k is not None:
        best = np.argsort(-scores, axis=1)[:, :k]
        predicted = np.zeros(scores.shape, bool)
        np.put_along_axis(predicted, best, True, axis=1)
    else:
        predicted = scores >= (0.5 if threshold is None else threshold)
    true = labels == 1
    right = predicted & true
    found: dict[str, float] = {}
    for kind, axis in (('C', 0), ('O', None)):
        number = right.sum(axis=axis)
        precision = float(np.mean(number / np.maximum(predicted.sum(axis=axis), _EPS)) * 100)
        recall = float(np.mean(number / np.maximum(true.sum(axis=axis), _EPS)) * 100)
        f1 = 2 * precision * recall / max(precision + recall, _EPS)
        found.update({f'{kind}P': precision, f'{kind}R': recall, f'{kind}F1': f1})
    return found
