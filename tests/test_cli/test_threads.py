"""How many threads a command chooses."""
import os
import sys

import pytest

from mmseg.cli import threads


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Four logical CPUs on two cores, and no quota."""
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(threads, 'CPUS', tmp_path)
    monkeypatch.setattr(threads, 'QUOTA', tmp_path / 'cpu.max')
    for number in range(4):
        (tmp_path / f'cpu{number}' / 'topology').mkdir(parents=True)
        (tmp_path / f'cpu{number}' / 'topology' / 'thread_siblings_list').write_text(
            '0,2\n' if number % 2 == 0 else '1,3\n')
    for name in ('OMP_NUM_THREADS', 'OMP_WAIT_POLICY', 'LOCAL_WORLD_SIZE'):
        monkeypatch.setenv(name, '')  # so that monkeypatch removes what is set below
        monkeypatch.delenv(name)
    monkeypatch.delitem(sys.modules, 'torch', raising=False)
    return tmp_path


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
    threads.choose_threads()
    assert (os.environ['OMP_NUM_THREADS'], os.environ['OMP_WAIT_POLICY']) == ('2', 'PASSIVE')
    del os.environ['OMP_NUM_THREADS']
    monkeypatch.setenv('LOCAL_WORLD_SIZE', '4')
    threads.choose_threads()
    assert os.environ['OMP_NUM_THREADS'] == '1'


def test_what_the_user_set_stays(machine, monkeypatch):
    monkeypatch.setenv('OMP_NUM_THREADS', '7')
    threads.choose_threads()
    assert os.environ['OMP_NUM_THREADS'] == '7'


def test_nothing_is_set_once_torch_is_loaded(machine, monkeypatch):
    monkeypatch.setitem(sys.modules, 'torch', object())
    threads.choose_threads()
    assert 'OMP_NUM_THREADS' not in os.environ
