"""Confusion matrices: counts over pages, and shares of them."""
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from mmseg.core.evaluation.page_type import page_confusion
from mmseg.utils.arrays import read_array
from mmseg.utils.errors import InputError


def pixel_confusion(pred: np.ndarray, label: np.ndarray, num_classes: int,
                    ignore_index: int = 255) -> np.ndarray:
    """A page's confusion counts (K, K): rows are the true class, columns the predicted one.

    Args:
        pred: Predicted classes (H, W).
        label: True classes (H, W), as training sees them: already mapped and reduced.
        num_classes: K.
        ignore_index: Label of pixels that count nowhere.

    Raises:
        InputError: Sizes differ, or a class lies outside ``[0, K)``.
    """
    pred, label = np.asarray(pred), np.asarray(label)
    if pred.shape != label.shape:
        raise InputError(f'the prediction is {pred.shape} but its label map is {label.shape}')
    counted = label != ignore_index
    pred, label = pred[counted].astype(np.int64), label[counted].astype(np.int64)
    for what, values in (('predicted', pred), ('labelled', label)):
        if values.size and not 0 <= values.min() <= values.max() < num_classes:
            wrong = values[(values < 0) | (values >= num_classes)][0]
            raise InputError(f'a pixel is {what} as class {wrong}, but there are {num_classes} '
                             f'classes, from 0 to {num_classes - 1}')
    cells = np.bincount(num_classes * label + pred, minlength=num_classes**2)
    return cells.reshape(num_classes, num_classes)


def confusion_of_results(dataset: Any, results: Iterable[Any]
                         ) -> tuple[np.ndarray, np.ndarray | None]:
    """Confusion counts of classes (K, K) and, where results have them, of page types (C, C).

    One page is held at a time.

    Args:
        dataset: With labels.
        results: Of each page in order: a label map, the name of an ``.npy`` file with it, or a
            dict with ``seg_map`` and perhaps ``cls_label``.

    Raises:
        InputError: Not one result for each page, or results that are not label maps.
    """
    count = len(dataset.CLASSES)
    total = np.zeros((count, count), np.int64)
    types: Tensor | None = None
    index = -1
    for index, result in enumerate(results):
        if index >= len(dataset):
            break
        place, number = dataset, index
        if hasattr(dataset, 'get_dataset_idx_and_sample_idx'):
            part, number = dataset.get_dataset_idx_and_sample_idx(index)
            place = dataset.datasets[part]
        if not hasattr(place, 'img_infos'):
            raise InputError(f'{type(place).__name__} has no label maps to compare results with: '
                             'mmseg test --eval says how its pages are scored')
        info = place.img_infos[number]
        pred = _label_map(result, index)
        label = place.get_gt_seg_map_by_idx(number)
        try:
            total += pixel_confusion(pred, label, count, place.ignore_index)
        except InputError as error:
            raise InputError(f"{info['filename']}: {error}") from error
        true = info.get('cls_label')
        if isinstance(result, Mapping) and result.get('cls_label') is not None \
                and true in range(len(place.PAGE_CLASSES or ())):  # others are not known
            page = page_confusion(int(result['cls_label']), true, len(place.PAGE_CLASSES))
            types = page if types is None else types + page
    if index + 1 != len(dataset):
        raise InputError(f'there are {"more" if index >= len(dataset) else index + 1} results for '
                         f'{len(dataset)} pages: were they made with this data set?')
    return total, None if types is None else types.long().numpy()


def _label_map(result: Any, index: int) -> np.ndarray:
    """The label map of a result."""
    found = result.get('seg_map') if isinstance(result, Mapping) else result
    if isinstance(found, (str, Path)):
        found = read_array(found)
    if not isinstance(found, np.ndarray) or found.ndim != 2 or found.dtype.kind not in 'iu':
        what = (f'an array of shape {found.shape}, {found.dtype}' if isinstance(found, np.ndarray)
                else f'a {type(found).__name__}')
        raise InputError(f'result {index} is {what}, not a label map (H, W); confusion needs what '
                         'mmseg test --out writes without --format-only')
    return found


def shares(confusion: np.ndarray) -> np.ndarray:
    """Each row of ``(K, K)`` counts as shares of its sum; nan for a class that no pixel has."""
    rows = confusion.sum(axis=1, keepdims=True)
    return np.divide(confusion, rows, out=np.full(confusion.shape, np.nan), where=rows > 0)


def most_confused(confusion: np.ndarray, names: Sequence[str], most: int = 5) -> list[str]:
    """Lines on the most frequent confusions, the largest shares off the diagonal.

    Args:
        confusion: Counts (K, K), rows true classes, columns predicted ones.
        names: Of the classes.
        most: Number of lines.
    """
    found = shares(confusion)
    off = [(found[true, pred], true, pred) for true in range(len(names))
           for pred in range(len(names)) if true != pred and found[true, pred] > 0]
    return [f'{100 * share:.1f} % of {names[true]} is taken for {names[pred]}'
            for share, true, pred in sorted(off, key=lambda cell: -cell[0])[:most]]
