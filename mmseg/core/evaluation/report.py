"""Results of an evaluation: 0.x's dictionary of scores, tables for the log, a JSON report."""
from __future__ import annotations

import json
import math
import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from prettytable import PrettyTable
from torch import Tensor

from mmseg.core.evaluation.counts import PageCounts, sum_counts
from mmseg.core.evaluation.line_counts import LINE_METRIC, line_scores
from mmseg.core.evaluation.metrics import check_metrics, total_area_to_metrics
from mmseg.core.evaluation.page_type import page_type_metrics
from mmseg.core.evaluation.region_counts import REGION_METRIC, ROWS, RegionScores, region_scores
from mmseg.utils.atomic_write import atomic_write
from mmseg.utils.errors import InputError, UnknownNameError, nearest

REPORT_NAME = 'eval_report.json'
SELECTED = 'mIoU_selected'


class EvalResult(OrderedDict):
    """Scores by name as plain floats, fractions rounded to hundredths of a percent.

    The names are 0.x's (``aAcc``, ``mIoU``, ``IoU.<class>`` …) and, with page types,
    ``page_acc``, ``page_mRecall`` and ``page_recall.<page class>``; with regions
    ``region_f1_50``, ``region_f1_50.<class>`` and so on.

    Attributes:
        report: Everything as nested plain Python values, unrounded; nan is None.
        text: Tables to print.
    """

    report: dict[str, Any]
    text: str


def evaluate_counts(results: Iterable[Sequence[Any]], class_names: Sequence[str],
                    metrics: str | Sequence[str] = 'mIoU', *,
                    page_classes: Sequence[str] | None = None,
                    selected: Sequence[str | int] | None = None,
                    nan_to_num: float | None = None, beta: float = 1) -> EvalResult:
    """The scores of pages that were counted one by one or summed on the way.

    Args:
        results: Per page, or per sum of pages, PageCounts or a tuple of four areas ``(K,)``.
        class_names: The K classes.
        metrics: One or several of mIoU, mDice, mFscore, regions and hmean-iou.
        page_classes: The C page classes; needed where the results hold page-type counts.
        selected: Classes, by name or index, whose mean IoU becomes ``mIoU_selected``; ``mIoU``
            is still the mean over all classes.
        nan_to_num: What replaces the score of a class that does not occur; None leaves it
            nan and out of the means.
        beta: See :func:`~mmseg.core.evaluation.metrics.f_score`.

    Raises:
        InputError: No pages, or the counts do not match the names.
        UnknownNameError: An unknown metric or selected class.
    """
    total = sum_counts(results)
    if len(class_names) != total[0].numel():
        raise InputError(f'the counts are of {total[0].numel()} classes, but there are '
                         f'{len(class_names)} class names: {", ".join(class_names)}')
    of_pixels, others = _kinds(metrics)
    per_class = OrderedDict(total_area_to_metrics(*total, metrics=of_pixels,
                                                  nan_to_num=nan_to_num, beta=beta))
    summary = OrderedDict(aAcc=float(per_class.pop('aAcc')))
    summary.update((f'm{name}', _mean(values)) for name, values in per_class.items())
    if selected is not None:
        iou = total_area_to_metrics(*total, metrics='mIoU', nan_to_num=nan_to_num)['IoU']
        summary[SELECTED] = _mean(iou[select_classes(selected, class_names)])

    page_scores: OrderedDict[str, float] = OrderedDict()
    if total.page_confusion is not None:
        if page_classes is None:
            raise InputError('the results hold page types, but the data set has no PAGE_CLASSES')
        page_scores = page_type_metrics(total.page_confusion, page_classes)

    result = EvalResult((name, _rounded(value)) for name, value in summary.items())
    result.update((f'{metric}.{name}', _rounded(value)) for metric, values in per_class.items()
                  for name, value in zip(class_names, values, strict=True))
    result.update((name, _rounded(value)) for name, value in page_scores.items())
    regions = _region_scores(total, class_names) if REGION_METRIC in others else None
    if regions is not None:
        result.update(_flat(regions))
    result.report = _report(total, class_names, per_class, summary, page_classes, page_scores)
    if selected is not None:
        result.report['selected'] = [
            class_names[i] for i in select_classes(selected, class_names)]
    if regions is not None:
        result.report['regions'] = _plain(regions._asdict())
    if LINE_METRIC in others:
        _add_lines(result, total.lines)
    result.text = _text(result.report, page_classes)
    return result


def _kinds(metrics: str | Sequence[str]) -> tuple[list[str], list[str]]:
    """The measures of pixels, mIoU where there is none, and those of regions and lines."""
    names = [metrics] if isinstance(metrics, str) else list(metrics)
    known = REGION_METRIC, LINE_METRIC
    of_pixels = [name for name in names if name not in known]
    return (check_metrics(of_pixels or 'mIoU', others=known),
            [name for name in names if name in known])


def _add_lines(result: EvalResult, counts: Tensor | None) -> None:
    """Put the scores of text lines into a result and its report."""
    if counts is None:
        raise InputError(f"the metric '{LINE_METRIC}' needs text lines that were counted page by "
                         "page: the data set's count_lines was not set when they were "
                         '(mmseg test and training do so)')
    scores = line_scores(counts)
    result.update((name, _rounded(value)) for name, value in scores.items())
    counted = dict(zip(('lines', 'predicted', 'matched'), counts.int().tolist()))
    result.report['lines'] = {**counted, **scores}


def _region_scores(total: PageCounts, class_names: Sequence[str]) -> RegionScores:
    if total.regions is None:
        raise InputError("the metric 'regions' needs regions that were counted page by page: the "
                         "data set's region_finder was not set when they were (mmseg test and "
                         'training do so)')
    return region_scores(total.regions, class_names)


def _flat(regions: RegionScores) -> Iterable[tuple[str, float]]:
    """Names and values of what an evaluation's dictionary says of regions."""
    for name, value in regions.summary.items():
        yield name, _rounded(value)
    for score in ('f1_50', 'f1_75'):
        for name, row in regions.classes.items():
            yield f'region_{score}.{name}', _rounded(row[score])


def result_names(class_names: Sequence[str], metrics: str | Sequence[str] = 'mIoU', *,
                 page_classes: Sequence[str] | None = None,
                 selected: Sequence[str | int] | None = None) -> list[str]:
    """The names of the scores of :func:`evaluate_counts`, known before any page is counted."""
    kinds = len(class_names), len(page_classes or ())
    empty = PageCounts(np.zeros((4, kinds[0])), np.zeros((kinds[1], ) * 2) if kinds[1] else None,
                       regions=np.zeros((len(ROWS), kinds[0])), lines=np.zeros(3))
    return list(evaluate_counts([empty], class_names, metrics, page_classes=page_classes,
                                selected=selected))


def select_classes(selected: Sequence[str | int] | str | int,
                   class_names: Sequence[str]) -> list[int]:
    """The indices of classes that are given by name or index.

    Raises:
        UnknownNameError: A name that is not a class.
        InputError: An index out of range, or nothing selected.
    """
    wanted = [selected] if isinstance(selected, (str, int)) else list(selected)
    if not wanted:
        raise InputError(f'selected=() names no class: expected some of {", ".join(class_names)}')
    indices = []
    for item in wanted:
        if isinstance(item, str):
            if item not in class_names:
                raise UnknownNameError(f'selected class {item!r} is none of '
                                       f'{", ".join(class_names)}{nearest(item, class_names)}')
            indices.append(list(class_names).index(item))
        elif not 0 <= item < len(class_names):
            raise InputError(f'selected class {item} is out of range: there are '
                             f'{len(class_names)} classes, from 0 to {len(class_names) - 1}')
        else:
            indices.append(int(item))
    return indices


def write_report(result: Mapping[str, Any], path: str | os.PathLike[str],
                 **extra: Any) -> None:
    """Write an evaluation as a JSON file, atomically.

    Args:
        result: What ``dataset.evaluate`` gave: with a ``report`` that is written, else the scores
            themselves, under ``summary``.
        path: The file; its folder is made.
        **extra: More entries at the top, such as ``iter=300``.
    """
    report = getattr(result, 'report', None) or {'summary': dict(result)}
    write_json({**extra, **report}, path)


def write_json(content: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write plain values as JSON, atomically; nan and infinity become null.

    Args:
        content: Plain values, also numpy's.
        path: The file.

    Raises:
        InputError: The file cannot be written.
    """
    text = json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False) + '\n'
    with atomic_write(path) as part, open(part, 'w', encoding='utf-8') as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _plain(value: Any) -> Any:
    """``value`` in Python's own types, as JSON and a safe torch.load know them."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (Tensor, np.ndarray, np.generic)):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else math.nan


def _rounded(value: float) -> float:
    # 0.x rounds percents to two digits and hands out fractions of these
    return float(np.round(value * 100, 2) / 100)


def _report(total: PageCounts, class_names: Sequence[str], per_class: Mapping[str, np.ndarray],
            summary: Mapping[str, float], page_classes: Sequence[str] | None,
            page_scores: Mapping[str, float]) -> dict[str, Any]:
    """Everything that was found, nested and plain."""
    intersect, _, predicted, true = total
    report: dict[str, Any] = {'pages': total.pages, 'summary': dict(summary), 'classes': {
        name: {**{metric: values[i] for metric, values in per_class.items()},
               'pixels': int(true[i]), 'predicted_pixels': int(predicted[i]),
               'right_pixels': int(intersect[i])}
        for i, name in enumerate(class_names)}}
    missing = {metric: np.flatnonzero(np.isnan(values)).tolist()
               for metric, values in per_class.items()}
    report['undefined'] = {metric: [class_names[i] for i in places]
                           for metric, places in missing.items() if places}
    if total.page_confusion is not None:
        counts = total.page_confusion.long()
        report['summary']['page_acc'] = page_scores['page_acc']
        report['summary']['page_mRecall'] = page_scores['page_mRecall']
        report['page_types'] = {
            'classes': list(page_classes or ()),
            'confusion': counts,  # rows: truth, columns: prediction
            'recall': {name: page_scores[f'page_recall.{name}'] for name in page_classes or ()},
        }
    return _plain(report)


def _text(report: Mapping[str, Any], page_classes: Sequence[str] | None) -> str:
    """The tables: per class, summary and, where there are page types, their confusion."""
    classes = report['classes']
    metrics = [name for name in next(iter(classes.values())) if not name.endswith('pixels')]
    tables = [('per class results:', _table(
        ['Class', *metrics],
        [[name, *(_percent(row[metric]) for metric in metrics)]
         for name, row in classes.items()]))]
    summary = report['summary']
    tables.append(('Summary:', _table(list(summary), [[_percent(v) for v in summary.values()]])
                   + _undefined(report['undefined'], len(classes))))
    if regions := report.get('regions'):
        tables += _region_tables(regions)
    if lines := report.get('lines'):
        tables.append(('text lines, found where the IoU is more than 50 %:', _table(
            list(lines), [[_percent(value) if ':' in name else value
                           for name, value in lines.items()]])))
    if types := report.get('page_types'):
        names = types['classes']
        rows = [[name, *counts, _percent(types['recall'][name])]
                for name, counts in zip(names, types['confusion'], strict=True)]
        tables.append(('page types (rows: truth, columns: prediction):',
                       _table(['Page type', *names, 'Recall'], rows)))
    return '\n'.join(f'{title}\n\n{table}\n' for title, table in tables)


def _undefined(missing: Mapping[str, Sequence[str]], count: int) -> str:
    """A line for each mean that leaves classes out, because their score is 0 / 0."""
    return ''.join(f'\nm{metric} is the mean of {count - len(names)} of {count} classes: '
                   f'{metric} is not defined for {", ".join(names)}'
                   for metric, names in missing.items())


def _region_tables(regions: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Regions per class and their summary."""
    rows = regions['classes']
    columns = list(next(iter(rows.values()), ()))

    def cell(name: str, value: float | None) -> Any:
        is_score = name.endswith(('_50', '_75'))
        return _percent(value) if is_score else int(value or 0)

    summary = regions['summary']
    return [('regions, found where the IoU is at least 50 or 75 %:',
             _table(['Class', *columns],
                    [[name, *(cell(key, row[key]) for key in columns)]
                     for name, row in rows.items()])),
            ('Summary of regions:',
             _table([name.removeprefix('region_') for name in summary],
                    [[cell(name, value) for name, value in summary.items()]]))]


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    table = PrettyTable()
    # numbered inside, since a class may have the name of another column
    table.field_names = [str(i) for i in range(len(head))]
    table.header = False
    table.add_row(list(head), divider=True)
    table.add_rows([list(row) for row in rows])
    return table.get_string()


def _percent(value: float | None) -> str:
    return 'nan' if value is None else f'{100 * value:.2f}'
