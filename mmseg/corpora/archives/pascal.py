"""Pascal VOC with the labels of SBD, and Pascal Context."""
from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from mmseg.corpora.jobs import Job, Tally, run_jobs, write_lines
from mmseg.utils.errors import InputError
from mmseg.utils.matlab import demand_scipy, read_mat
from mmseg.utils.run_lengths import decode_rle
from mmseg.utils.safe_files import FAULTS

from .members import Member, check_page_size, demand, list_members, note_count, pick

# numbers in the files of the 60 classes of Pascal Context, background first
CONTEXT_IDS = (
    0, 2, 9, 18, 19, 22, 23, 25, 31, 33, 34, 44, 45, 46, 59, 65, 68, 72, 80, 85, 98, 104, 105, 113,
    115, 144, 158, 159, 162, 187, 189, 207, 220, 232, 258, 259, 260, 284, 295, 296, 308, 324, 326,
    347, 349, 354, 355, 360, 366, 368, 397, 415, 416, 420, 424, 427, 440, 445, 454, 458)


def convert_voc_aug(devkit: str, aug: str, out_dir: str | None = None, nproc: int = 1) -> Tally:
    """Label maps of SBD as PNG, and the lists trainaug.txt and aug.txt in the folder of VOC's own.

    ``aug.txt`` names what SBD adds to VOC's training, ``trainaug.txt`` both together; what VOC
    has in its validation is in neither.

    Args:
        devkit: Folder with VOC2012.
        aug: Folder with ``dataset/cls``, ``dataset/train.txt`` and ``dataset/val.txt``, or the
            archive benchmark.tgz.
        out_dir: Where the label maps go; ``VOC2012/SegmentationClassAug`` where None.
        nproc: Number of processes.

    Raises:
        InputError: A file is not there, or SciPy, which reads them.
    """
    demand_scipy('SBD')
    voc = os.path.join(devkit, 'VOC2012')
    lists = os.path.join(voc, 'ImageSets', 'Segmentation')
    train = _names(os.path.join(lists, 'train.txt'), 'the lists of VOC 2012')
    val = _names(os.path.join(lists, 'val.txt'), 'the lists of VOC 2012')
    members = list_members(aug, 'the folder benchmark_RELEASE or its archive')
    labels = pick(members, r'dataset/cls/([^/]+)\.mat')
    demand(labels, aug, 'dataset/cls/*.mat, as benchmark_RELEASE has them')
    added: set[str] = set()
    for member in pick(members, r'dataset/(train|val)\.txt').values():
        added.update(member.read().decode().split())
    demand(sorted(added), aug, 'dataset/train.txt or dataset/val.txt')
    out_dir = out_dir or os.path.join(voc, 'SegmentationClassAug')
    tally = run_jobs([Job(os.path.join(out_dir, f'{name}.png'), partial(_classes, member))
                      for name, member in labels.items()], nproc)
    added -= set(val)
    both = sorted(added | (set(train) - set(val)))
    note_count(aug, len(both), 10582, "names for training, with VOC's own")
    write_lines(os.path.join(lists, 'trainaug.txt'), both)
    write_lines(os.path.join(lists, 'aug.txt'), sorted(added - set(train)))
    return tally


def _classes(member: Member) -> np.ndarray:
    classes = read_mat(member.read(), 'GTcls', str(member))
    return classes[0]['Segmentation'][0].astype(np.uint8)


def _names(file: str, expected: str) -> list[str]:
    try:
        with open(file, encoding='utf-8') as stream:
            return stream.read().split()
    except OSError as error:
        raise InputError(f'{file} cannot be read ({error.strerror}): expected {expected} '
                         'there') from error


def convert_pascal_context(devkit: str, json_file: str, out_dir: str | None = None,
                           nproc: int = 1) -> Tally:
    """Label maps of 60 classes as PNG, and the lists train.txt and val.txt.

    Args:
        devkit: Folder with VOC2010, which gets ``ImageSets/SegmentationContext``.
        json_file: trainval_merged.json.
        out_dir: Where the label maps go; ``VOC2010/SegmentationClassContext`` where None.
        nproc: Number of processes.

    Raises:
        InputError: A file is not there or is another.
    """
    voc = os.path.join(devkit, 'VOC2010')
    if not os.path.isdir(voc):
        raise InputError(f'{voc} is not a folder: expected VOC2010 in {devkit}')
    pages, regions = _read_context(json_file)
    out_dir = out_dir or os.path.join(voc, 'SegmentationClassContext')
    names = {page['image_id']: os.path.splitext(page['file_name'])[0] for page in pages}
    tally = run_jobs([Job(os.path.join(out_dir, f"{names[page['image_id']]}.png"),
                          partial(paint_regions, page['size'], regions[page['image_id']]))
                      for page in pages], nproc)
    for part in ('train', 'val'):
        write_lines(os.path.join(voc, 'ImageSets', 'SegmentationContext', f'{part}.txt'),
                    sorted(names[page['image_id']] for page in pages if page['phase'] == part))
    return tally


def _read_context(file: str) -> tuple[list[dict[str, Any]], Mapping[Any, list[tuple[int, Any]]]]:
    """Pictures for training and validation, and for each its regions: number and run lengths."""
    try:
        with open(file, encoding='utf-8') as stream:
            content = json.load(stream)
        pages = [page for page in content['images'] if page['phase'] in ('train', 'val')]
        for page in pages:
            name = page['file_name']
            if os.path.basename(name) != name or not isinstance(page['image_id'], int | str):
                raise ValueError(f"the file {name!r} of {page['image_id']!r}")
            page['size'] = int(page['height']), int(page['width'])
        regions: defaultdict[Any, list[tuple[int, Any]]] = defaultdict(list)
        for region in content['annos_segmentation']:
            regions[region['image_id']].append((region['category_id'], region['segmentation']))
    except OSError as error:
        raise InputError(f'{file} cannot be read ({error.strerror}): expected '
                         'trainval_merged.json') from error
    except FAULTS as error:
        raise InputError(f'{file} is not the trainval_merged.json of Pascal Context: '
                         f'{error!r}') from error
    return pages, regions


def paint_regions(size: tuple[int, int], regions: Sequence[tuple[int, Any]]) -> np.ndarray:
    """The label map ``(H, W)`` of regions, each over those before it; 0 where there is none.

    Args:
        size: Height and width.
        regions: Number in the files and run lengths, as pycocotools has them, of each.

    Raises:
        InputError: A number that is none of the 60 classes, or run lengths that are not a mask of
            this size.
    """
    check_page_size(size, 'a page of Pascal Context')
    label = np.zeros(size, dtype=np.uint8)
    for number, lengths in regions:
        if number not in CONTEXT_IDS:
            raise InputError(f'category {number} is none of the 60 classes of Pascal Context; '
                             'expected trainval_merged.json, where others are merged')
        mask = decode_rle(lengths, f'a region of category {number}', size)
        label[mask] = CONTEXT_IDS.index(number)
    return label
