"""Photographs of the retina with their vessels: CHASE DB1, DRIVE, HRF and STARE.

All become ``images/{training,validation}`` and ``annotations/{training,validation}``, with 1 for a
vessel in the label maps.
"""
from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import cv2
import numpy as np

from mmseg.corpora.jobs import Job, Tally, run_jobs
from mmseg.datasets.files import examples
from mmseg.utils.errors import InputError
from mmseg.utils.pictures import decode_picture

from .members import Member, demand, list_members, note_count, pick


def convert_chase_db1(archive: str, out_dir: str, nproc: int = 1) -> Tally:
    """CHASE DB1 from CHASEDB1.zip; the pictures of the children 1 to 10 are for training.

    Args:
        archive: The archive, or the folder it was unpacked to.
        out_dir: Where the data set goes.
        nproc: Number of processes.

    Raises:
        InputError: The folder has other contents, or a label map is missing.
    """
    members = list_members(archive, 'CHASEDB1.zip')
    photos = pick(members, r'(Image_\d+[LR])\.jpg')
    demand(photos, archive, 'photographs like Image_01L.jpg')
    note_count(archive, len(photos), 28, 'photographs')
    labels = pick(members, r'(Image_\d+[LR]_(?:1stHO|2ndHO))\.png')
    _check_pairs(photos, [name.removesuffix('_1stHO') for name in labels], '_1stHO.png')

    def training(name: str) -> bool:
        return int(name[len('Image_'):][:2]) <= 10

    return run_jobs(_jobs(photos, labels, training, out_dir), nproc)


def convert_drive(training_archive: str, test_archive: str, out_dir: str,
                  nproc: int = 1) -> Tally:
    """DRIVE from training.zip and test.zip; the second may come without label maps.

    Args:
        training_archive: The archive, or the folder it was unpacked to.
        test_archive: The same of the test.
        out_dir: Where the data set goes.
        nproc: Number of processes.

    Raises:
        InputError: The folder has other contents, or a label map is missing.
    """
    jobs: list[Job] = []
    for archive, part in ((training_archive, 'training'), (test_archive, 'test')):
        members = list_members(archive, f'{part}.zip')
        photos = pick(members, rf'images/([^/]+)_{part}\.tif')
        demand(photos, archive, f'photographs like {part}/images/21_{part}.tif')
        labels = pick(members, r'(?:1st|2nd)_manual/([^/]+)\.gif')
        if part == 'training':
            _check_pairs(photos, [name.removesuffix('_manual1') for name in labels],
                         '_manual1.gif')
        jobs += _jobs(photos, labels, {'training': _always, 'test': _never}[part], out_dir)
    return run_jobs(jobs, nproc)


def convert_hrf(photo_archives: Sequence[str], label_archives: Sequence[str], out_dir: str,
                nproc: int = 1) -> Tally:
    """HRF from its archives; the first five of each kind are for training.

    Args:
        photo_archives: healthy.zip, glaucoma.zip and diabetic_retinopathy.zip.
        label_archives: The ``*_manualsegm.zip`` of each of them.
        out_dir: Where the data set goes.
        nproc: Number of processes.

    Raises:
        InputError: The folder has other contents, or a label map is missing.
    """
    jobs: list[Job] = []
    for photo_archive, label_archive in zip(photo_archives, label_archives, strict=True):
        photos = pick(list_members(photo_archive, 'the photographs of HRF'), r'(\d+_\w+)\.jpg')
        demand(photos, photo_archive, 'photographs like 01_h.jpg')
        note_count(photo_archive, len(photos), 15, 'photographs')
        labels = pick(list_members(label_archive, 'the vessels of HRF'), r'(\d+_\w+)\.tif')
        demand(labels, label_archive, 'label maps like 01_h.tif')
        _check_pairs(photos, labels, f'.tif in {label_archive}')
        jobs += _jobs(photos, labels, lambda name: int(name.partition('_')[0]) <= 5, out_dir)
    return run_jobs(jobs, nproc)


def convert_stare(photo_archive: str, ah_archive: str, vk_archive: str, out_dir: str,
                  nproc: int = 1) -> Tally:
    """STARE from its archives; the first half of the pictures is for training.

    Args:
        photo_archive: stare-images.tar.
        ah_archive: labels-ah.tar, the vessels that Adam Hoover saw.
        vk_archive: labels-vk.tar, the vessels that Valentina Kouznetsova saw.
        out_dir: Where the data set goes.
        nproc: Number of processes.

    Raises:
        InputError: The folder has other contents, or a label map is missing.
    """
    photos = pick(list_members(photo_archive, 'stare-images.tar'), r'(im\d+)\.ppm(?:\.gz)?')
    demand(photos, photo_archive, 'photographs like im0001.ppm.gz')
    note_count(photo_archive, len(photos), 20, 'photographs')
    labels: dict[str, Member] = {}
    for archive, seer in ((ah_archive, 'ah'), (vk_archive, 'vk')):
        found = pick(list_members(archive, f'labels-{seer}.tar'),
                     rf'(im\d+\.{seer})\.ppm(?:\.gz)?')
        demand(found, archive, f'label maps like im0001.{seer}.ppm.gz')
        _check_pairs(photos, [name.removesuffix(f'.{seer}') for name in found],
                     f'.{seer}.ppm.gz in {archive}')
        labels.update(found)
    first_half = set(sorted(photos)[:(len(photos) + 1) // 2])
    return run_jobs(
        _jobs(photos, labels, lambda name: name.partition('.')[0] in first_half, out_dir), nproc)


def _always(name: str) -> bool:
    return True


def _never(name: str) -> bool:
    return False


def _jobs(photos: Mapping[str, Member], labels: Mapping[str, Member],
          training: Callable[[str], bool], out_dir: str) -> list[Job]:
    """A job for each photograph and each label map."""
    return [Job(os.path.join(out_dir, kind, 'training' if training(name) else 'validation',
                             f'{name}.png'), partial(make, member))
            for kind, members, make in (('images', photos, photo), ('annotations', labels, vessels))
            for name, member in members.items()]


def _check_pairs(photos: Mapping[str, Member], labelled: Sequence[str] | Mapping[str, Member],
                 suffix: str) -> None:
    """Raise InputError where a photograph has no label map."""
    lost = sorted(set(photos) - set(labelled))
    if lost:
        raise InputError(f'{len(lost)} photographs (of {len(photos)}) have no label map '
                         f'*{suffix}: {examples(lost)}')


def photo(member: Member) -> np.ndarray:
    """The photograph, ``(H, W, 3)`` in BGR order."""
    return member.image()


def vessels(member: Member) -> np.ndarray:
    """The label map ``(H, W)``: 1 where the file, seldom pure black and white, is light."""
    if member.name.lower().endswith('.gif'):  # which not every OpenCV reads
        grey = cv2.cvtColor(decode_picture(member.read(), str(member)), cv2.COLOR_BGR2GRAY)
    else:
        grey = member.image(cv2.IMREAD_GRAYSCALE)
    return (grey >= 128).astype(np.uint8)
