"""Scores of regions: found, split and merged."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..components import Components

REGION_METRIC = 'regions'
THRESHOLDS = (0.5, 0.75)
# The rows of a page's counts.
ROWS = ('regions', 'predicted', 'matched_50', 'matched_75', 'splits', 'merges')


class RegionFinder(NamedTuple):
    """Functions that find regions in label maps (H, W), in predictions and in the truth."""
    pred: Callable[[np.ndarray], Components]
    label: Callable[[np.ndarray], Components]


def region_counts(pred: np.ndarray, label: np.ndarray, num_classes: int, finder: RegionFinder,
                  ignore_index: int = 255) -> Tensor:
    """Count the regions of one page, per class.

    A predicted region matches a true one of its class when their intersection is at least half
    (three quarters) of their union; each is matched once. A true region that contains at least
    half of n predicted regions of its class was split n - 1 times; a predicted region that
    contains at least half of n true ones has n - 1 merges.

    Args:
        pred: Predicted label map (H, W).
        label: True label map (H, W).
        num_classes: K.
        finder: Finds their regions; the first class has none.
        ignore_index: Label of pixels that belong to no region, true or predicted.

    Returns:
        Float64 (6, K), its rows as in :data:`ROWS`.
    """
    ignored = label == ignore_index
    found, true = finder.pred(np.where(ignored, 0, pred)), finder.label(np.where(ignored, 0, label))
    counts = np.zeros((len(ROWS), num_classes))
    for row, parts in enumerate((true, found)):
        counts[row] = np.bincount(parts.labels[1:], minlength=num_classes)[:num_classes]
    first, second, common = _overlaps(found, true)
    areas = [np.bincount(parts.ids.ravel(), minlength=len(parts.labels))
             for parts in (found, true)]
    iou = common / (areas[0][first] + areas[1][second] - common)
    kinds = found.labels[first]
    for row, threshold in zip((2, 3), THRESHOLDS, strict=True):
        np.add.at(counts[row], kinds[_matches(first, second, iou, threshold)], 1)
    for row, owner, share, labels in ((4, second, common / areas[0][first], true.labels),
                                      (5, first, common / areas[1][second], found.labels)):
        inside = np.bincount(owner[share >= .5], minlength=len(labels))
        np.add.at(counts[row], labels[inside > 1], inside[inside > 1] - 1)
    return torch.from_numpy(counts)


def _overlaps(found: Components, true: Components) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of all pairs of one class that overlap: number found, number true, common pixels."""
    both = (found.ids > 0) & (true.ids > 0)
    pairs = found.ids[both].astype(np.int64) * len(true.labels) + true.ids[both]
    pairs, common = np.unique(pairs, return_counts=True)
    first, second = np.divmod(pairs, len(true.labels))
    same = found.labels[first] == true.labels[second]
    return first[same], second[same], common[same]


def _matches(first: np.ndarray, second: np.ndarray, iou: np.ndarray,
             threshold: float) -> list[int]:
    """The places of pairs that match, the best first, each region once.

    Above one half no region has a choice: only two halves of a region can be equals.
    """
    taken: tuple[set[int], set[int]] = set(), set()
    chosen = []
    candidates = np.flatnonzero(iou >= threshold)
    for place in candidates[np.argsort(-iou[candidates], kind='stable')].tolist():
        if first[place] not in taken[0] and second[place] not in taken[1]:
            taken[0].add(int(first[place]))
            taken[1].add(int(second[place]))
            chosen.append(place)
    return chosen


class RegionScores(NamedTuple):
    """Scores of regions.

    Attributes:
        summary: ``region_f1_50`` and so on, means over the classes that occur, as fractions; and
            ``region_splits`` and ``region_merges``, numbers.
        classes: Class → its counts and scores, nan where there is nothing to divide by.
    """
    summary: OrderedDict[str, float]
    classes: OrderedDict[str, dict[str, float]]


def region_scores(counts: Tensor, class_names: Sequence[str]) -> RegionScores:
    """Return precision, recall and F1 at both thresholds, from summed counts.

    Args:
        counts: (6, K).
        class_names: The K classes, of which the first has no regions.
    """
    classes: OrderedDict[str, dict[str, float]] = OrderedDict()
    table = np.asarray(counts, np.float64)
    for index, name in enumerate(class_names[1:], 1):
        column = dict(zip(ROWS, table[:, index].tolist(), strict=True))
        row: dict[str, float] = {key: int(column[key]) for key in ('regions', 'predicted')}
        for percent in (50, 75):
            matched = column[f'matched_{percent}']
            row[f'precision_{percent}'] = _ratio(matched, column['predicted'])
            row[f'recall_{percent}'] = _ratio(matched, column['regions'])
            row[f'f1_{percent}'] = _ratio(2 * matched, column['predicted'] + column['regions'])
        classes[name] = {**row, **{key: int(column[key]) for key in ('splits', 'merges')}}
    summary: OrderedDict[str, float] = OrderedDict()
    for percent in (50, 75):
        for score in ('f1', 'precision', 'recall'):
            values = np.array([row[f'{score}_{percent}'] for row in classes.values()])
            known = values[~np.isnan(values)]
            summary[f'region_{score}_{percent}'] = float(known.mean()) if known.size else np.nan
    for name, numbers in zip(ROWS[4:], table[4:]):
        summary[f'region_{name}'] = int(numbers.sum())
    return RegionScores(summary, classes)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float('nan')
