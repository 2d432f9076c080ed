"""Boxes (N, 4): left, top, right, bottom in pixels."""
from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

Box = tuple[float, float, float, float]


def as_boxes(boxes: Iterable[Sequence[float]]) -> np.ndarray:
    """Array (N, 4) of boxes, also of none."""
    return np.asarray(list(boxes), dtype=float).reshape(-1, 4)


def area(boxes: np.ndarray) -> np.ndarray:
    """Areas (N,), 0 for boxes that are turned inside out."""
    return np.prod(np.maximum(boxes[..., 2:] - boxes[..., :2], 0), axis=-1)


def shared(box: Sequence[float], others: np.ndarray) -> np.ndarray:
    """Area (N,) that ``box`` shares with each of the others."""
    left_top = np.maximum(others[:, :2], box[:2])
    right_bottom = np.minimum(others[:, 2:], box[2:])
    return area(np.hstack([left_top, right_bottom]))


def share_inside(boxes: np.ndarray, box: Sequence[float]) -> np.ndarray:
    """Part (N,) of each of ``boxes`` that lies in ``box``, in [0, 1]."""
    return shared(box, boxes) / np.maximum(area(boxes), 1e-9)


def within(boxes: np.ndarray, regions: Iterable[Sequence[float]], share: float = 0.7) -> np.ndarray:
    """Whether (N,) more than ``share`` of each box, or rule, lies in one of the regions."""
    thick = boxes + np.array([-0.5, -0.5, 0.5, 0.5])
    found = np.zeros(len(boxes), bool)
    for region in regions:
        found |= share_inside(thick, region) > share
    return found


def touching(box: Sequence[float], others: np.ndarray, gap: float) -> np.ndarray:
    """Whether (N,) others come as near to ``box`` as ``gap`` pixels, in x and in y."""
    return ((others[:, 0] <= box[2] + gap) & (others[:, 2] >= box[0] - gap)
            & (others[:, 1] <= box[3] + gap) & (others[:, 3] >= box[1] - gap))


def around(boxes: np.ndarray) -> Box:
    """The box around all of them."""
    return (*boxes[:, :2].min(0).tolist(), *boxes[:, 2:].max(0).tolist())


def grown(box: Iterable[float], by: float) -> Box:
    """A box wider by so many pixels on each side."""
    x0, y0, x1, y1 = box
    return x0 - by, y0 - by, x1 + by, y1 + by


def to_pixels(box: Sequence[float], size: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of the pixels of a page that a box covers; at least one each way."""
    left, top = int(np.floor(box[0] + 0.5)), int(np.floor(box[1] + 0.5))
    right = max(left + 1, int(np.floor(box[2] + 0.5)))
    bottom = max(top + 1, int(np.floor(box[3] + 0.5)))
    return (slice(max(top, 0), min(max(bottom, 0), size[0])),
            slice(max(left, 0), min(max(right, 0), size[1])))


def groups(boxes: np.ndarray, gap: float) -> list[np.ndarray]:
    """Indices of the boxes that hang together, each to another at most ``gap`` pixels away."""
    order = np.argsort(boxes[:, 0], kind='stable')
    parent = np.arange(len(boxes))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    reach = np.maximum.accumulate(boxes[order, 2])
    for place, index in enumerate(order):
        # those that begin further left; only the ones after the last that ends before us
        first = np.searchsorted(reach[:place], boxes[index, 0] - gap)
        near = order[first:place]
        for other in near[touching(boxes[index], boxes[near], gap)]:
            parent[root(other)] = root(index)
    roots = np.array([root(index) for index in range(len(boxes))], dtype=int)
    return [np.flatnonzero(roots == name) for name in np.unique(roots)]


def merge(boxes: Iterable[Sequence[float]], gap: float = 0) -> list[Box]:
    """Boxes around those that overlap or nearly touch, until none do, from top to bottom."""
    found = as_boxes(boxes)
    while len(found):
        joined = as_boxes(around(found[group]) for group in groups(found, gap))
        if len(joined) == len(found):
            break
        found = joined
    return sorted((tuple(box) for box in found.tolist()),  # type: ignore[misc]
                  key=lambda box: (box[1], box[0]))
