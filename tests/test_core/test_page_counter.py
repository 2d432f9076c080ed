"""Each page is counted once: in one process, and in two that share the pages out."""
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset, DistributedSampler

from mmseg.core import PageCounter, PageCounts, page_confusion
from mmseg.utils.errors import InputError

PAGES = 5


class Pages(Dataset):
    """Page i has i + 1 right pixels of class 0 and is of page class i % 2, always taken for 0."""

    def __len__(self):
        return PAGES

    def __getitem__(self, index):
        return index

    def pre_eval(self, results, indices):
        assert [int(r) for r in results] == [int(i) for i in indices]
        areas = np.zeros((4, 3))
        return [PageCounts(areas + [int(i) + 1, 0, 0], page_confusion(0, int(i) % 2, 2))
                for i in indices]


class Joined(Pages):
    """The same pages as a concatenation of two data sets with 2 and 3 pages."""

    datasets = (range(2), range(3))

    def get_dataset_idx_and_sample_idx(self, index):
        return (0, index) if index < 2 else (1, index - 2)


def count(loader, counter=None):
    counter = counter or PageCounter(loader)
    for indices, data in zip(loader.batch_sampler, loader, strict=True):
        counter.add(loader.dataset.pre_eval(data, indices), indices)
    return counter.sums()


def plain(sums):
    return [[part[0].tolist(), part.page_confusion.tolist(), part.pages] for part in sums]


ALL = [[[15, 0, 0], [[3, 0], [2, 0]], 5]]
PARTS = [[[3, 0, 0], [[1, 0], [1, 0]], 2], [[12, 0, 0], [[2, 0], [1, 0]], 3]]


def test_one_process():
    assert plain(count(DataLoader(Pages(), batch_size=2))) == ALL


def test_parts_of_a_concatenation_stay_apart():
    assert plain(count(DataLoader(Joined(), batch_size=2))) == PARTS


def test_a_page_that_comes_twice_counts_once():
    loader = DataLoader(Pages(), sampler=[0, 1, 2, 3, 4, 0, 0])
    assert plain(count(loader)) == ALL


class Restless:
    """A sampler that gives other pages the second time it is asked, as a shuffling one does."""

    def __init__(self):
        self.asked = 0

    def __len__(self):
        return 2

    def __iter__(self):
        self.asked += 1
        return iter([0, 1] if self.asked == 1 else [1, 2])


def test_a_loader_that_changes_its_pages_is_found_out():
    with pytest.raises(InputError, match='2 pages should have been evaluated, but 1 were'):
        count(DataLoader(Pages(), sampler=Restless()))


def rank_main(rank):
    """What each of the two processes does; the first one tells the results."""
    import torch.distributed as dist

    from mmseg.core import all_reduce_counts, check_dist_init, sync_random_seed
    from mmseg.core.evaluation.eval_hooks import _share_bn_statistics
    dist.init_process_group('gloo', rank=rank, world_size=2,
                            init_method=os.environ['MEETING'])
    told = {'init': check_dist_init(), 'seed': sync_random_seed(seed=7 + rank)}
    for name, kind in (('all', Pages), ('parts', Joined)):
        sampler = DistributedSampler(kind(), shuffle=False)
        told[f'{name} handed out'] = len(sampler)
        told[name] = plain(count(DataLoader(kind(), batch_size=2, sampler=sampler)))
    norm = torch.nn.BatchNorm1d(1)
    norm.running_mean.fill_(rank)
    norm.running_var.fill_(3 + rank)
    _share_bn_statistics(torch.nn.Sequential(norm, torch.nn.BatchNorm1d(1, affine=False,
                                                                        track_running_stats=False)))
    told['statistics'] = [norm.running_mean.item(), norm.running_var.item()]
    only_first = PageCounts([[1, 2]] * 4) if rank == 0 else None
    told['one rank alone'] = all_reduce_counts(only_first)[0].tolist()
    counts = PageCounts([[1, 2]] * 4, [[rank]], regions=[[0, 1 + rank]] * 5 + [[0, 7 * rank]],
                        lines=[5, 4 + rank, 3 * rank])
    summed = all_reduce_counts(counts)
    told['regions'] = [summed.page_confusion.tolist(), summed.regions.tolist()]
    told['lines'] = summed.lines.tolist()
    counts = None if rank else counts
    told['regions of one'] = all_reduce_counts(counts).regions.tolist()
    try:
        all_reduce_counts(PageCounts([[1] * (2 + rank)] * 4))
    except InputError as error:
        told['error'] = str(error)
    print(json.dumps(told))
    dist.destroy_process_group()


def test_two_processes_count_what_one_counts(tmp_path):
    root = Path(__file__).parents[2]
    env = {**os.environ, 'MEETING': f'file://{tmp_path}/meeting', 'OMP_NUM_THREADS': '1',
           'PYTHONPATH': os.pathsep.join([str(root), str(Path(__file__).parent)])}
    ranks = [subprocess.Popen(
        [sys.executable, '-c', f'import test_page_counter as t; t.rank_main({rank})'],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for rank in range(2)]
    for process in ranks:
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        told = json.loads(out.splitlines()[-1])
        assert told['init'] and told['seed'] == 7
        assert told['all handed out'] == 3  # six places for five pages: one comes twice
        assert told['all'] == ALL
        assert told['parts'] == PARTS
        assert told['statistics'] == [0, 3]  # the first rank's
        assert told['lines'] == [10, 9, 3]
        assert told['one rank alone'] == [1, 2]
        assert told['regions'] == [[[1]], [[0, 3]] * 5 + [[0, 7]]]
        assert told['regions of one'] == [[0, 1]] * 5 + [[0, 0]]
        assert 'different numbers of classes' in told['error']
