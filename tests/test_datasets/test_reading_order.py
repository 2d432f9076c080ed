import numpy as np
import pytest

from mmseg.datasets.samplers import PageSampler
from mmseg.datasets.samplers.reading_order import Reading, reading_order

# 4 shards of 8 pages; the pages' numbers have nothing to do with where they lie
PLACES = np.stack([np.repeat([0, 1, 2, 3], 8), np.tile(np.arange(8) * 512, 4)], 1)[
    np.random.default_rng(3).permutation(32)]
READING = Reading(PLACES, window=4, streams=2)


def test_each_page_comes_once_over_all_processes():
    for epoch in (0, 1):
        shares = [reading_order(READING, 0, epoch, 2, rank, 4) for rank in (0, 1)]
        assert [len(share) for share in shares] == [16, 16]
        assert sorted(np.concatenate(shares)) == list(range(32))


def test_all_processes_have_as_many_pages():
    shares = [reading_order(READING, 0, 0, 5, rank, 3) for rank in range(5)]
    assert [len(share) for share in shares] == [7] * 5
    pages, counts = np.unique(np.concatenate(shares), return_counts=True)
    assert len(pages) == 32 and counts.sum() == 35 and counts.max() == 2


def test_streams_take_turns_and_each_reads_shards_in_order():
    order = reading_order(Reading(PLACES, window=1, streams=2), 0, 0, 1, 0, 4)
    batches = PLACES[order].reshape(8, 4, 2)
    for stream in (batches[0::2].reshape(-1, 2), batches[1::2].reshape(-1, 2)):
        shards, places = stream[:, 0], stream[:, 1]
        assert [len(set(half)) for half in np.split(shards, 2)] == [1, 1]
        assert list(places) == list(range(0, 8 * 512, 512)) * 2
    assert set(batches[0::2, :, 0].ravel()) & set(batches[1::2, :, 0].ravel()) == set()


def test_windows_are_shuffled_and_nothing_leaves_its_window():
    order = reading_order(Reading(PLACES, window=4, streams=1), 0, 0, 1, 0, 4)
    windows = PLACES[order].reshape(8, 4, 2)
    assert [sorted(window[:, 1]) for window in windows] == [
        [0, 512, 1024, 1536], [2048, 2560, 3072, 3584]] * 4
    assert any(list(window[:, 1]) != sorted(window[:, 1]) for window in windows)


def test_epochs_and_seeds_have_orders_of_their_own():
    orders = {tuple(reading_order(READING, seed, epoch, 1, 0, 4))
              for seed in (0, 1) for epoch in (0, 1)}
    assert len(orders) == 4
    assert tuple(reading_order(READING, 0, 1, 1, 0, 4)) in orders


def test_a_rest_that_fills_no_batch_comes_last():
    order = reading_order(READING, 0, 0, 1, 0, 5)
    assert sorted(order) == list(range(32))
    few = reading_order(Reading(PLACES[:3], 4, 4), 0, 0, 1, 0, 8)
    assert sorted(few) == [0, 1, 2]


@pytest.mark.parametrize('done', [0, 1, 5, 8])
def test_a_sampler_continues_within_an_epoch(done):
    whole = PageSampler(range(32), seed=7, reading=READING, batch=4)
    whole.set_epoch(2)
    rest = PageSampler(range(32), seed=7, reading=READING, batch=4)
    rest.seek(2, done * 4)
    assert [(int(page), page.seed) for page in rest] == [
        (int(page), page.seed) for page in whole][done * 4:]


def test_without_shuffling_pages_keep_their_order():
    assert list(PageSampler(range(32), shuffle=False, reading=READING)) == list(range(32))
