"""Several corpora in one training, each with its share of the pages."""
from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import ceil, floor
from typing import Any

from mmseg.utils.errors import InputError

from .builder import DATASETS
from .dataset_wrappers import check_same_classes


@DATASETS.register_module()
class MixedDataset:
    """Pages of several data sets, in the shares of their weights.

    An epoch holds every page of every data set at least once, and the pages of a data set that has
    fewer than its weight asks for several times; it is no longer than that takes. Which page has
    which number is fixed, and the sampler shuffles the numbers: so any sampler will do, processes
    share the pages as they do with other data sets, and a training that is resumed finds the same.

    Args:
        datasets: Built data sets for training, with the same classes.
        weights: Share of each in the pages, in any unit; equal where None.

    Attributes:
        shares: How many pages of an epoch each data set gives.

    Raises:
        InputError: Not a positive weight for each data set, or different classes or page classes.
    """

    def __init__(self, datasets: Sequence[Any], weights: Sequence[float] | None = None) -> None:
        if not datasets:
            raise InputError('MixedDataset needs at least one data set')
        weights = [1.] * len(datasets) if weights is None else list(weights)
        if len(weights) != len(datasets) or not all(weight > 0 for weight in weights):
            raise InputError(f'MixedDataset needs a weight above 0 for each of {len(datasets)} '
                             f'data sets, got {weights}')
        check_same_classes(datasets)
        self.datasets = list(datasets)
        self.weights = weights
        self.CLASSES, self.PALETTE = datasets[0].CLASSES, datasets[0].PALETTE
        self.PAGE_CLASSES = self._page_classes()
        self.counts_pages = all(getattr(part, 'counts_pages', True) for part in datasets)
        self.shares = epoch_shares([len(dataset) for dataset in datasets], weights)
        self._ends = list(accumulate(self.shares))

    def _page_classes(self) -> Sequence[str] | None:
        """The page classes of those data sets that have some."""
        found = {tuple(dataset.PAGE_CLASSES) for dataset in self.datasets
                 if getattr(dataset, 'PAGE_CLASSES', None) is not None}
        if len(found) > 1:
            raise InputError('data sets to be mixed must have the same page classes, got '
                             + ' and '.join(', '.join(names) for names in sorted(found)))
        return next(iter(found), None)

    def __len__(self) -> int:
        return self._ends[-1]

    def place(self, index: int) -> tuple[int, int]:
        """Number of the data set that page ``index`` of an epoch is in, and its number there.

        Raises:
            IndexError: There is no such page.
        """
        if not 0 <= index < len(self):
            raise IndexError(f'there are {len(self)} pages, but no page {index}')
        number = bisect_right(self._ends, index)
        return number, (index - self._ends[number] + self.shares[number]) % len(
            self.datasets[number])

    def __getitem__(self, index: int) -> Any:
        number, place = self.place(index)
        return self.datasets[number][place]


def epoch_shares(sizes: Sequence[int], weights: Sequence[float]) -> list[int]:
    """How many pages of each data set an epoch has: by weight, and each page at least once.

    Args:
        sizes: Pages of each data set.
        weights: Its share, in any unit.
    """
    total = sum(weights)
    # as long as the data set takes that is longest for its weight; weights are seldom exact floats
    length = max(ceil(round(size * total / weight, 6))
                 for size, weight in zip(sizes, weights, strict=True))
    exact = [length * weight / total for weight in weights]
    shares = [max(floor(part), size) for part, size in zip(exact, sizes, strict=True)]
    # what rounding down left goes to those who lost most
    order = sorted(range(len(sizes)), key=lambda i: shares[i] - exact[i])
    for number in order[:max(length - sum(shares), 0)]:
        shares[number] += 1
    return shares
