"""Orders of pages that a config may name."""
import mmcv
import pytest
import torch

from mmseg.datasets import SAMPLERS, RepeatAugSampler, build_dataloader
from mmseg.datasets.config_loaders import train_loader
from mmseg.utils.errors import InputError


class Pages(torch.utils.data.Dataset):
    """The number of a page, and what is drawn for it."""

    def __init__(self, number=7):
        self.number = number

    def __len__(self):
        return self.number

    def __getitem__(self, index):
        return int(index), float(torch.rand(()))


@pytest.mark.parametrize('replicas, shares', [(1, [[0, 0, 0, 1]]), (2, [[0, 0], [0, 1]])])
def test_each_page_comes_several_times_as_in_mmcls(replicas, shares):
    found = [[int(page) for page in RepeatAugSampler(
        Pages(), replicas, rank, shuffle=False, selected_round=4)] for rank in range(replicas)]
    assert found == shares


@pytest.mark.parametrize('replicas, options, pages', [
    (1, {}, 768), (2, {}, 384), (8, {}, 96), (3, dict(selected_round=0), 334),
    (2, dict(selected_ratio=5), 153)])
def test_an_epoch_is_as_long_as_in_mmcls(replicas, options, pages):
    sampler = RepeatAugSampler(Pages(1000), replicas, 0, **options)
    assert len(sampler) == len(list(sampler)) == pages


def test_repetitions_of_a_page_draw_differently_and_epochs_have_their_own_order():
    cfg = mmcv.Config(dict(seed=5, data=dict(samples_per_gpu=7, workers_per_gpu=0),
                           sampler=dict(type='RepeatAugSampler', selected_round=0)))
    loader = train_loader(Pages(), cfg, distributed=False)
    (first, drawn), = loader
    (second, _), = loader
    assert sorted(first.bincount().tolist(), reverse=True)[:3] == [3, 3, 1]
    assert len(set(drawn.tolist())) == 7
    assert first.tolist() != second.tolist()
    again = train_loader(Pages(), cfg, distributed=False)
    assert [pages.tolist() for pages, _ in again] == [first.tolist()]
    again.seek(1, 0)
    assert [pages.tolist() for pages, _ in again] == [second.tolist()]


def test_a_sampler_can_start_anywhere():
    sampler = RepeatAugSampler(Pages(), 1, 0, selected_round=0, seed=2)
    pages = [int(page) for page in sampler]
    sampler.seek(0, 4)
    assert [int(page) for page in sampler] == pages[4:]


@pytest.fixture
def backwards():
    @SAMPLERS.register_module()
    class Backwards(torch.utils.data.Sampler):
        def __init__(self, dataset, num_replicas, rank, shuffle, seed):
            self.order = list(range(len(dataset)))[::-1]

        def __iter__(self):
            return iter(self.order)

        def __len__(self):
            return len(self.order)
    yield 'Backwards'
    SAMPLERS.module_dict.pop('Backwards')


def test_a_sampler_of_ones_own(backwards):
    loader = build_dataloader(Pages(3), 3, 0, dist=False, sampler_cfg=dict(type=backwards))
    assert [pages.tolist() for pages, _ in loader] == [[2, 1, 0]]


def test_what_cannot_be_is_one_sentence():
    with pytest.raises(InputError, match='in rounds of selected_round=256, but the data set has 7'):
        RepeatAugSampler(Pages(), 1, 0)

    class Stream(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter(())

    with pytest.raises(InputError, match='Stream defines the order of its pages itself'):
        build_dataloader(Stream(), 1, 0, dist=False, sampler_cfg=dict(type='RepeatAugSampler'))
