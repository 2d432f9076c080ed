"""Many files to make: none twice, none half, the same with several processes."""
import ctypes
import os
from functools import partial

import cv2
import numpy as np
import pytest

from mmseg.corpora.jobs import Job, Tally, run_jobs, write_file, write_lines
from mmseg.utils.errors import InputError


def filled(value):
    return np.full((2, 3), value, dtype=np.uint8)


def broken():
    raise InputError('no')


@pytest.mark.parametrize('nproc', [1, 2])
def test_files_are_made_once(tmp_path, nproc):
    jobs = [Job(str(tmp_path / 'x' / f'{n}.png'), partial(filled, n)) for n in range(5)]
    assert run_jobs(jobs, nproc) == Tally(5, 0)
    assert [cv2.imread(job.target, cv2.IMREAD_UNCHANGED).tolist() for job in jobs] == [
        [[n] * 3] * 2 for n in range(5)]
    os.remove(jobs[3].target)
    (tmp_path / 'x' / '1.png').write_bytes(b'mine')
    assert run_jobs(jobs, nproc) == Tally(1, 4)
    assert (tmp_path / 'x' / '1.png').read_bytes() == b'mine'
    assert str(Tally(1, 4)) == '1 file written, 4 were there already'


@pytest.mark.parametrize('nproc', [1, 2])
def test_what_goes_wrong_is_said_once(tmp_path, nproc):
    with pytest.raises(InputError, match='^no$'):
        run_jobs([Job(str(tmp_path / 'a'), broken)], nproc)
    with pytest.raises(InputError, match=r'^no \(2 of 2 failed, this one first\)$'):
        run_jobs([Job(str(tmp_path / 'a'), broken)] * 2, nproc)
    assert os.listdir(tmp_path) == []


def of_nothing():
    return [][0]


@pytest.mark.parametrize('nproc', [1, 2])
@pytest.mark.parametrize('wrong, words', [
    (broken, '^no$'), (of_nothing, 'b.png cannot be made, since what it is made of is damaged'),
    (partial(np.zeros, (1, 1_000_001), np.uint8), '1000001 x 1 pixels cannot become a PNG')])
def test_one_damaged_file_does_not_keep_others_from_being_made(tmp_path, nproc, wrong, words):
    jobs = [Job(str(tmp_path / f'{name}.png'), make) for name, make in zip(
        'abc', (partial(filled, 1), wrong, partial(filled, 2)))]
    with pytest.raises(InputError, match=words):
        run_jobs(jobs, nproc)
    assert sorted(os.listdir(tmp_path)) == ['a.png', 'c.png']


def crash():
    return ctypes.string_at(1)


@pytest.mark.parametrize('nproc', [1, 2])
def test_a_crash_inside_a_library_is_said(tmp_path, nproc):
    jobs = [Job(str(tmp_path / 'b.png'), crash), Job(str(tmp_path / 'a.png'), partial(filled, 1))]
    with pytest.raises(InputError, match=r'b.png crashes what reads it \(SIGSEGV\)'):
        run_jobs(jobs, nproc)
    assert os.listdir(tmp_path) == ['a.png']


def test_processes():
    with pytest.raises(InputError, match='--nproc must be at least 1, got 0'):
        run_jobs([], 0)


def test_no_half_files(tmp_path, monkeypatch):
    def fail(*paths):
        raise OSError('disk full')

    monkeypatch.setattr(os, 'replace', fail)
    with pytest.raises(OSError, match='disk full'):
        write_file(str(tmp_path / 'a'), b'content')
    assert os.listdir(tmp_path) == []


def test_lists(tmp_path):
    write_lines(str(tmp_path / 'lists' / 'a.txt'), ['x', 'y'])
    assert (tmp_path / 'lists' / 'a.txt').read_text() == 'x\ny\n'
