"""Scores of summed counts, as a dict and as tables."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmcv.utils import print_log
from prettytable import PrettyTable

from mmseg.core.evaluation import PageCounts, page_type_metrics, total_area_to_metrics
from mmseg.utils.errors import InputError, nearest


def report(counts: PageCounts, class_names: Sequence[str], page_classes: Sequence[str] | None,
           metric: str | Sequence[str] = 'mIoU', logger: Any = None,
           selected: Sequence[str | int] | None = None) -> OrderedDict[str, float]:
    """Scores of ``counts`` as fractions, rounded as percentages with two digits; logs tables.

    Args:
        counts: Summed counts of all pages.
        class_names: The K classes.
        page_classes: The page classes; needed only where page types were counted.
        metric: 'mIoU', 'mDice', 'mFscore', or several.
        logger: Where the tables go, as for mmcv's print_log.
        selected: Class names or indices over which ``m..._selected`` is the mean besides.

    Raises:
        InputError: A selected class that does not exist.
    """
    percent = {name: np.round(values * 100, 2)
               for name, values in total_area_to_metrics(*counts, metrics=metric).items()}
    overall = percent.pop('aAcc')
    means = OrderedDict((f'm{name}', _mean(values)) for name, values in percent.items())
    if selected is not None:
        chosen = [_class_index(name, class_names) for name in selected]
        means.update((f'm{name}_selected', _mean(values[chosen]))
                     for name, values in percent.items())
    scores = OrderedDict(aAcc=float(overall), **means)
    for name, values in percent.items():
        scores.update((f'{name}.{label}', float(value))
                      for label, value in zip(class_names, values, strict=True))
    table = PrettyTable(['Class', *percent])
    for number, label in enumerate(class_names):
        table.add_row([label, *(f'{values[number]:.2f}' for values in percent.values())])
    summary = PrettyTable(['aAcc', *means])
    summary.add_row([f'{overall:.2f}', *(f'{value:.2f}' for value in means.values())])
    print_log(f'per class results:\n{table}', logger)
    print_log(f'Summary:\n{summary}', logger)
    fractions = OrderedDict((name, round(value / 100, 4)) for name, value in scores.items())
    if counts.page_confusion is not None and page_classes is not None:
        fractions.update(_page_types(counts, page_classes, logger))
    return fractions


def _mean(values: np.ndarray) -> float:
    """Mean over the classes that occur, nan where none does; two digits."""
    there = values[~np.isnan(values)]
    return float(np.round(there.mean(), 2)) if there.size else float('nan')


def _class_index(name: str | int, class_names: Sequence[str]) -> int:
    if isinstance(name, int) and 0 <= name < len(class_names):
        return name
    if name not in class_names:
        raise InputError(f"selected: '{name}' is no class{nearest(str(name), class_names)}; there "
                         f"are {', '.join(class_names)}")
    return list(class_names).index(str(name))


def _page_types(counts: PageCounts, page_classes: Sequence[str],
                logger: Any) -> dict[str, float]:
    """Accuracy and recall of page types; logs the confusion matrix."""
    assert counts.page_confusion is not None
    scores = page_type_metrics(counts.page_confusion, page_classes)
    table = PrettyTable(['page type (truth)', *(f'as {name}' for name in page_classes), 'recall'])
    for name, row in zip(page_classes, counts.page_confusion.tolist(), strict=True):
        table.add_row([name, *(int(number) for number in row),
                       f"{100 * scores[f'page_recall.{name}']:.2f}"])
    print_log(f"page types, accuracy {100 * scores['page_acc']:.2f}:\n{table}", logger)
    return scores
