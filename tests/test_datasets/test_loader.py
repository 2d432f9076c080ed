"""Processes that load pages."""
import os
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from mmcv.parallel import DataContainer

from mmseg.datasets import build_dataloader
from mmseg.datasets.loader import collate_pages

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


class Draws(torch.utils.data.Dataset):
    """Pages of a random number."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return int(index), np.random.randint(10**9)


def test_epochs_draw_for_themselves_and_workers_do_not_matter():
    def epochs(workers):
        loader = build_dataloader(Draws(), 1, workers, dist=False, seed=3, persistent_workers=False)
        return [{int(page): int(drawn) for page, drawn in loader} for _ in range(2)]

    found = epochs(2)
    assert [sorted(epoch) for epoch in found] == [[0, 1, 2, 3]] * 2
    assert len({drawn for epoch in found for drawn in epoch.values()}) == 8
    assert epochs(0) == found


def test_batches_can_be_page_locked(monkeypatch):
    """mmcv's containers cannot, and their tensors were copied for each GPU while it waited."""
    monkeypatch.setattr(torch.Tensor, 'pin_memory', lambda tensor, *device: tensor + 10)
    pages = [dict(img=DataContainer(torch.full((1, 2, 2), number), stack=True),
                  img_metas=DataContainer({'number': number}, cpu_only=True)) for number in (1, 2)]
    batch = torch.utils.data._utils.pin_memory.pin_memory(collate_pages(pages, 2))
    assert batch['img'].data[0].unique().tolist() == [11, 12] and batch['img'].stack
    assert batch['img_metas'].data == [[{'number': 1}, {'number': 2}]]


def pages_of(*sizes):
    return [dict(gt_semantic_seg=DataContainer(torch.full((1, *size), number), stack=True,
                                               padding_value=255))
            for number, size in enumerate(sizes)]


def test_pages_of_one_size_are_stacked_without_a_copy_of_each(monkeypatch):
    monkeypatch.setattr(torch.nn.functional, 'pad', None)
    batch = collate_pages(pages_of((1, 2), (1, 2)), 2)['gt_semantic_seg']
    assert [part.tolist() for part in batch.data] == [[[[[0, 0]]], [[[1, 1]]]]]
    assert batch.stack and batch.padding_value == 255 and batch.pad_dims == 2


def test_pages_of_different_sizes_are_filled_up():
    batch = collate_pages(pages_of((1, 2), (2, 1)), 2)['gt_semantic_seg']
    assert batch.data[0].tolist() == [[[[0, 0], [255, 255]]], [[[1, 255], [1, 255]]]]
