"""Label maps as files, with the values that a benchmark's server expects."""
from __future__ import annotations

import os.path as osp
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mmseg.utils.arrays import read_array
from mmseg.utils.label_files import write_label_map

if TYPE_CHECKING:
    from .custom import CustomDataset


def label_map_of(result: Any) -> np.ndarray:
    """The label map ``(H, W)`` of a page's result: itself, a dict's, or that of an .npy file."""
    seg_map = result['seg_map'] if isinstance(result, Mapping) else result
    return read_array(seg_map) if isinstance(seg_map, str) else np.asarray(seg_map)


def write_submission(dataset: CustomDataset, results: Sequence[Any], folder: str,
                     indices: Sequence[int] | None, values: Sequence[int] | np.ndarray,
                     palette: Sequence[Sequence[int]] | None = None) -> list[str]:
    """Write each page's label map as ``folder/<name of the image>.png``; gives the files' names.

    Args:
        dataset: Where the pages come from.
        results: Label maps ``(H, W)``, or dicts with ``seg_map``.
        folder: Where to write.
        indices: Numbers of the pages; all in order where None.
        values: The file value of each label of the data set. With ``classes=`` the labels are
            those that the chosen classes had among all.
        palette: RGB colours of the file values.
    """
    table = np.zeros(256, dtype=np.uint8)
    if dataset.label_map is None:
        table[:len(values)] = values
    else:
        for old, new in dataset.label_map.items():
            if new >= 0:
                table[new] = values[old]
    written = []
    for index, result in zip(range(len(dataset)) if indices is None else indices, results,
                             strict=False):
        name = osp.splitext(osp.basename(dataset.img_infos[index]['filename']))[0]
        written.append(osp.join(folder, f'{name}.png'))
        write_label_map(written[-1], table[label_map_of(result)], palette)
    return written
