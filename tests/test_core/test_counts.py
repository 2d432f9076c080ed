"""Counts of pages: sums, pickling, grouping, and the sum over ranks without a process group."""
import pickle

import pytest
import torch

from mmseg.core import (
    PageCounts,
    all_reduce_counts,
    is_counts,
    page_confusion,
    split_by_pages,
    sum_counts,
)
from mmseg.utils.errors import InputError

AREAS = ([1, 1], [2, 2], [2, 1], [1, 2])


def counts(confusion=None, pages=1):
    return PageCounts([torch.tensor(area) for area in AREAS], confusion, pages)


def test_page_counts_unpack_into_four_areas():
    intersect, union, pred, label = counts(page_confusion(0, 1, 2))
    assert [a.tolist() for a in (intersect, union, pred, label)] == list(AREAS)


def test_page_counts_survive_pickling():
    copy = pickle.loads(pickle.dumps(counts(page_confusion(0, 1, 2), pages=3)))
    assert copy.pages == 3
    assert copy.page_confusion.tolist() == [[0, 0], [1, 0]]
    assert copy[3].tolist() == [1, 2]


def test_sums_of_pages_and_of_sums():
    plain = tuple(torch.tensor(area) for area in AREAS)
    total = sum_counts([sum_counts([counts(page_confusion(0, 1, 2)), plain]),
                        counts(page_confusion(1, 1, 2))])
    assert total.pages == 3
    assert [a.tolist() for a in total] == [[3, 3], [6, 6], [6, 3], [3, 6]]
    assert total.page_confusion.tolist() == [[0, 0], [1, 1]]


def test_summing_does_not_change_the_pages():
    first = counts(page_confusion(0, 0, 2))
    sum_counts([first, first])
    assert first.pages == 1 and first[0].tolist() == [1, 1]
    assert first.page_confusion.tolist() == [[1, 0], [0, 0]]


def test_unequal_numbers_of_classes_cannot_be_summed():
    with pytest.raises(InputError, match='2 and with 3 classes'):
        sum_counts([counts(), PageCounts(torch.ones(4, 3))])
    with pytest.raises(InputError, match='2 and with 3 page types'):
        sum_counts([counts(page_confusion(0, 0, 2)), counts(page_confusion(0, 0, 3))])


def test_nothing_to_sum():
    with pytest.raises(InputError, match='nothing to evaluate'):
        sum_counts([])


def test_which_results_are_counts():
    assert is_counts(counts())
    assert is_counts(tuple(torch.zeros(2) for _ in range(4)))
    assert not is_counts(torch.zeros(4, 4))
    assert not is_counts([torch.zeros(2, 2)] * 4)  # a batch of four label maps


def test_groups_of_pages_out_of_single_pages_and_sums():
    assert split_by_pages('abc', [2, 1]) == [['a', 'b'], ['c']]
    sums = [counts(pages=2), counts(pages=1)]
    assert split_by_pages(sums, [2, 1]) == [sums[:1], sums[1:]]
    with pytest.raises(InputError, match='2 pages was expected'):
        split_by_pages('a', [2])
    with pytest.raises(InputError, match='more results'):
        split_by_pages('ab', [1])
    with pytest.raises(InputError, match='cover 2'):
        split_by_pages([counts(pages=2)], [1, 1])


def test_without_a_process_group_the_sum_is_ones_own():
    assert all_reduce_counts(counts(pages=2)).pages == 2
    with pytest.raises(InputError, match='nothing to evaluate'):
        all_reduce_counts(None)
