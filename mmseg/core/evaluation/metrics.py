"""IoU, Dice, F-score and accuracy of label maps, from areas counted page by page."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from mmseg.core.evaluation.counts import sum_counts
from mmseg.utils.arrays import read_array
from mmseg.utils.errors import InputError, UnknownNameError, nearest
from mmseg.utils.pictures import stored_values

METRICS = ('mIoU', 'mDice', 'mFscore')

Areas = tuple[Tensor, Tensor, Tensor, Tensor]
LabelMap = Mapping[int, int]

# cv2.calcHist hands its counts out as float32, which is exact up to this many pixels
_EXACT_FLOAT32 = 1 << 24
_VOID_AFTER_REDUCTION = 255


def f_score(precision: Any, recall: Any, beta: float = 1) -> Any:
    """The F-measure of precision and recall (van Rijsbergen, 1979), nan where both are 0.

    Args:
        precision: Share of the predicted area that is right, in [0, 1]; tensor, array or number.
        recall: Share of the true area that was found, in [0, 1].
        beta: Weight of recall against precision; 1 weighs them alike.
    """
    weight = beta * beta
    return (1 + weight) * precision * recall / (weight * precision + recall)


def intersect_and_union(pred_label: Any, label: Any, num_classes: int, ignore_index: int,
                        label_map: LabelMap | None = None,
                        reduce_zero_label: bool = False) -> Areas:
    """Areas of one page: intersection, union, prediction and truth, per class.

    Pixels whose truth is ``ignore_index`` count nowhere. A value outside ``[0, num_classes)`` is
    an error of the other side only: a stray prediction still adds to the true class's area.

    Args:
        pred_label: Predicted label map ``(H, W)``, array or tensor, or the name of a .npy file.
        label: True label map of the same size, or the name of an image file.
        num_classes: K.
        ignore_index: Label of pixels that are left out.
        label_map: Old label -> new label, applied to ``label``, all at once; a negative new label
            leaves those pixels out.
        reduce_zero_label: Whether label 0 is background that is left out, so that 1 becomes 0 and
            so on. It comes before ``label_map``, whose labels are thus those of the classes.

    Returns:
        ``area_intersect, area_union, area_pred_label, area_label``: float64 tensors ``(K,)``.

    Raises:
        InputError: Prediction and label have different sizes.
    """
    pred = read_array(pred_label) if isinstance(pred_label, str) else np.asarray(pred_label)
    truth = _stored(label) if isinstance(label, str) else np.asarray(label)
    if pred.shape != truth.shape:
        where = f' ({label})' if isinstance(label, str) else ''
        raise InputError(f'prediction and label must have the same size, but the prediction is '
                         f'{pred.shape} and the label{where} is {truth.shape}')
    values, counts = _cross_counts(truth, pred, num_classes)
    values, kept = _relabel(values, label_map, reduce_zero_label, ignore_index)
    values, counts = values[kept], counts[kept]
    is_class = (values >= 0) & (values < num_classes)
    values, of_classes = values[is_class], counts[is_class]

    area_intersect, area_label = np.zeros((2, num_classes))
    # several stored labels may map to one class, so the addition is unbuffered
    np.add.at(area_intersect, values, of_classes[np.arange(len(values)), values])
    np.add.at(area_label, values, of_classes.sum(axis=1))
    area_pred = counts[:, :num_classes].sum(axis=0).astype(np.float64)
    areas = area_intersect, area_pred + area_label - area_intersect, area_pred, area_label
    intersect, union, predicted, true = (torch.from_numpy(area) for area in areas)
    return intersect, union, predicted, true


def _stored(path: str) -> np.ndarray:
    """The values of a label map in a file."""
    try:
        return stored_values(Path(path).read_bytes(), path)[0]
    except OSError as error:
        raise InputError(f'the label map {path} cannot be read: {error}') from error


def _relabel(values: np.ndarray, label_map: LabelMap | None, reduce_zero_label: bool,
             ignore_index: int) -> tuple[np.ndarray, np.ndarray]:
    """The class of each stored label value, and whether its pixels count."""
    if reduce_zero_label:
        void = (values == 0) | (values == _VOID_AFTER_REDUCTION)
        values = np.where(void, _VOID_AFTER_REDUCTION, values - 1)
    kept = np.ones(len(values), bool)
    renamed = values.copy()
    for old, new in (label_map or {}).items():
        renamed[values == old] = new
        kept[values == old] = new >= 0
    return renamed, kept & (renamed != ignore_index)


def _cross_counts(truth: np.ndarray, pred: np.ndarray,
                  num_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """The stored label values ``(R,)`` and, for each, its pixels per predicted class.

    The counts are ``(R, K + 1)`` int64; the last column holds predictions outside the classes.
    One histogram over pairs replaces masking and three histograms over copies.
    """
    rows, values = _label_codes(truth.reshape(-1))
    columns = _pred_codes(pred.reshape(-1), num_classes)
    shape = len(values), num_classes + 1
    if rows.dtype != np.uint8 or columns.dtype != np.uint8:
        pairs = rows.astype(np.int64) * shape[1] + columns
        return values, np.bincount(pairs, minlength=shape[0] * shape[1]).reshape(shape)
    counts = np.zeros(shape, np.int64)
    for start in range(0, rows.size, _EXACT_FLOAT32):
        part = slice(start, start + _EXACT_FLOAT32)
        bounds = [0, shape[0], 0, shape[1]]
        counts += cv2.calcHist([rows[part], columns[part]], [0, 1], None, shape,
                               bounds).astype(np.int64)
    return values, counts


def _label_codes(truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels as row numbers, and the label of each row number."""
    if _fits_uint8(truth):
        return np.ascontiguousarray(truth.astype(np.uint8, copy=False)), np.arange(256)
    values, rows = np.unique(truth.astype(np.int64), return_inverse=True)
    return rows.reshape(-1).astype(np.uint8 if len(values) <= 256 else np.int64), values


def _pred_codes(pred: np.ndarray, num_classes: int) -> np.ndarray:
    """Predictions as column numbers, all outside the classes in one column after the classes."""
    if num_classes <= 255 and _fits_uint8(pred):
        return np.minimum(pred.astype(np.uint8, copy=False), np.uint8(num_classes))
    is_class = (pred >= 0) & (pred < num_classes)
    return np.where(is_class, pred, num_classes).astype(
        np.uint8 if num_classes <= 255 else np.int64)


def _fits_uint8(array: np.ndarray) -> bool:
    if array.dtype in (np.uint8, np.bool_):
        return True
    return (array.dtype.kind in 'iu' and array.size > 0
            and array.min() >= 0 and array.max() <= 255)


def total_intersect_and_union(results: Iterable[Any], gt_seg_maps: Iterable[Any],
                              num_classes: int, ignore_index: int,
                              label_map: LabelMap | None = None,
                              reduce_zero_label: bool = False) -> Areas:
    """Areas summed over pages; see :func:`intersect_and_union` for the arguments.

    Raises:
        InputError: Not as many predictions as labels.
    """
    total = torch.zeros(4, num_classes, dtype=torch.float64)
    truths = iter(gt_seg_maps)
    end = object()
    for number, pred in enumerate(results):
        truth = next(truths, end)
        if truth is end:
            raise InputError(f'there are more predictions than labels: {number} labels only')
        total += torch.stack(intersect_and_union(pred, truth, num_classes, ignore_index,
                                                 label_map, reduce_zero_label))
    if next(truths, end) is not end:
        raise InputError('there are more labels than predictions')
    return total[0], total[1], total[2], total[3]


def mean_iou(results: Iterable[Any], gt_seg_maps: Iterable[Any], num_classes: int,
             ignore_index: int, nan_to_num: float | None = None,
             label_map: LabelMap | None = None,
             reduce_zero_label: bool = False) -> dict[str, np.ndarray]:
    """IoU and accuracy per class: ``aAcc`` (), ``IoU`` (K,), ``Acc`` (K,), as fractions.

    Args:
        results: Predicted label maps (H, W), one a page.
        gt_seg_maps: True label maps (H, W) or files, in the same order.
        num_classes: K.
        ignore_index: Label of pixels that do not count.
        nan_to_num: What replaces nan, the score of a class that does not occur; None keeps it.
        label_map: Stored label → label, applied to the truth.
        reduce_zero_label: Whether 0 is ignored and 1 becomes class 0 in the truth.
    """
    return eval_metrics(results, gt_seg_maps, num_classes, ignore_index, ['mIoU'], nan_to_num,
                        label_map, reduce_zero_label)


def mean_dice(results: Iterable[Any], gt_seg_maps: Iterable[Any], num_classes: int,
              ignore_index: int, nan_to_num: float | None = None,
              label_map: LabelMap | None = None,
              reduce_zero_label: bool = False) -> dict[str, np.ndarray]:
    """Dice and accuracy per class: ``aAcc`` (), ``Dice`` (K,), ``Acc`` (K,), as fractions.

    Args:
        results: Predicted label maps (H, W), one a page.
        gt_seg_maps: True label maps (H, W) or files, in the same order.
        num_classes: K.
        ignore_index: Label of pixels that do not count.
        nan_to_num: What replaces nan, the score of a class that does not occur; None keeps it.
        label_map: Stored label → label, applied to the truth.
        reduce_zero_label: Whether 0 is ignored and 1 becomes class 0 in the truth.
    """
    return eval_metrics(results, gt_seg_maps, num_classes, ignore_index, ['mDice'], nan_to_num,
                        label_map, reduce_zero_label)


def mean_fscore(results: Iterable[Any], gt_seg_maps: Iterable[Any], num_classes: int,
                ignore_index: int, nan_to_num: float | None = None,
                label_map: LabelMap | None = None, reduce_zero_label: bool = False,
                beta: float = 1) -> dict[str, np.ndarray]:
    """F-score per class: ``aAcc`` (), ``Fscore``, ``Precision`` and ``Recall`` (K,).

    Args:
        results: Predicted label maps (H, W), one a page.
        gt_seg_maps: True label maps (H, W) or files, in the same order.
        num_classes: K.
        ignore_index: Label of pixels that do not count.
        nan_to_num: What replaces nan, the score of a class that does not occur; None keeps it.
        label_map: Stored label → label, applied to the truth.
        reduce_zero_label: Whether 0 is ignored and 1 becomes class 0 in the truth.
        beta: Weight of recall against precision.
    """
    return eval_metrics(results, gt_seg_maps, num_classes, ignore_index, ['mFscore'], nan_to_num,
                        label_map, reduce_zero_label, beta)


def eval_metrics(results: Iterable[Any], gt_seg_maps: Iterable[Any], num_classes: int,
                 ignore_index: int, metrics: str | Sequence[str] = ('mIoU', ),
                 nan_to_num: float | None = None, label_map: LabelMap | None = None,
                 reduce_zero_label: bool = False, beta: float = 1) -> dict[str, np.ndarray]:
    """The chosen metrics of predicted label maps; see :func:`total_area_to_metrics`.

    Args:
        results: Predicted label maps (H, W), one a page.
        gt_seg_maps: True label maps (H, W) or files, in the same order.
        num_classes: K.
        ignore_index: Label of pixels that do not count.
        metrics: One or several of ``mIoU``, ``mDice``, ``mFscore``.
        nan_to_num: What replaces nan, the score of a class that does not occur; None keeps it.
        label_map: Stored label → label, applied to the truth.
        reduce_zero_label: Whether 0 is ignored and 1 becomes class 0 in the truth.
        beta: Weight of recall against precision, for ``mFscore``.
    """
    areas = total_intersect_and_union(results, gt_seg_maps, num_classes, ignore_index, label_map,
                                      reduce_zero_label)
    return total_area_to_metrics(*areas, metrics=metrics, nan_to_num=nan_to_num, beta=beta)


def pre_eval_to_metrics(pre_eval_results: Iterable[Any],
                        metrics: str | Sequence[str] = ('mIoU', ),
                        nan_to_num: float | None = None,
                        beta: float = 1) -> dict[str, np.ndarray]:
    """The chosen metrics of pages that were counted one by one.

    Args:
        pre_eval_results: Per page, or per sum of pages, a tuple of four areas ``(K,)`` as
            :func:`intersect_and_union` gives them, or a
            :class:`~mmseg.core.evaluation.counts.PageCounts`.
        metrics: See :func:`total_area_to_metrics`.
        nan_to_num: See :func:`total_area_to_metrics`.
        beta: See :func:`f_score`.
    """
    return total_area_to_metrics(*sum_counts(pre_eval_results), metrics=metrics,
                                 nan_to_num=nan_to_num, beta=beta)


def total_area_to_metrics(total_area_intersect: Tensor, total_area_union: Tensor,
                          total_area_pred_label: Tensor, total_area_label: Tensor,
                          metrics: str | Sequence[str] = ('mIoU', ),
                          nan_to_num: float | None = None,
                          beta: float = 1) -> dict[str, np.ndarray]:
    """The chosen metrics from summed areas, as fractions; nan where a class does not occur.

    Args:
        total_area_intersect: ``(K,)`` pixels where prediction and truth agree.
        total_area_union: ``(K,)`` pixels that either of them gives the class.
        total_area_pred_label: ``(K,)`` predicted pixels.
        total_area_label: ``(K,)`` true pixels.
        metrics: One or several of ``mIoU``, ``mDice``, ``mFscore``.
        nan_to_num: What replaces nan; None keeps nan.
        beta: See :func:`f_score`.

    Returns:
        ``aAcc`` (), the share of all pixels that is right, then for mIoU ``IoU, Acc``, for mDice
        ``Dice, Acc``, for mFscore ``Fscore, Precision, Recall``, each ``(K,)``.

    Raises:
        UnknownNameError: An unknown metric.
    """
    wanted = check_metrics(metrics)
    intersect, union, predicted, true = (
        torch.as_tensor(area).double() for area in
        (total_area_intersect, total_area_union, total_area_pred_label, total_area_label))
    precision, recall = intersect / predicted, intersect / true
    found: OrderedDict[str, Tensor] = OrderedDict(aAcc=intersect.sum() / true.sum())
    if 'mIoU' in wanted:
        found.update(IoU=intersect / union, Acc=recall)
    if 'mDice' in wanted:
        found.update(Dice=2 * intersect / (predicted + true), Acc=recall)
    if 'mFscore' in wanted:
        found.update(Fscore=f_score(precision, recall, beta), Precision=precision, Recall=recall)
    arrays = OrderedDict((name, value.numpy()) for name, value in found.items())
    if nan_to_num is None:
        return arrays
    return OrderedDict((name, np.nan_to_num(value, nan=nan_to_num))
                       for name, value in arrays.items())


def check_metrics(metrics: str | Sequence[str], others: Sequence[str] = ()) -> list[str]:
    """The metric names as a list.

    Args:
        metrics: One or several.
        others: Names of further measures, for the message.

    Raises:
        UnknownNameError: A name that is not a metric.
    """
    names = [metrics] if isinstance(metrics, str) else list(metrics)
    for name in names:
        if name not in METRICS:
            raise UnknownNameError(f'{name!r} is not an evaluation metric: expected one or '
                                   f'several of '
                                   f'{", ".join((*METRICS, *others))}'
                                   f'{nearest(str(name), (*METRICS, *others))}')
    return names
