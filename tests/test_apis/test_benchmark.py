"""Speeds are those of the network, over the pages that were asked for."""
import itertools

import pytest

from mmseg.apis import benchmark
from mmseg.apis.benchmark import measure_speed
from mmseg.utils.errors import InputError


def test_pages_of_a_data_set(config):
    lines = []
    speed = measure_speed(config, log_interval=2, log=lines.append)
    assert speed.pages == 3  # those of the test split
    assert speed.seconds > 0 and speed.pages_per_second == pytest.approx(3 / speed.seconds)
    assert len(lines) == 1 and lines[0].startswith('2 pages: ')


def test_a_page_of_noise_needs_no_data(config):
    config.pop('data')
    assert measure_speed(config, size=(40, 64), max_pages=2).pages == 2


def test_time_is_that_of_the_network(config, monkeypatch):
    # The clock is read before and after each page: pages take 1 s, what lies between them 10 s.
    ticks = itertools.accumulate(itertools.cycle([10., 1.]))
    monkeypatch.setattr(benchmark, '_now', lambda: next(ticks))
    assert measure_speed(config) == (3, 3., 1.)
    assert measure_speed(config, size=(32, 32), max_seconds=5.) == (5, 5., 1.)


def test_the_whole_config_stays_and_pages_come_one_by_one(config, monkeypatch):
    config.data.test_dataloader = dict(samples_per_gpu=3)
    assert measure_speed(config).pages == 3
    assert config.data.test_dataloader == dict(samples_per_gpu=3)


def test_a_checkpoint_that_is_not_there(config):
    with pytest.raises(InputError, match='nowhere.pth not found'):
        measure_speed(config, 'nowhere.pth', size=(32, 32))
