"""Confusion counts from the results of a test, read from a file or a folder."""
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from ...utils.arrays import read_array
from ...utils.errors import InputError
from ...utils.pickles import read_pickle
from ...utils.pictures import stored_values
from .confusion import confusion_of_results
from .page_scores import confusion_of_pages


class Confusion(NamedTuple):
    """Counts with their names.

    Args:
        classes: K names; none of a classifier of pages.
        pixels: (K, K), rows the truth; None of a classifier.
        page_classes: C names, or none.
        pages: (C, C), rows the truth; None where results have no page types.
    """

    classes: list[str]
    pixels: np.ndarray | None
    page_classes: list[str]
    pages: np.ndarray | None


def count_confusion(dataset: Any, results: str | Path, trust: bool = False) -> Confusion:
    """Return the confusion counts of the results of a test.

    Args:
        dataset: The pages that were tested, with labels.
        results: A ``.pkl`` file of ``mmseg test --out``, an ``.npy`` file with the label maps
            of pages of one size, or a folder with a label map for each page, ``.png`` or ``.npy``.
        trust: Read any pickled object.

    Raises:
        InputError: The results cannot be read or are not of these pages.
    """
    path = Path(results)
    if path.is_dir():
        pages: Any = _from_folder(path, dataset)
    elif path.suffix == '.npy':
        pages = read_array(path)
    else:
        pages = read_pickle(path, trust)
        if not isinstance(pages, (list, tuple)):
            raise InputError(f'{path} holds a {type(pages).__name__}, expected the list of results '
                             'that mmseg test --out writes')
    if hasattr(dataset, 'get_gt_labels'):
        return Confusion([], None, list(dataset.CLASSES), _of_page_types(dataset, list(pages)))
    pages = tqdm(pages, total=len(dataset), desc='pages', unit='page')
    pixels, types = confusion_of_results(dataset, pages)
    return Confusion(list(dataset.CLASSES), pixels, list(dataset.PAGE_CLASSES or ()), types)


def _of_page_types(dataset: Any, scores: list[Any]) -> np.ndarray:
    """Counts of true and predicted types (C, C), from the scores (C,) of each page."""
    if getattr(dataset, 'multi_label', False):
        raise InputError('pages of several types have no confusion matrix: mmseg test --eval mAP '
                         'CF1 scores them')
    count = len(dataset.CLASSES)
    if len(scores) != len(dataset) or any(np.shape(page) != (count, ) for page in scores):
        raise InputError(f'expected {count} scores for each of {len(dataset)} pages, as mmseg test '
                         f'--out writes them, got {len(scores)} results, the first of shape '
                         f'{np.shape(scores[0]) if scores else "none"}')
    return confusion_of_pages(np.stack(scores), dataset.get_gt_labels())


def _from_folder(folder: Path, dataset: Any) -> Iterator[np.ndarray]:
    """The label maps of the pages, by the names of their images."""
    for index in range(len(dataset)):
        prefix, place, number = folder, dataset, index
        if hasattr(dataset, 'get_dataset_idx_and_sample_idx'):
            part, number = dataset.get_dataset_idx_and_sample_idx(index)
            prefix, place = folder / str(part), dataset.datasets[part]
        stem = prefix / Path(place.img_infos[number]['filename']).with_suffix('')
        array, picture = (stem.with_name(stem.name + suffix) for suffix in ('.npy', '.png'))
        try:
            if array.is_file():
                yield read_array(array)
            elif picture.is_file():
                yield stored_values(picture.read_bytes(), str(picture))[0].astype(np.int64)
            else:
                raise InputError(f'{folder} has no label map for '
                                 f"{place.img_infos[number]['filename']}: neither {array} nor "
                                 f'{picture.name}')
        except OSError as error:
            raise InputError(f'the label map {stem} cannot be read: {error}') from error
