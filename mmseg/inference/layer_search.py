"""Search for the scales of each class, from one prediction of each page at every scale.

A fused score is a mean over some scales, so it lies between the least and the largest of them. A
pixel where one class stays above all others whatever is chosen is counted once and for all; at the
others only the classes that can win are compared, for every choice of their scales. The counts of
any choice for all classes are then sums over small tables, and no page is kept.
"""
from collections.abc import Iterator, Sequence
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..utils.errors import InputError

Choice = tuple[int, ...]  # for each class the number of its scale set

_EXHAUSTIVE = 50_000  # choices of all classes that are compared one by one
_TABLE_CELLS = 60_000  # choices of the classes that compete for a pixel
_TABLES = 30_000_000  # numbers in all tables
_BLOCK = 1 << 17  # pixels looked at together
_AT_ONCE = 1 << 22  # comparisons made together
_MARGIN = 1e-5  # how much rounding can move a mean


def scale_sets(scales: Sequence[float]) -> list[tuple[int, ...]]:
    """Sets of scales a class may use, as places in ``scales``; the last one has them all.

    Every set of up to four scales; of more, the runs of neighbours, which there are fewer of.

    Args:
        scales: Distinct, ascending.
    """
    places = range(len(scales))
    sizes = range(1, len(scales) + 1)
    if len(scales) <= 4:
        return [chosen for size in sizes for chosen in combinations(places, size)]
    return [tuple(range(first, first + size)) for size in sizes
            for first in range(len(scales) - size + 1)]


def most_rivals(num_classes: int, num_sets: int) -> int:
    """How many classes may compete for a pixel before the tables would grow too large."""
    most = min(2, num_classes)
    for rivals in range(3, num_classes + 1):
        cells = num_sets**rivals
        if cells > _TABLE_CELLS or 2 * rivals * cells * comb(num_classes, rivals) > _TABLES:
            break
        most = rivals
    return most


class LayerCounts:
    """Pixel counts of every choice of scales for every class, page by page.

    Args:
        num_classes: K, at least 2.
        scales: Distinct, ascending.
        ignore_index: Label of pixels that count nowhere.

    Attributes:
        sets: See :func:`scale_sets`.
        trimmed: Pixels at which more classes competed than the tables hold; there the likeliest
            were compared, so that the counts are near but not exact.

    Raises:
        InputError: There are fewer than two classes.
    """

    def __init__(self, num_classes: int, scales: Sequence[float], ignore_index: int = 255) -> None:
        if num_classes < 2:
            raise InputError('layers need at least two classes with a score each; a network with '
                             'a single channel has only one')
        self.num_classes, self.scales = num_classes, tuple(scales)
        self.sets = scale_sets(scales)
        self.ignore_index = ignore_index
        self.trimmed = 0
        self._most = most_rivals(num_classes, len(self.sets))
        self._label = np.zeros(num_classes, np.int64)
        # pixels right and pixels predicted, of each class, where no choice matters
        self._settled = np.zeros((2, num_classes), np.int64)
        # classes that compete → right and predicted (2, m) for each choice of their sets (M, …, M)
        self._tables: dict[tuple[int, ...], np.ndarray] = {}

    def add(self, scores: Tensor, label: Tensor) -> None:
        """Count a page.

        Args:
            scores: (S, K, H, W), of each scale at the page's size.
            label: (H, W) integers.

        Raises:
            InputError: The label map has a value outside the classes.
        """
        flat, labels = scores.flatten(2), label.flatten().to(scores.device).long()
        outside = (labels >= self.num_classes) & (labels != self.ignore_index)
        if bool(outside.any()):
            raise InputError(f'a label map holds {int(labels[outside][0])}, but there are '
                             f'{self.num_classes} classes')
        for start in range(0, len(labels), _BLOCK):
            part = labels[start:start + _BLOCK]
            kept = part != self.ignore_index
            self._add_block(flat[:, :, start:start + _BLOCK][:, :, kept], part[kept])

    def _add_block(self, scores: Tensor, label: Tensor) -> None:
        """Count pixels: scores (S, K, P), label (P,)."""
        self._label += _count(label, self.num_classes)
        bar, leader = scores.amin(dim=0).max(dim=0)
        rivals = scores.amax(dim=0) >= bar - _MARGIN  # (K, P): who can win
        settled = rivals.sum(dim=0) == 1
        winner, truth = leader[settled], label[settled]
        self._settled[0] += _count(winner[winner == truth], self.num_classes)
        self._settled[1] += _count(winner, self.num_classes)
        unsettled = ~settled
        if bool(unsettled.any()):
            self._add_contested(scores[:, :, unsettled], label[unsettled], rivals[:, unsettled])

    def _add_contested(self, scores: Tensor, label: Tensor, rivals: Tensor) -> None:
        """Count pixels for every choice, grouped by the classes that compete for them."""
        self.trimmed += int((rivals.sum(dim=0) > self._most).sum())
        likely = scores.mean(dim=0).masked_fill(~rivals, -1.)
        value, place = likely.topk(self._most, dim=0)
        place = torch.where(value < 0, self.num_classes, place).sort(dim=0).values  # (m, P)
        groups, of_pixel = place.unique(dim=1, return_inverse=True)
        for number in range(groups.shape[1]):
            classes = tuple(c for c in groups[:, number].tolist() if c < self.num_classes)
            here = of_pixel == number
            self._add_group(classes, scores[:, list(classes)][:, :, here], label[here])

    def _add_group(self, classes: tuple[int, ...], scores: Tensor, label: Tensor) -> None:
        """Count pixels for which ``classes`` compete: scores (S, m, P)."""
        fused = torch.stack([_mean(scores, chosen) for chosen in self.sets], dim=1)  # (m, M, P)
        rivals, choices = len(classes), len(self.sets)
        counts = np.zeros((2, rivals, choices**rivals), np.int64)
        step = max(1, _AT_ONCE // choices**rivals)
        for start in range(0, len(label), step):
            winner = _winners(fused[:, :, start:start + step])  # (M^m, p)
            truth = label[start:start + step]
            for place, index in enumerate(classes):
                won = winner == place
                counts[0, place] += won[:, truth == index].sum(dim=1).cpu().numpy()
                counts[1, place] += won.sum(dim=1).cpu().numpy()
        counts = counts.reshape(2, rivals, *[choices] * rivals)
        before = self._tables.get(classes)
        self._tables[classes] = counts if before is None else before + counts

    def areas(self, choice: Choice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pixels right, predicted and labelled, (K,) each, for the sets of all classes."""
        total = self._settled.copy()
        for classes, table in self._tables.items():
            total[:, list(classes)] += table[_cells([choice[c] for c in classes])]
        return total[0], total[1], self._label

    def iou(self, choice: Choice) -> np.ndarray:
        """IoU (K,) for the sets ``choice``; nan for a class that neither label nor page has."""
        return _iou(*self.areas(choice))

    def changes(self, choice: Choice) -> np.ndarray:
        """IoU (K, M, K): of all classes, when one class takes another set than ``choice`` says."""
        right, predicted, label = self.areas(choice)
        total = np.stack([right, predicted])[:, None, None, :].repeat(self.num_classes, axis=1)
        total = total.repeat(len(self.sets), axis=2)  # (2, changed, M, K)
        for classes, table in self._tables.items():
            chosen = [choice[c] for c in classes]
            here = table[_cells(chosen)]  # (2, m)
            for place, index in enumerate(classes):
                line = table[_cells([*chosen[:place], slice(None), *chosen[place + 1:]])]
                line = line.transpose(0, 2, 1)  # (2, M, m)
                total[:, index, :, list(classes)] += (line - here[:, None]).transpose(2, 0, 1)
        return _iou(total[0], total[1], label)

    def best(self) -> Choice:
        """The choice with the largest mean IoU; among equals the one that names fewest classes.

        All choices are compared where there are not too many; otherwise one class after the other
        changes to what helps most, until nothing helps.
        """
        if len(self.sets)**self.num_classes <= _EXHAUSTIVE:
            return self._best_of_all()
        choice = (len(self.sets) - 1, ) * self.num_classes
        score = _mean_over_classes(self.iou(choice))
        while True:
            scores = _mean_over_classes(self.changes(choice))
            index, chosen = np.unravel_index(int(scores.argmax()), scores.shape)
            if scores[index, chosen] <= score + 1e-9:
                return choice
            score = scores[index, chosen]
            choice = (*choice[:index], int(chosen), *choice[index + 1:])

    def _best_of_all(self) -> Choice:
        classes, choices = self.num_classes, len(self.sets)
        cells = np.broadcast_to(self._settled.reshape(2, classes, *[1] * classes),
                                (2, classes, *[choices] * classes)).copy()
        for rivals, table in self._tables.items():
            shape = [choices if c in rivals else 1 for c in range(classes)]
            for place, index in enumerate(rivals):
                cells[:, index] += table[:, place].reshape(2, *shape)
        right, predicted = cells.reshape(2, classes, -1).transpose(0, 2, 1)
        scores = _mean_over_classes(_iou(right, predicted, self._label))
        equal = np.flatnonzero(scores >= scores.max() - 1e-9)
        candidates = np.stack(np.unravel_index(equal, [choices] * classes), axis=1)
        named = (candidates != choices - 1).sum(axis=1)
        return tuple(int(chosen) for chosen in candidates[named.argmin()])

    def layers(self, choice: Choice) -> dict[int, tuple[float, ...]]:
        """Class index → scales for ``fuse``; classes that use every scale are left out."""
        return {index: tuple(self.scales[place] for place in self.sets[chosen])
                for index, chosen in enumerate(choice) if chosen != len(self.sets) - 1}

    def uniform(self) -> Iterator[tuple[int, np.ndarray]]:
        """Each set with the IoU (K,) when all classes take it."""
        for chosen in range(len(self.sets)):
            yield chosen, self.iou((chosen, ) * self.num_classes)


def _cells(choice: Sequence[int | slice]) -> Any:
    """Where a table holds right and predicted pixels of a choice."""
    return (Ellipsis, *choice)


def _mean(scores: Tensor, places: tuple[int, ...]) -> Tensor:
    """Mean over some scales, added in their order as a running fusion adds them."""
    total = scores[places[0]]
    for place in places[1:]:
        total = total + scores[place]
    return total / len(places)


def _winners(fused: Tensor) -> Tensor:
    """Which of m classes wins, (M^m, P) uint8, for each choice of sets: fused is (m, M, P)."""
    rivals, choices, pixels = fused.shape

    def along(place: int) -> Tensor:
        axes = [choices if axis == place else 1 for axis in range(rivals)]
        return fused[place].reshape(*axes, pixels)

    best = along(0)
    winner = torch.zeros((), dtype=torch.uint8, device=fused.device)
    for place in range(1, rivals):
        score = along(place)
        winner = torch.where(score > best, place, winner)  # among equals the first, as argmax
        best = torch.maximum(score, best)
    return winner.reshape(-1, pixels)


def _count(classes: Tensor, num_classes: int) -> np.ndarray:
    return torch.bincount(classes, minlength=num_classes).cpu().numpy()


def _iou(right: np.ndarray, predicted: np.ndarray, label: np.ndarray) -> np.ndarray:
    union = predicted + label - right
    return np.divide(right, union, out=np.full(union.shape, np.nan), where=union > 0)


def _mean_over_classes(iou: np.ndarray) -> np.ndarray:
    """Mean over the last axis of the values that are known."""
    known = ~np.isnan(iou)
    return np.where(known, iou, 0.).sum(axis=-1) / np.maximum(known.sum(axis=-1), 1)
