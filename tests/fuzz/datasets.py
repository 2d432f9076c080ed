"""Groups: data sets in other forms than folders of pages, and experiment files of HRNet."""
from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image

from mmseg.apis.hrnet_experiment import experiment_config, read_experiment
from mmseg.datasets import CocoDataset, LayoutDataset, ListFileDataset

from ..test_apis.test_hrnet_experiment import EXPERIMENT
from .group import CLASSES, PAGES, PIPELINE, Group, as_json, read_all, voc_folder

_BOXES = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations', with_bbox=True),
          dict(type='Resize', img_scale=(80, 64), keep_ratio=True),
          dict(type='RandomFlip', flip_ratio=.5), dict(type='DefaultFormatBundle'),
          dict(type='Collect', keys=['img', 'gt_bboxes', 'gt_labels'])]


def _boxes() -> list[Any]:
    box = dict(image_id=7, category_id=5, iscrowd=0, area=12)
    return [dict(images=[dict(id=7, file_name='a.png', width=40, height=32),
                         dict(id=8, file_name='b.png', width=40, height=32)],
                 categories=[dict(id=5, name='figure'), dict(id=6, name='table')],
                 annotations=[dict(box, id=1, bbox=[0, 0, 3, 4]),
                              dict(box, id=2, bbox=[2, 2, 30, 20.5], category_id=6),
                              dict(box, id=3, bbox=[0, 0, 9, 9], image_id=8, iscrowd=1),
                              dict(box, id=4, bbox=[1, 1, 9, 9], image_id=8)])]


def _two_pages(folder: Path) -> None:
    for name in 'ab':
        Image.new('RGB', (40, 32), 'white').save(folder / f'{name}.png')


def _read_boxes(folder: Path) -> None:
    dataset = CocoDataset('boxes.json', _BOXES, ('figure', 'table'), str(folder))
    read_all(dataset)
    found = [np.array([[0, 0, 3, 4, .9]], np.float32), np.zeros((0, 5), np.float32)]
    dataset.evaluate([found] * len(dataset))


def _packed() -> list[bytes]:
    """A tar file of three pages, in two formats."""
    archives = []
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode='w:', format=form) as tar:
            for name in PAGES:
                for place, mode, kind in (('JPEGImages', 'RGB', 'jpg'),
                                          ('SegmentationClassPNG', 'L', 'png')):
                    picture = io.BytesIO()
                    Image.new(mode, (6, 4)).save(picture, 'JPEG' if kind == 'jpg' else 'PNG')
                    member = tarfile.TarInfo(f'{place}/{name}.{kind}')
                    member.size = len(picture.getvalue())
                    tar.addfile(member, io.BytesIO(picture.getvalue()))
        archives.append(stream.getvalue())
    return archives


def _lists_of_voc(folder: Path) -> None:
    """The folder without its pages, which the archive has."""
    voc_folder(folder)
    for path in [*folder.glob('JPEGImages/*'), *folder.glob('SegmentationClassPNG/*')]:
        path.unlink()
    for name in ('JPEGImages', 'SegmentationClassPNG'):
        (folder / name).rmdir()


def _read_packed(folder: Path) -> None:
    read_all(LayoutDataset(PIPELINE, str(folder), split='train',
                           file_client_args=dict(backend='packed')))


def _read_experiment(folder: Path) -> None:
    path = str(folder / 'x.yaml')
    experiment_config(read_experiment(path), path)


DATASETS = {
    'boxes': Group('boxes.json', _boxes, _read_boxes, as_json, _two_pages),
    'list file': Group(
        'train.lst', lambda: [''.join(f'JPEGImages/{name}.jpg\tSegmentationClassPNG/{name}.png\n'
                                      for name in PAGES)],
        lambda folder: read_all(ListFileDataset(
            PIPELINE, 'train.lst', data_root=str(folder), classes=CLASSES)), prepare=voc_folder),
    'packed pages': Group('pages.tar', _packed, _read_packed, prepare=_lists_of_voc),
    'experiment': Group('x.yaml', lambda: [yaml.safe_load(EXPERIMENT)], _read_experiment,
                        yaml.safe_dump),
}
