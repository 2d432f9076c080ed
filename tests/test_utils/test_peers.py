"""A process of a group that dies or hangs ends the others with a sentence."""
import os
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta

import pytest
import torch.distributed as dist

from mmseg.cli.entry import user_errors
from mmseg.utils.errors import InputError
from mmseg.utils.peers import leave_group, lost_peer, watch_progress

pytestmark = pytest.mark.skipif(not hasattr(os, 'fork'), reason='needs fork')


def started(log, function, *args):
    """The process id of a child that calls ``function``; what it says on stderr is in ``log``."""
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        sys.stderr = open(log, 'w', buffering=1)
        function(*args)
        code = 0
    except SystemExit as end:
        code = end.code
    finally:
        os._exit(code)


def join(rank, size, meeting, seconds=600.):
    dist.init_process_group('gloo', rank=rank, world_size=size, init_method=f'file://{meeting}',
                            timeout=timedelta(seconds=seconds))


def die_after_meeting(meeting):
    join(1, 2, meeting)
    dist.barrier()
    os._exit(9)


@user_errors()
def wait_for_the_other(meeting):
    join(0, 2, meeting)
    dist.barrier()
    dist.barrier()


def hang_after_meeting(meeting):
    join(1, 2, meeting)
    dist.barrier()
    time.sleep(600)


@user_errors()
def wait_with_a_limit(meeting):
    join(0, 2, meeting, 3.)
    dist.barrier()
    dist.barrier()  # the other does not come


def watch_the_other(meeting):
    join(0, 2, meeting)
    dist.barrier()
    watch_progress(.2)
    dist.barrier()


def hang(meeting):
    join(0, 1, meeting)
    watch_progress(.2)
    time.sleep(600)


def end_of(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_process_that_dies(tmp_path):
    first = started(tmp_path / 'log', wait_for_the_other, tmp_path / 'meeting')
    second = started(tmp_path / 'log2', die_after_meeting, tmp_path / 'meeting')
    assert (end_of(second), end_of(first)) == (9, 1)
    assert (tmp_path / 'log').read_text() == (
        'error: process 0 of 2 waited without an answer for the others, of which one has died or '
        'hangs; its own message tells more, and dist_params.timeout sets the limit in seconds\n')


@pytest.mark.parametrize('wait, sentence', [
    (wait_with_a_limit, r'error: process 0 of 2 waited without an answer for the others, of '),
    (watch_the_other, r'error: process 0 of 2 waited for \d+ seconds for the others, of ')])
def test_a_process_that_hangs(tmp_path, wait, sentence):
    second = started(tmp_path / 'log2', hang_after_meeting, tmp_path / 'meeting')
    try:
        first = started(tmp_path / 'log', wait, tmp_path / 'meeting')
        assert end_of(first) == 1
    finally:
        os.kill(second, signal.SIGKILL)
        end_of(second)
    assert re.match(sentence + 'which one has died or hangs', (tmp_path / 'log').read_text())


def test_no_progress_within_the_time(tmp_path):
    assert end_of(started(tmp_path / 'log', hang, tmp_path / 'meeting')) == 1
    assert re.match(r'error: process 0 of 1 waited for \d+ seconds for the others, of which one '
                    'has died or hangs', (tmp_path / 'log').read_text())


THREADS_AFTER_A_GROUP = """
import os
from pathlib import Path
import torch
from mmseg.utils import build_ddp
from mmseg.utils.peers import leave_group
from mmseg.utils.util_distribution import init_dist

def of_the_group():
    return [file for file in Path('/proc/self/task').glob('*/comm') if 'gloo' in file.read_text()]

assert 'torch._dynamo' not in __import__('sys').modules  # which the wrapper imports
init_dist('pytorch', device='cpu')
network = build_ddp(torch.nn.Linear(2, 2), 'cpu')
network.itself = network  # it goes with the next search for garbage only
network(torch.ones(1, 2)).sum().backward()
del network
print(len(of_the_group()) > 0)
leave_group(orderly=True)
print(len(of_the_group()))
"""


@pytest.mark.skipif(not os.path.exists('/proc/self/task'), reason='needs /proc')
def test_the_threads_of_a_group_end_with_it(repository):
    """One that still held a tensor when Python ends would abort the process."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    done = subprocess.run(
        [sys.executable, '-c', THREADS_AFTER_A_GROUP], capture_output=True, text=True,
        env={**os.environ, 'PYTHONPATH': str(repository), 'RANK': '0', 'WORLD_SIZE': '1',
             'MASTER_ADDR': '127.0.0.1', 'MASTER_PORT': str(port)})
    assert (done.returncode, done.stdout.split()) == (0, ['True', '0']), done.stderr


def test_without_a_group_no_error_is_of_another_process():
    assert lost_peer(RuntimeError('Connection reset by peer')) is None
    assert lost_peer(InputError('Connection reset')) is None
    assert leave_group(orderly=True) is None
