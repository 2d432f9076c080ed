"""A scanned copy of a data set: repeatable, labels and lines moved, complete or absent."""
import json

import cv2
import numpy as np
import pytest
from PIL import Image

from mmseg.corpora.sample_pages import make_sample_pages
from mmseg.corpora.scanned import make_scanned_pages
from mmseg.datasets import LayoutDataset
from mmseg.datasets.pipelines import ScanEffects
from mmseg.utils.errors import InputError


@pytest.fixture(scope='module')
def pages(tmp_path_factory):
    return make_sample_pages(tmp_path_factory.mktemp('clean') / 'pages', 1, 4, seed=2, size=320)


def read(root, name):
    return (cv2.imread(str(root / 'JPEGImages' / f'{name}.jpg')),
            np.array(Image.open(root / 'SegmentationClassPNG' / f'{name}.png')),
            json.loads((root / 'TextLines' / f'{name}.json').read_text())['lines'])


def test_the_copy_is_a_data_set_of_the_split(pages, tmp_path):
    out = make_scanned_pages(pages, tmp_path / 'scans', seed=1)
    data = LayoutDataset([], data_root=str(out), split='val')
    clean = LayoutDataset([], data_root=str(pages), split='val')
    assert [info['filename'] for info in data.img_infos] == \
        [f'val_0000{number}.jpg' for number in range(4)]
    assert [info['cls_label'] for info in data.img_infos] == \
        [info['cls_label'] for info in clean.img_infos]
    assert not (out / 'ImageSets/Segmentation/train.txt').exists()
    assert json.loads((out / 'scanned.json').read_text())['strength'] == 1.0
    assert [path.name for path in tmp_path.iterdir()] == ['scans']
    for name in ('val_00000', 'val_00001'):
        image, label, _ = read(out, name)
        before = read(pages, name)
        assert image.shape == before[0].shape and label.shape == before[1].shape
        assert np.abs(image.astype(int) - before[0]).mean() > 5


def test_the_same_seed_gives_the_same_copy(pages, tmp_path):
    first = make_scanned_pages(pages, tmp_path / 'first', seed=1)
    again = make_scanned_pages(pages, tmp_path / 'again', seed=1)
    other = make_scanned_pages(pages, tmp_path / 'other', seed=2)
    for name in ('val_00000', 'val_00001', 'val_00002'):
        file = f'JPEGImages/{name}.jpg'
        assert (first / file).read_bytes() == (again / file).read_bytes()
        assert (first / file).read_bytes() != (other / file).read_bytes()


def test_lines_move_with_the_page(pages, tmp_path):
    out = make_scanned_pages(pages, tmp_path / 'scans', effects=['geometry'], seed=4)
    moved = 0
    for number in range(4):
        _, label, lines = read(out, f'val_0000{number}')
        _, _, before = read(pages, f'val_0000{number}')
        inside = np.zeros(label.shape, np.uint8)
        for line in lines:
            cv2.fillPoly(inside, [np.round(np.array(line['polygon']) - 0.5).astype(np.int32)], 1)
        assert (inside[label == 2] == 1).mean() > 0.95
        moved += lines != before
    assert 0 < moved


def test_without_geometry_labels_stay_as_they_are(pages, tmp_path):
    out = make_scanned_pages(pages, tmp_path / 'scans', effects=['grey', 'noise'])
    for number in range(4):
        np.testing.assert_array_equal(read(out, f'val_0000{number}')[1],
                                      read(pages, f'val_0000{number}')[1])


def test_a_folder_of_others_is_never_touched(pages, tmp_path):
    (tmp_path / 'letter.txt').write_text('mine')
    with pytest.raises(InputError, match='does not hold scanned pages'):
        make_scanned_pages(pages, tmp_path, overwrite=True)
    out = make_scanned_pages(pages, tmp_path / 'scans')
    with pytest.raises(InputError, match='already'):
        make_scanned_pages(pages, out)
    make_scanned_pages(pages, out, strength=0.2, overwrite=True)
    assert json.loads((out / 'scanned.json').read_text())['strength'] == 0.2


def test_a_run_that_breaks_leaves_nothing(pages, tmp_path, monkeypatch):
    def full_disk(*args):
        raise OSError('no space left on device')
    monkeypatch.setattr(ScanEffects, 'apply', staticmethod(full_disk))
    with pytest.raises(OSError):
        make_scanned_pages(pages, tmp_path / 'scans')
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_leads_out_of_the_folder_is_refused(pages, tmp_path):
    (pages / 'ImageSets/Segmentation/strange.txt').write_text('../both/val_00000\n')
    with pytest.raises(InputError, match='leaves the folder'):
        make_scanned_pages(pages, tmp_path / 'scans', split='strange')
    assert list(tmp_path.iterdir()) == []
