"""Accuracy and recall of page types, from a summed confusion matrix."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mmseg.utils.errors import InputError


def page_confusion(pred: int, label: int, num_page_classes: int) -> Tensor:
    """One page's confusion counts ``(C, C)``: a single 1 at row ``label``, column ``pred``.

    Args:
        pred: Predicted page class.
        label: True page class.
        num_page_classes: C.

    Raises:
        InputError: A class outside ``[0, C)``.
    """
    for what, value in (('predicted', pred), ('true', label)):
        if not 0 <= value < num_page_classes:
            raise InputError(f'the {what} page class must lie in [0, {num_page_classes}), but is '
                             f'{value}: do num_classes of the cls head and the data set agree?')
    counts = torch.zeros(num_page_classes, num_page_classes, dtype=torch.float64)
    counts[label, pred] = 1
    return counts


def page_type_metrics(confusion: Tensor | np.ndarray,
                      names: Sequence[str]) -> OrderedDict[str, float]:
    """Scores of page types as fractions.

    Args:
        confusion: Summed counts ``(C, C)``, rows the truth, columns the prediction.
        names: The C page classes.

    Returns:
        ``page_acc``, the share of pages that is right; ``page_mRecall``, the mean recall over the
        classes that occur; and ``page_recall.<class>``, nan for a class without a page.

    Raises:
        InputError: Not one name per row.
    """
    counts = np.asarray(confusion, dtype=np.float64)
    if counts.shape != (len(names), len(names)):
        raise InputError(f'the page-type counts are {counts.shape}, but there are {len(names)} '
                         f'page classes: {", ".join(names)}')
    right, pages = np.diag(counts), counts.sum(axis=1)
    recall = np.divide(right, pages, out=np.full(len(names), np.nan), where=pages > 0)
    scores = OrderedDict(page_acc=float(right.sum() / pages.sum()) if pages.any() else np.nan)
    scores['page_mRecall'] = float(recall[pages > 0].mean()) if pages.any() else np.nan
    scores.update((f'page_recall.{name}', float(r)) for name, r in zip(names, recall, strict=True))
    return scores
