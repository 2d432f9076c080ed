"""Which measures of page types an evaluation asks for, by name, and its table."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from prettytable import PrettyTable

from mmseg.core.evaluation import EvalResult
from mmseg.core.evaluation.page_scores import (
    accuracy_of_pages,
    average_performance,
    confusion_of_pages,
    mean_average_precision,
    precision_recall_f1,
    support_of_pages,
)
from mmseg.utils.errors import InputError, UnknownNameError, nearest

_OF_CLASSES = ('precision', 'recall', 'f1_score')
_SINGLE = ('accuracy', *_OF_CLASSES, 'support')
_SEVERAL = ('mAP', 'CP', 'CR', 'CF1', 'OP', 'OR', 'OF1')


def page_type_scores(scores: np.ndarray, labels: np.ndarray, classes: Sequence[str],
                     metric: str | Sequence[str] | None,
                     options: Mapping[str, Any]) -> EvalResult:
    """Measures by name in percent, with a report of every class and the confusion.

    Args:
        scores: ``(N, C)``.
        labels: ``(N,)``, or with several types a page ``(N, C)``.
        classes: The C names.
        metric: See :meth:`PageTypeDataset.evaluate`.
        options: See :meth:`PageTypeDataset.evaluate`.

    Raises:
        InputError: Not one score for each class.
    """
    if scores.shape[1] != len(classes):
        raise InputError(f'the network gives {scores.shape[1]} scores for a page, but there are '
                         f'{len(classes)} classes: {", ".join(classes)}; see num_classes of the '
                         'head')
    several = labels.ndim == 2
    names = _metrics(metric, several)
    _check_options(options, several)
    found = (_of_several(scores, labels, names, options) if several else
             _of_single(scores, labels, classes, names, options))
    result = EvalResult(found)
    result.report = dict(summary=dict(found))
    table = PrettyTable(['measure', 'percent'])
    table.align = 'l'
    table.add_rows([[name, f'{value:.0f} pages' if name.startswith('support') else f'{value:.2f}']
                    for name, value in found.items()])
    result.text = str(table)
    if not several:
        confusion = confusion_of_pages(scores, labels)
        result.report.update(page_classes=list(classes), page_confusion=confusion.tolist())
        result.text += f'\n{_confusion_table(confusion, classes)}'
    return result


_OPTIONS = ('topk', 'thrs', 'average_mode', 'thr', 'k')


def score_names(classes: Sequence[str], several: bool, metric: str | Sequence[str] | None,
                options: Mapping[str, Any]) -> list[str]:
    """The names that :func:`page_type_scores` gives, for the same arguments."""
    labels = np.zeros((1, len(classes)), int) if several else np.zeros(1, int)
    return list(page_type_scores(np.zeros((1, len(classes))), labels, classes, metric, options))


def _metrics(metric: str | Sequence[str] | None, several: bool) -> list[str]:
    known = _SEVERAL if several else _SINGLE
    names = [known[0]] if metric is None else [metric] if isinstance(metric, str) else list(metric)
    for name in names:
        if name not in known:
            raise UnknownNameError(f"there is no metric '{name}' of page types"
                                   f'{nearest(name, known)}; there are {", ".join(known)}')
    return names


def _check_options(options: Mapping[str, Any], several: bool) -> None:
    """Raise InputError for an unknown option; those of the other kind of data sets are passed
    over, since a config may inherit them."""
    known = ('thr', 'k') if several else ('topk', 'thrs', 'average_mode')
    for name in options:
        if name not in _OPTIONS:
            raise InputError(f"the evaluation of page types has no option '{name}'"
                             f'{nearest(name, known)}; there are {", ".join(known)}')


def _of_single(scores: np.ndarray, labels: np.ndarray, classes: Sequence[str],
               names: Sequence[str], options: Mapping[str, Any]) -> dict[str, float]:
    """Measures of one type a page."""
    mode = options.get('average_mode', 'macro')
    topk = options.get('topk', tuple(k for k in (1, 5) if k <= len(classes)))
    thresholds: Any = options.get('thrs')
    several = isinstance(thresholds, (list, tuple))
    bars = list(thresholds) if several else [0. if thresholds is None else thresholds]
    found: dict[str, float] = {}

    def add(name: str, value: Any, bar: float) -> None:
        suffix = f'_thr_{bar:.2f}' if several else ''
        if np.ndim(value):
            found.update({f'{name}.{of}{suffix}': float(part)
                          for of, part in zip(classes, value)})
        else:
            found[name + suffix] = float(value)

    for bar in bars:
        if 'accuracy' in names:
            for k in [topk] if isinstance(topk, int) else topk:
                name = 'accuracy' if isinstance(topk, int) else f'accuracy_top-{k}'
                add(name, accuracy_of_pages(scores, labels, k, bar), bar)
        if any(name in names for name in _OF_CLASSES):
            values = precision_recall_f1(scores, labels, mode, bar)
            for name in _OF_CLASSES:
                if name in names:
                    add(name, values[name], bar)
    if 'support' in names:
        several = False
        add('support', support_of_pages(labels, len(classes), mode), 0.)
    return found


def _of_several(scores: np.ndarray, labels: np.ndarray, names: Sequence[str],
                options: Mapping[str, Any]) -> dict[str, float]:
    """Measures of several types a page."""
    found: dict[str, float] = {}
    if 'mAP' in names:
        found['mAP'] = mean_average_precision(scores, labels)
    others = average_performance(scores, labels, options.get('thr'), options.get('k'))
    found.update({name: value for name, value in others.items() if name in names})
    return found


def _confusion_table(confusion: np.ndarray, classes: Sequence[str], most: int = 12) -> str:
    """Pages of each true class by the predicted one; left out where there are many classes."""
    if len(classes) > most:
        return ''
    table = PrettyTable(['true \\ predicted', *classes])
    table.align = 'r'
    table.add_rows([[name, *row] for name, row in zip(classes, confusion.tolist())])
    return str(table)
