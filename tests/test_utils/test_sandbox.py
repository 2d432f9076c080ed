import ctypes
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mmseg.utils import sandbox
from mmseg.utils.errors import InputError
from mmseg.utils.page_images import read_image
from mmseg.utils.sandbox import EndedError, LateError, LimitError, Worker, run_limited


def test_what_a_function_returns_and_raises_comes_over():
    assert run_limited(math.hypot, 3, 4, what='a.png') == 5
    with pytest.raises(ZeroDivisionError, match='integer'):
        run_limited(divmod, 1, 0, what='a.png')
    with pytest.raises(InputError, match='none.png'):
        run_limited(read_image, '/none.png', what='/none.png')
    assert run_limited(os.getpid, what='a') == run_limited(os.getpid, what='a') != os.getpid()


def test_what_takes_too_long_is_killed_inside_c_code(monkeypatch):
    monkeypatch.setattr(sandbox, '_PATIENCE', 1000)
    with pytest.raises(LimitError, match='^a.pdf takes more than 0.3 seconds to read'):
        run_limited(pow, 7, 10**9, what='a.pdf', seconds=.3)  # one call that never looks up
    assert run_limited(math.hypot, 3, 4, what='a.png') == 5


def test_too_much_memory_is_a_sentence():
    with pytest.raises(LimitError, match='^a.tif takes more than 100 MiB of memory to read'):
        run_limited(bytearray, 1 << 27, what='a.tif', memory=100 << 20)
    assert len(run_limited(bytearray, 1 << 20, what='a.tif', memory=100 << 20)) == 1 << 20


def test_a_crash_is_a_sentence():
    with pytest.raises(LimitError, match=r'^a.pdf crashes what reads it \(SIGSEGV\)'):
        run_limited(ctypes.string_at, 1, what='a.pdf')
    with pytest.raises(LimitError, match='^a.pdf ended the process'):
        run_limited(os._exit, 0, what='a.pdf')


def test_threads_have_a_process_each(tmp_path):
    pipes = [tmp_path / str(number) for number in range(8)]
    for pipe in pipes:
        os.mkfifo(pipe)
    threads = [threading.Thread(target=run_limited, args=(Path.read_text, pipe),
                                kwargs=dict(what='a', seconds=600)) for pipe in pipes]
    for thread in threads:
        thread.start()
    # each opens as soon as a process reads it, and that goes on until it is closed
    writers = [open(pipe, 'w') for pipe in pipes]
    for writer in writers:
        writer.close()
    for thread in threads:
        thread.join()


def test_killing_a_worker_ends_its_call():
    worker = Worker()
    threading.Timer(.2, worker.kill).start()
    with pytest.raises(LimitError):
        worker.call(time.sleep, 60, what='a')
    assert not worker.alive


def test_a_forked_process_has_children_of_its_own():
    mine = run_limited(os.getppid, what='a')
    pid = os.fork()
    if pid == 0:
        os._exit(int(run_limited(os.getppid, what='a') == mine))
    assert os.waitpid(pid, 0)[1] == 0


@pytest.mark.slow
def test_children_end_with_their_parent():
    script = ('import sys, time, json, threading, os\n'
              'from mmseg.utils.sandbox import run_limited, _forker\n'
              'pids = [run_limited(os.getpid, what="a"), run_limited(os.getppid, what="a")]\n'
              'threading.Thread(target=run_limited, args=(pow, 7, 10**9), '
              'kwargs={"what": "a"}, daemon=True).start()\n'
              'time.sleep(.3)\nprint(json.dumps(pids), flush=True)\nos._exit(0)\n')
    out = subprocess.run([sys.executable, '-c', script], capture_output=True, text=True, check=True,
                         env={**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)})
    until = time.monotonic() + 5
    for pid in json.loads(out.stdout.splitlines()[-1]):
        while time.monotonic() < until and os.path.exists(f'/proc/{pid}'):
            time.sleep(.05)
        assert not os.path.exists(f'/proc/{pid}')


def test_a_child_that_reads_pages_is_small():
    """It has loaded neither torch nor mmcv."""
    sandbox._forker.close()  # it keeps what other tests had it import
    worker = Worker('mmseg.utils.page_images')
    with pytest.raises(InputError):
        worker.call(read_image, '/none.png', what='a')
    with open(f'/proc/{worker.pid}/maps') as maps:
        assert 'libtorch' not in maps.read()
    worker.kill()


def test_the_helper_process_imports_what_it_is_prepared_for():
    sandbox._forker.close()
    assert not run_limited(is_loaded, 'wave', what='a')
    sandbox._forker.close()
    sandbox._idle.clear()
    sandbox.prepare('wave')
    assert run_limited(is_loaded, 'wave', what='a')


def test_without_fork_functions_are_called_here(monkeypatch):
    monkeypatch.setattr(sandbox, 'HAS_FORK', False)
    assert run_limited(os.getpid, what='a') == os.getpid()


@pytest.mark.parametrize('number, peak, expected', [
    (signal.SIGKILL, 0, 'takes more than 100 MiB of memory'),
    (signal.SIGABRT, 71 << 20, 'takes more than 100 MiB of memory'),
    (signal.SIGABRT, 20 << 20, 'crashes what reads it (SIGABRT)'),
    (signal.SIGSEGV, 71 << 20, 'crashes what reads it (SIGSEGV)'),
    (0, 99 << 20, 'ended the process that read it')])
def test_a_library_that_aborts_near_the_limit_lacks_memory(number, peak, expected):
    assert expected in sandbox.how_it_ended('a.pdf', number, peak, 100 << 20)


def is_loaded(module):
    return module in sys.modules


def end(pid):
    """Kill a process and wait until it has ended."""
    os.kill(pid, signal.SIGKILL)
    while Path(f'/proc/{pid}/stat').exists() and ' Z ' not in Path(f'/proc/{pid}/stat').read_text():
        time.sleep(.01)


@pytest.mark.skipif(not os.path.exists('/proc'), reason='needs /proc')
def test_a_process_that_ended_between_calls_is_replaced():
    first = run_limited(os.getpid, what='a.png')
    end(first)
    assert run_limited(os.getpid, what='b.png') != first
    worker = Worker()
    end(worker.call(os.getpid, what='a.png'))
    with pytest.raises(EndedError, match='^b.png was not read: the process that reads files'):
        worker.call(os.getpid, what='b.png')
    assert not worker.ready and not worker.alive


def test_a_process_that_does_not_get_the_processor_has_more_time(monkeypatch):
    monkeypatch.setattr(sandbox, '_PATIENCE', 1000)
    # asleep it takes nothing of a processor
    assert run_limited(time.sleep, .4, what='a.png', seconds=.2) is None
    monkeypatch.setattr(sandbox, '_PATIENCE', 2)
    with pytest.raises(LateError, match='^a.png takes more than 0.1 seconds to read, or the mach'):
        run_limited(time.sleep, 600, what='a.png', seconds=.1)


def test_processes_are_forked_while_one_takes_long_to_end():
    worker = Worker()
    assert sandbox._forker._end_of(worker.pid) is None  # at once: others need the lock
    assert Worker().call(math.hypot, 3, 4, what='a.png') == 5
    worker.kill()
    assert sandbox._forker.ended(worker.pid)[0] == signal.SIGKILL
    assert sandbox._forker.ended(worker.pid) == (0, 0)  # told once


@pytest.mark.skipif(sys.platform != 'linux', reason='elsewhere the clock is taken')
def test_seconds_of_a_processor_are_those_of_a_process():
    worker = Worker()
    assert worker.call(sum, range(3_000_000), what='a.png') == 4_499_998_500_000
    assert 0 < sandbox.process_seconds(worker.pid) <= time.monotonic()
    worker.kill()
    ended = subprocess.Popen([sys.executable, '-c', ''])
    ended.wait()
    assert sandbox.process_seconds(ended.pid) == 0  # not the clock: it has taken none
