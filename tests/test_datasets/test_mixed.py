"""Several data sets in one, by weight."""
from collections import Counter

import pytest
import torch

from mmseg.datasets import LayoutDataset, MixedDataset, build_dataloader, build_dataset
from mmseg.datasets.mixed import epoch_shares
from mmseg.datasets.samplers import DistributedSampler
from mmseg.utils.errors import InputError


class Numbers:
    """A data set of the numbers from ``start`` on."""

    PALETTE = PAGE_CLASSES = None

    def __init__(self, start, length, classes=('a', 'b'), page_classes=None):
        self.start, self.length = start, length
        self.CLASSES, self.PAGE_CLASSES = classes, page_classes

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        assert 0 <= index < self.length
        return self.start + index


@pytest.mark.parametrize('sizes, weights, shares', [
    ([10, 10], [1, 1], [10, 10]), ([10, 10], [3, 1], [30, 10]), ([10, 5], [1, 1], [10, 10]),
    ([100, 3], [9, 1], [101, 11]), ([3, 3, 3], [.5, .25, .25], [6, 3, 3]),
    ([7, 1], [2, 1], [7, 4]), ([1], [5], [1]), ([1, 1], [.1, .2], [1, 2]),
    ([1, 1, 1], [1, 1, 1], [1, 1, 1])])
def test_shares_of_an_epoch(sizes, weights, shares):
    assert epoch_shares(sizes, weights) == shares


def test_every_page_comes_and_small_sets_come_again():
    dataset = MixedDataset([Numbers(0, 4), Numbers(100, 2)], [2, 3])
    assert len(dataset) == 10 and dataset.shares == [4, 6]
    assert [dataset[index] for index in range(10)] == [
        0, 1, 2, 3, 100, 101, 100, 101, 100, 101]
    assert dataset.place(5) == (1, 1)
    for index in (-1, 10):
        with pytest.raises(IndexError, match='but no page'):
            dataset[index]


def test_processes_share_an_epoch():
    dataset = MixedDataset([Numbers(0, 4), Numbers(100, 2)], [1, 1])
    samplers = [DistributedSampler(dataset, 2, rank, seed=5) for rank in range(2)]
    pages = [[dataset[index] for index in sampler] for sampler in samplers]
    assert Counter(pages[0] + pages[1]) == {0: 1, 1: 1, 2: 1, 3: 1, 100: 2, 101: 2}
    samplers[0].set_epoch(1)
    assert [dataset[index] for index in samplers[0]] != pages[0]
    samplers[0].set_epoch(0)
    assert [dataset[index] for index in samplers[0]] == pages[0]


def test_the_same_order_after_a_restart():
    def epoch():
        torch.manual_seed(3)
        dataset = MixedDataset([Numbers(0, 8), Numbers(100, 3)], [1, 2])
        return [int(page) for page in build_dataloader(dataset, 1, 0, dist=False)]

    assert epoch() == epoch()
    assert Counter(page >= 100 for page in epoch()) == {False: 8, True: 16}


@pytest.mark.parametrize('datasets, weights, words', [
    ([], None, 'at least one'), ([Numbers(0, 1)], [1, 2], 'each of 1 data sets'),
    ([Numbers(0, 1)] * 2, [1, 0], 'a weight above 0'),
    ([Numbers(0, 1), Numbers(0, 1, ('a', ))], None, 'must have the same classes'),
    ([Numbers(0, 1, page_classes=('x', )), Numbers(0, 1), Numbers(0, 1, page_classes=('y', ))],
     None, 'the same page classes, got x and y')])
def test_what_cannot_be_mixed(datasets, weights, words):
    with pytest.raises(InputError, match=words):
        MixedDataset(datasets, weights)


def test_out_of_a_config(voc):
    pages = dict(type='LayoutDataset', data_root=str(voc), pipeline=[
        dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')])
    dataset = build_dataset(dict(type='MixedDataset', weights=[1, 3], datasets=[
        dict(pages, split='train', with_cls=False), dict(pages, split='val')]))
    assert dataset.CLASSES == LayoutDataset.CLASSES and dataset.PALETTE[1] == [128, 0, 0]
    assert dataset.PAGE_CLASSES == ('document', 'slide')  # of the second
    assert [page['img_info']['filename'] for page in (dataset[i] for i in range(len(dataset)))] == [
        'a.jpg', 'b.jpg', *['c.jpg'] * 6]
    with pytest.raises(InputError, match=r"'weight' \(did you mean 'weights'\?\)|weights"):
        build_dataset(dict(type='MixedDataset', weight=[1], datasets=[pages]))
