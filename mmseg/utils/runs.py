"""The connected parts of all classes of a label map, by the runs of equal pixels in its rows."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from .components import boxes_of_runs


class Runs(NamedTuple):
    """Runs of pixels of one label, row by row from the top; together they are the whole map.

    Attributes:
        label: Of each (n,).
        row: Of each (n,).
        first: The column in which each begins (n,).
        length: Of each in pixels (n,).
        size: (height, width) of the map.
    """
    label: np.ndarray
    row: np.ndarray
    first: np.ndarray
    length: np.ndarray
    size: tuple[int, int]

    def painted(self, values: np.ndarray) -> np.ndarray:
        """Return the map (H, W) whose pixels have the values (n,) of their runs."""
        return np.repeat(values, self.length).reshape(self.size)


class LabelParts(NamedTuple):
    """The connected parts (8 neighbours) of labels, those of a smaller label first.

    Attributes:
        labels: Of each part (m,).
        boxes: Left, top, width, height and area in pixels of each (m, 5), int.
        runs: Of the label map.
        numbers: The part of each run, from 1; 0 for other labels (n,).
    """
    labels: np.ndarray
    boxes: np.ndarray
    runs: Runs
    numbers: np.ndarray

    def painted(self, values: np.ndarray) -> np.ndarray:
        """Return the map (H, W) whose pixels have the values (m + 1,) of their parts.

        The first value is that of pixels of other labels.
        """
        return self.runs.painted(values[self.numbers])


def label_runs(labels: np.ndarray) -> Runs:
    """Return the runs of a label map (H, W)."""
    height, width = labels.shape
    flat = labels.ravel()
    begins = np.ones(flat.shape, bool)
    np.not_equal(flat[1:], flat[:-1], out=begins[1:])
    begins.reshape(height, width)[:, :1] = True
    start = np.flatnonzero(begins)
    row, first = np.divmod(start, width)
    return Runs(flat[start], row, first, np.diff(start, append=flat.size), (height, width))


def label_parts(labels: np.ndarray, without: Sequence[int] = (0, 255)) -> LabelParts:
    """Return the parts of a label map (H, W), but for those ``without``, as the background is."""
    runs = label_runs(labels)
    chosen = np.setdiff1d(runs.label, without).astype(int)
    numbers, counts = _together(runs, chosen) or _one_by_one(labels, runs, chosen)
    mine = np.flatnonzero(numbers)
    boxes = boxes_of_runs(numbers[mine], runs.row[mine], runs.first[mine], runs.length[mine],
                          sum(counts) + 1)
    return LabelParts(np.repeat(chosen, counts), boxes[1:], runs, numbers)


def _one_by_one(labels: np.ndarray, runs: Runs, chosen: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """The part of each run (n,), and how many parts each label has."""
    numbers, counts = np.zeros(len(runs.label), np.int32), list[int]()
    for label in chosen.tolist():
        mine = np.flatnonzero(runs.label == label)
        row, first = runs.row[mine], runs.first[mine]
        # OpenCV looks at two rows and columns at once: from even ones it counts as on the page
        top, left = int(row[0]) & ~1, int(first.min()) & ~1
        right = int((first + runs.length[mine]).max())
        window = (labels[top:row[-1] + 1, left:right] == label).view(np.uint8)
        count, ids = cv2.connectedComponents(window, connectivity=8)
        numbers[mine] = ids[row - top, first - left] + sum(counts)
        counts.append(count - 1)
    return numbers, counts


def _together(runs: Runs, chosen: np.ndarray) -> tuple[np.ndarray, list[int]] | None:
    """What :func:`_one_by_one` gives, found at once; None where parts of two labels touch."""
    is_chosen = np.zeros(int(runs.label.max(initial=0)) + 1, bool)
    is_chosen[chosen] = True
    own = is_chosen[runs.label]
    if (own[1:] & own[:-1] & (runs.first[1:] > 0)).any():
        return None
    count, ids = cv2.connectedComponents(runs.painted(own.view(np.uint8)), connectivity=8)
    found = ids[runs.row, runs.first]
    label_of = np.zeros(count, int)
    label_of[found] = runs.label
    if ((label_of[found] != runs.label) & own).any():
        return None
    number = np.zeros(count, np.int32)
    number[1 + np.argsort(label_of[1:], kind='stable')] = np.arange(1, count)
    return number[found], [int((label_of[1:] == label).sum()) for label in chosen.tolist()]
