"""A map over items some of which end the process."""
import ctypes
import os
import signal
import time
from pathlib import Path

import pytest

from mmseg.utils.errors import InputError
from mmseg.utils.limited_pool import map_limited
from mmseg.utils.sandbox import LimitError


def work(item):
    if item == 'crash':
        ctypes.string_at(1)
    elif item == 'hang':
        pow(7, 10**9)  # one call into C code
    elif item == 'memory':
        bytearray(1 << 30)
    elif item == 'exit':
        os._exit(3)
    elif item == 'mistake':
        raise InputError('no')
    return item * 2


def results(items, nproc, seconds=60.):
    return list(map_limited(work, items, nproc, what=lambda item: f'file {item}', seconds=seconds,
                            memory=100 << 20))


@pytest.mark.parametrize('nproc', [1, 3])
def test_results_come_in_order_and_a_crash_is_one_of_them(nproc):
    found = results([1, 'crash', 2, 'memory', 'exit', *range(3, 40)], nproc)
    sentences = [str(one) for one in found if isinstance(one, LimitError)]
    assert sentences == [
        'file crash crashes what reads it (SIGSEGV); it may be damaged',
        'file memory takes more than 100 MiB of memory to read; it may be made to do so',
        'file exit ended the process that read it']
    assert [one for one in found if not isinstance(one, LimitError)] == [
        2, 4, *range(6, 80, 2)]


def test_what_hangs_inside_c_code_is_given_up():
    first, second = results(['hang', 4], 1, seconds=.5)
    assert isinstance(first, LimitError) and 'more than 0.5 seconds' in str(first)
    assert second == 8


def test_what_the_function_raises_comes_in_its_turn():
    found = map_limited(work, [1, 'mistake', 2], 2, what=str)
    assert next(found) == 2
    with pytest.raises(InputError, match='^no$'):
        next(found)


def test_a_function_of_any_kind_and_no_process_is_left():
    known = {'a': 1}
    items = iter('aaa')
    assert list(map_limited(lambda item: (known[item], os.getpid()), items, 1, what=str))[0][0] == 1
    pids = {pid for _, pid in map_limited(lambda item: (item, os.getpid()), range(6), 2, what=str)}
    assert os.getpid() not in pids and 1 <= len(pids) <= 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_items_are_taken_only_as_far_ahead_as_there_is_work():
    taken = []

    def items():
        for item in range(1000):
            taken.append(item)
            yield item

    found = map_limited(work, items(), 2, what=str)
    assert next(found) == 0
    time.sleep(.1)
    assert len(taken) < 20
    found.close()


@pytest.mark.skipif(not os.path.exists('/proc'), reason='needs /proc')
def test_a_process_that_ended_between_items_is_replaced(tmp_path):
    def items():
        yield 'first'
        pid = int((tmp_path / 'first').read_text())  # its result has come
        os.kill(pid, signal.SIGKILL)
        while ' Z ' not in Path(f'/proc/{pid}/stat').read_text():
            time.sleep(.01)
        yield 'second'

    def note(item):
        return (tmp_path / item).write_text(str(os.getpid()))

    found = list(map_limited(note, items(), 1, what=str))
    assert [type(one) for one in found] == [int, int]
    assert (tmp_path / 'first').read_text() != (tmp_path / 'second').read_text()
