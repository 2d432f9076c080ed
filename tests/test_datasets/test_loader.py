"""Processes that load pages."""
import os
import subprocess
import sys
import time

import pytest

# Two workers that are blocked, since nobody takes their pages of 8 MB, and a main process that is
# killed.
SCRIPT = """
import functools, os, signal, time
import torch
from mmseg.datasets.builder import worker_init_fn

class Pages(torch.utils.data.Dataset):
    def __len__(self):
        return 100
    def __getitem__(self, index):
        return os.getpid(), bytes(8_000_000)

loader = torch.utils.data.DataLoader(
    Pages(), num_workers=2, batch_size=None, multiprocessing_context='fork',
    worker_init_fn=functools.partial(worker_init_fn, num_workers=2, rank=0, seed=0))
pages = iter(loader)
print(*{next(pages)[0] for _ in range(4)}, flush=True)
time.sleep(1)
os.kill(os.getpid(), signal.SIGKILL)
"""


def is_running(process):
    try:
        with open(f'/proc/{process}/stat') as file:
            return file.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not os.path.exists('/proc/self/stat'), reason='needs Linux')
def test_workers_end_with_a_main_process_that_is_killed():
    # the workers keep the pipe open, so that its end is not waited for
    with subprocess.Popen([sys.executable, '-c', SCRIPT], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as main:
        workers = [int(number) for number in main.stdout.readline().split()]
        assert len(workers) == 2
    end = time.monotonic() + 60
    while any(is_running(worker) for worker in workers) and time.monotonic() < end:
        time.sleep(.2)
    assert not any(is_running(worker) for worker in workers)
