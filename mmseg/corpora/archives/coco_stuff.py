"""COCO-Stuff: 171 classes from the numbers of COCO, in which some are missing."""
from __future__ import annotations

import os
from functools import partial

import numpy as np

from mmseg.corpora.jobs import Job, Tally, run_jobs
from mmseg.datasets.files import examples
from mmseg.utils.errors import InputError
from mmseg.utils.matlab import demand_scipy, read_mat

from .members import Member, demand, list_members, note_count, pick

VOID = 255
# numbers of COCO, from 1 on, that no picture has: things that were never labelled
UNUSED = (12, 26, 29, 30, 45, 66, 68, 69, 71, 83, 91)
_LAST = 182


def class_table(first: int) -> np.ndarray:
    """The label of each number in the files, (256,) uint8.

    Args:
        first: Number of the first class in the files: 1 in the 10k version, where 0 is unlabeled
            and stays 0, and 0 in the 164k version. Numbers of no class are unlabeled, 0 or 255.
    """
    table = np.full(256, 0 if first else VOID, dtype=np.uint8)
    used = [number for number in range(1, _LAST + 1) if number not in UNUSED]
    table[np.array(used) - 1 + first] = np.arange(len(used)) + first
    return table


def convert_coco_stuff10k(source: str, out_dir: str | None = None, nproc: int = 1) -> Tally:
    """Pictures and label maps under train2014 and test2014, as the lists of the 10k version say.

    Args:
        source: Folder with ``images``, ``annotations`` and ``imageLists``, or the archive.
        out_dir: Where the data set goes; ``source`` where None.
        nproc: Number of processes.

    Raises:
        InputError: A file is not there, or SciPy, which reads them.
    """
    demand_scipy('COCO-Stuff 10k')
    out_dir = _out_dir(source, out_dir)
    members = list_members(source, 'the folder or archive of COCO-Stuff 10k')
    lists = pick(members, r'imageLists/(train|test)\.txt')
    photos = pick(members, r'images/([^/]+)\.jpg')
    labels = pick(members, r'annotations/([^/]+)\.mat')
    jobs: list[Job] = []
    for part in ('train', 'test'):
        demand([part] if part in lists else [], source, f'imageLists/{part}.txt')
        names = lists[part].read().decode().split()
        lost = [name for name in names if name not in photos or name not in labels]
        if lost:
            raise InputError(f'{source} lacks images/*.jpg or annotations/*.mat of {len(lost)} '
                             f'names (of {len(names)}) in imageLists/{part}.txt: '
                             f'{examples(lost)}')
        for name in names:
            jobs += [Job(os.path.join(out_dir, 'images', f'{part}2014', f'{name}.jpg'),
                         photos[name].read),
                     Job(os.path.join(out_dir, 'annotations', f'{part}2014',
                                      f'{name}_labelTrainIds.png'), partial(_mat, labels[name]))]
    note_count(source, len(jobs) // 2, 10000, 'pictures')
    return run_jobs(jobs, nproc)


def convert_coco_stuff164k(source: str, out_dir: str | None = None, nproc: int = 1) -> Tally:
    """``*_labelTrainIds.png`` of the 164k version, and its pictures where they go elsewhere.

    Args:
        source: Folder with ``images`` and ``annotations``, in both ``train2017`` and ``val2017``.
        out_dir: Where the data set goes; ``source`` where None.
        nproc: Number of processes.

    Raises:
        InputError: A folder is not there.
    """
    out_dir = _out_dir(source, out_dir)
    members = list_members(source, 'the folder of COCO-Stuff 164k')
    jobs: list[Job] = []
    label_maps = 0
    for part in ('train2017', 'val2017'):
        labels = {name: member for name, member
                  in pick(members, rf'annotations/{part}/([^/]+)\.png').items()
                  if not name.endswith('_labelTrainIds')}
        demand(labels, source, f'annotations/{part}/*.png, as stuffthingmaps_trainval2017.zip has '
               'them')
        label_maps += len(labels)
        jobs += [Job(os.path.join(out_dir, 'annotations', part, f'{name}_labelTrainIds.png'),
                     partial(_png, member)) for name, member in labels.items()]
        if os.path.abspath(out_dir) != os.path.abspath(source):
            jobs += [Job(os.path.join(out_dir, 'images', part, f'{name}.jpg'), member.read)
                     for name, member in pick(members, rf'images/{part}/([^/]+)\.jpg').items()]
    note_count(source, label_maps, 123287, 'label maps')
    return run_jobs(jobs, nproc)


def _out_dir(source: str, out_dir: str | None) -> str:
    if out_dir is None and os.path.isfile(source):
        raise InputError(f'{source} is an archive: say with -o where the data set should go')
    return out_dir or source


def _mat(member: Member) -> np.ndarray:
    return class_table(1)[read_mat(member.read(), 'S', str(member)).astype(np.uint8)]


def _png(member: Member) -> np.ndarray:
    return class_table(0)[member.indices()]
