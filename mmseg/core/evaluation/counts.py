"""Counts of one page: pixel areas per class, regions and page type.

Every score in this package is computed from sums of these counts, so that pages never have to be
kept or sent between processes, and one process and many give the same numbers.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from mmseg.core.utils import message_device
from mmseg.utils.errors import InputError

_AREAS = 4


class PageCounts(tuple[Tensor, Tensor, Tensor, Tensor]):
    """The four areas of a page (or of a sum of pages), together with page-type counts.

    As a tuple it is exactly ``(area_intersect, area_union, area_pred_label, area_label)``, each a
    float64 tensor ``(K,)`` in pixels, so that code which unpacks four values keeps working.

    Attributes:
        page_confusion: ``(C, C)`` float64 tensor, rows are the true page class, columns the
            predicted one; None where no page types are predicted.
        pages: How many pages went into these counts.
        regions: ``(6, K)`` float64 tensor of :func:`~mmseg.core.evaluation.region_counts`; None
            where regions are not counted.
        lines: ``(3,)`` float64 tensor of :func:`~mmseg.core.evaluation.line_counts`; None where
            text lines are not counted.

    Args:
        areas: The four area vectors, tensors or arrays ``(K,)``.
        page_confusion: The page-type counts, or None.
        pages: Number of pages counted.
        regions: The counts of regions, or None.
        lines: The counts of text lines, or None.
    """

    page_confusion: Tensor | None
    pages: int
    regions: Tensor | None
    lines: Tensor | None

    def __new__(cls, areas: Iterable[Any], page_confusion: Any = None, pages: int = 1,
                regions: Any = None, lines: Any = None) -> PageCounts:
        """Take the areas as the tuple's four items."""
        items = [_as_float64(area) for area in areas]
        if len(items) != _AREAS:
            raise InputError(f'the counts of a page are {_AREAS} areas (intersect, union, pred, '
                             f'label), but {len(items)} came')
        self = super().__new__(cls, items)
        self.page_confusion = None if page_confusion is None else _as_float64(page_confusion)
        self.pages = int(pages)
        self.regions = None if regions is None else _as_float64(regions)
        self.lines = None if lines is None else _as_float64(lines)
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle through the constructor, which tuple's own way would bypass."""
        return type(self), (tuple(self), self.page_confusion, self.pages, self.regions,
                            self.lines)

    @classmethod
    def wrap(cls, counts: Sequence[Any]) -> PageCounts:
        """Give ``counts`` as PageCounts; a plain tuple of four counts as one page."""
        return counts if isinstance(counts, cls) else cls(counts)


def _as_float64(value: Any) -> Tensor:
    # float64 holds pixel counts exactly up to 2**53 and divides without a cast
    return torch.as_tensor(value).detach().to('cpu', torch.float64)


def is_counts(result: Any) -> bool:
    """True for a page's counts: PageCounts, or a plain tuple of four area vectors."""
    return isinstance(result, PageCounts) or (
        isinstance(result, (tuple, list)) and len(result) == _AREAS
        and all(isinstance(area, (Tensor, np.ndarray)) and area.ndim == 1 for area in result))


def sum_counts(results: Iterable[Sequence[Any]]) -> PageCounts:
    """The sum of the counts of many pages, or of sums of pages.

    Args:
        results: PageCounts or plain tuples of four areas ``(K,)``.

    Raises:
        InputError: Nothing to sum, or different numbers of classes.
    """
    total: PageCounts | None = None
    for item in results:
        counts = PageCounts.wrap(item)
        total = counts if total is None else _add(total, counts)
    if total is None:
        raise InputError('there is nothing to evaluate: expected the counts of at least one page')
    return total


def _add(one: PageCounts, two: PageCounts) -> PageCounts:
    if one[0].shape != two[0].shape:
        raise InputError(f'pages with {one[0].numel()} and with {two[0].numel()} classes cannot '
                         'be evaluated together')
    if one.page_confusion is None or two.page_confusion is None:
        confusion = one.page_confusion if two.page_confusion is None else two.page_confusion
    elif one.page_confusion.shape != two.page_confusion.shape:
        raise InputError(f'pages with {len(one.page_confusion)} and with '
                         f'{len(two.page_confusion)} page types cannot be evaluated together')
    else:
        confusion = one.page_confusion + two.page_confusion
    areas = (a + b for a, b in zip(one, two, strict=True))
    regions = _both('regions', one.regions, two.regions)
    lines = _both('lines', one.lines, two.lines)
    return PageCounts(areas, confusion, one.pages + two.pages, regions, lines)


def _both(what: str, one: Tensor | None, two: Tensor | None) -> Tensor | None:
    """The sum of counts that either all pages have or none."""
    if (one is None) != (two is None):
        raise InputError(f'the {what} of some pages were counted and those of others were not')
    return None if one is None or two is None else one + two


def split_by_pages(results: Sequence[Any], sizes: Sequence[int]) -> list[list[Any]]:
    """Results cut into consecutive groups that hold ``sizes`` pages each.

    Takes per-page results and sums of pages alike, so a concatenation of data sets can evaluate
    each of its parts whether or not the pages were summed on the way.

    Args:
        results: In the order of the pages; anything that has no ``pages`` counts as one page.
        sizes: Pages of each group.

    Raises:
        InputError: The results do not divide into such groups.
    """
    groups: list[list[Any]] = []
    rest = iter(results)
    for size in sizes:
        group: list[Any] = []
        missing = size
        while missing > 0 and (item := next(rest, None)) is not None:
            group.append(item)
            missing -= getattr(item, 'pages', 1)
        if missing:
            raise InputError(f'a group of {size} pages was expected, but the results cover '
                             f'{size - missing}')
        groups.append(group)
    if next(rest, None) is not None:
        raise InputError(f'{sum(sizes)} pages were expected, but there are more results')
    return groups


def all_reduce_counts(counts: PageCounts | None, device: torch.device | str | None = None,
                      group: dist.ProcessGroup | None = None) -> PageCounts:
    """The sum of the counts of all ranks, on every rank; pages are not exchanged.

    Args:
        counts: This rank's sum; None when it has counted no page.
        device: Where the message lives: the current GPU for nccl and the CPU otherwise, when None.
        group: The process group; None is the default group.

    Returns:
        The same sum on each rank. Without a process group, ``counts`` itself.

    Raises:
        InputError: No rank counted a page, or ranks disagree on the number of classes.
    """
    if not (dist.is_available() and dist.is_initialized()):
        return sum_counts([] if counts is None else [counts])
    if device is None:
        device = message_device(group)
    sizes = _sizes(counts)
    # the largest sizes anywhere, so that a rank without pages can join in with zeros
    agreed = torch.tensor(sizes, device=device)
    dist.all_reduce(agreed, op=dist.ReduceOp.MAX, group=group)
    all_classes, all_types, region_rows, line_rows = most = tuple(agreed.tolist())
    lengths = [_AREAS * all_classes, all_types**2, region_rows * all_classes, line_rows]
    ends = np.cumsum(lengths).tolist()
    message = torch.zeros(2 + ends[-1], dtype=torch.float64)
    if counts is not None and sizes in (most, (all_classes, 0, region_rows, line_rows)):
        message[1] = counts.pages
        starts = [0, *ends]
        for start, part in zip(starts, (torch.stack(list(counts)), counts.page_confusion,
                                        counts.regions, counts.lines)):
            if part is not None:
                message[2 + start:2 + start + part.numel()] = part.flatten()
    elif counts is not None:
        message[0] = 1  # told to every rank, so that none is left waiting for the others
    message = message.to(device)
    dist.all_reduce(message, group=group)
    message = message.cpu()
    if message[0]:
        raise InputError('the processes evaluate with different numbers of classes, page types or '
                         f'counts of regions and lines: here {sizes}, at most {most}')
    if not all_classes:
        raise InputError('there is nothing to evaluate: no process has counted a page')
    areas, confusion, regions, lines = message[2:].split(lengths)
    return PageCounts(areas.view(_AREAS, all_classes),
                      confusion.view(all_types, all_types) if all_types else None, int(message[1]),
                      regions.view(region_rows, all_classes) if region_rows else None,
                      lines if line_rows else None)


def _sizes(counts: PageCounts | None) -> tuple[int, int, int, int]:
    """Number of pixel classes, page types, counts of regions and of lines, 0 where none."""
    if counts is None:
        return 0, 0, 0, 0
    further = counts.page_confusion, counts.regions, counts.lines
    confusion, regions, lines = (0 if part is None else len(part) for part in further)
    return counts[0].numel(), confusion, regions, lines
