"""How many threads a command chooses."""
import os
import sys

import pytest
import torch

from mmseg.cli import threads, train


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Four logical CPUs on two cores, and no quota."""
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(threads, 'CPUS', tmp_path)
    monkeypatch.setattr(threads, 'QUOTA', tmp_path / 'cpu.max')
    monkeypatch.setattr(threads, 'other_work', lambda: 0.)
    for number in range(4):
        (tmp_path / f'cpu{number}' / 'topology').mkdir(parents=True)
        (tmp_path / f'cpu{number}' / 'topology' / 'thread_siblings_list').write_text(
            '0,2\n' if number % 2 == 0 else '1,3\n')
    for name in ('OMP_NUM_THREADS', 'OMP_WAIT_POLICY', 'LOCAL_WORLD_SIZE'):
        monkeypatch.setenv(name, '')  # so that monkeypatch removes what is set below
        monkeypatch.delenv(name)
    monkeypatch.delitem(sys.modules, 'torch', raising=False)
    threads.choose_threads.cache_clear()
    yield tmp_path
    threads.choose_threads.cache_clear()


def test_hardware_threads_of_a_core_count_once(machine):
    assert threads.physical_cores() == 2


def test_a_systems_silence_about_cores(machine, monkeypatch):
    monkeypatch.setattr(threads, 'CPUS', machine / 'none')
    assert threads.physical_cores() == 4
    monkeypatch.delattr(os, 'sched_getaffinity')
    monkeypatch.setattr(os, 'cpu_count', lambda: 6)
    assert threads.physical_cores() == 6


@pytest.mark.parametrize('text, cores', [('150000 100000\n', 1), ('max 100000\n', 2),
                                         ('900000 100000\n', 2), ('50000 100000\n', 1)])
def test_the_quota_of_a_container(machine, text, cores):
    threads.QUOTA.write_text(text)
    assert threads.physical_cores() == cores


def test_processes_fit_into_the_available_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(threads, 'MEMINFO', tmp_path / 'meminfo')
    (tmp_path / 'meminfo').write_text('MemFree: 10 kB\nMemAvailable:    5242880 kB\n')
    assert threads.memory_for(2 << 30) == 2
    assert threads.memory_for(8 << 30) == 1
    (tmp_path / 'meminfo').unlink()
    assert threads.memory_for(8 << 30) > 1000  # not known


def test_cores_are_divided_among_processes(machine, monkeypatch):
    assert threads.choose_threads() == 2
    assert (os.environ['OMP_NUM_THREADS'], os.environ['OMP_WAIT_POLICY']) == ('2', 'PASSIVE')
    assert threads.choose_threads() == 2  # what was chosen, not what is set meanwhile
    del os.environ['OMP_NUM_THREADS']
    threads.choose_threads.cache_clear()
    monkeypatch.setenv('LOCAL_WORLD_SIZE', '4')
    monkeypatch.setattr(threads, 'other_work', lambda: 1.)  # the other processes themselves
    monkeypatch.setattr(threads, 'physical_cores', lambda: 8)
    assert threads.choose_threads() == 2
    assert os.environ['OMP_NUM_THREADS'] == '2'


@pytest.mark.parametrize('busy, number', [(0., 8), (0.19, 8), (0.25, 6), (0.5, 4), (0.7, 2),
                                          (0.99, 1)])
def test_cores_are_left_to_other_work(machine, monkeypatch, busy, number):
    monkeypatch.setattr(threads, 'physical_cores', lambda: 8)
    monkeypatch.setattr(threads, 'other_work', lambda: busy)
    assert threads.choose_threads() == number
    assert os.environ['OMP_NUM_THREADS'] == str(number)


def test_what_the_user_set_stays(machine, monkeypatch):
    monkeypatch.setenv('OMP_NUM_THREADS', '7')
    assert threads.choose_threads() is None
    assert os.environ['OMP_NUM_THREADS'] == '7'


def test_nothing_is_set_once_torch_is_loaded(machine, monkeypatch):
    monkeypatch.setitem(sys.modules, 'torch', object())
    assert threads.choose_threads() is None
    assert 'OMP_NUM_THREADS' not in os.environ


# user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice
@pytest.mark.parametrize('before, after, share', [
    ('100 0 100 800 0 0 0 0 0 0', '115 0 105 820 0 0 0 0 0 0', 0.5),
    ('100 0 100 800 0 0 0 0 0 0', '100 0 100 830 10 0 0 0 0 0', 0.),
    ('100 0 100 800 0 0 0 0 0 0', '110 10 110 800 0 0 0 10 0 0', 1.),
    ('100 0 100 800 0 0 0 0 0 0', '100 0 100 800 0 0 0 0 0 0', 0.),
    ('', '1 2', 0.),
])
def test_the_share_of_other_work(tmp_path, monkeypatch, before, after, share):
    stat = tmp_path / 'stat'
    stat.write_text(f'cpu  {before}\ncpu0 {before}\n')
    monkeypatch.setattr(threads, 'TIMES', stat)
    monkeypatch.setattr(threads.time, 'sleep',
                        lambda seconds: stat.write_text(f'cpu  {after}\ncpu0 {after}\n'))
    assert threads.other_work() == share


def test_a_system_without_such_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(threads, 'TIMES', tmp_path / 'none')
    monkeypatch.setattr(threads.time, 'sleep', lambda seconds: None)
    assert threads.other_work() == 0.


@pytest.mark.parametrize('meta, number', [({'threads': 3}, 3), ({}, 5), ({'threads': 0}, 5),
                                          ({'threads': 'many'}, 5)])
def test_a_resumed_training_has_the_threads_of_the_run(tmp_path, monkeypatch, meta, number):
    path = str(tmp_path / 'iter_2.pth')
    torch.save({'meta': {'iter': 2, **meta}, 'state_dict': {}}, path)
    used = []
    monkeypatch.setattr(torch, 'get_num_threads', lambda: 5)
    monkeypatch.setattr(torch, 'set_num_threads', used.append)
    monkeypatch.setattr(train, 'choose_threads', lambda: 5)
    train.take_threads(path)
    train.take_threads(None)
    assert used == [number]
    monkeypatch.setattr(train, 'choose_threads', lambda: None)  # the user has set a number
    train.take_threads(path)
    assert used == [number]
