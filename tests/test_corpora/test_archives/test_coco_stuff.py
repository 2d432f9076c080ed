"""Numbers of COCO become labels."""
import os

import cv2
import pytest

from mmseg.corpora.archives.coco_stuff import (
    class_table,
    convert_coco_stuff10k,
    convert_coco_stuff164k,
)
from mmseg.utils.errors import InputError

from . import originals


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED).tolist()


def test_numbers_that_are_left_out():
    table = class_table(1)
    assert table[[0, 1, 11, 13, 25, 27, 28, 31, 92, 182]].tolist() == [0, 1, 11, 12, 24, 25, 26, 27,
                                                                       81, 171]
    assert table[[12, 183, 255]].tolist() == [0, 0, 0]
    table = class_table(0)
    assert table[[0, 10, 12, 24, 26, 181, 255]].tolist() == [0, 10, 11, 23, 24, 170, 255]
    assert table[[11, 182]].tolist() == [255, 255]


def test_10k(tmp_path):
    pytest.importorskip('scipy')
    folder = originals.coco_stuff10k(tmp_path / 'in')
    assert tuple(convert_coco_stuff10k(str(folder))) == (6, 0)
    assert sorted(os.listdir(folder / 'images/train2014')) == ['COCO_0.jpg', 'COCO_1.jpg']
    assert os.listdir(folder / 'annotations/test2014') == ['COCO_2_labelTrainIds.png']
    assert read(folder / 'annotations/test2014/COCO_2_labelTrainIds.png') == [[0, 1, 11, 12, 171]]
    assert (folder / 'images/test2014/COCO_2.jpg').read_bytes() == (
        folder / 'images/COCO_2.jpg').read_bytes()
    # what was made lies among the originals now, and is not taken for them
    assert tuple(convert_coco_stuff10k(str(folder), nproc=2)) == (0, 6)
    assert tuple(convert_coco_stuff10k(str(folder), str(tmp_path / 'out'), 2)) == (6, 0)
    os.remove(folder / 'images/COCO_1.jpg')
    with pytest.raises(InputError, match=r'of 1 names \(of 2\) in imageLists/train.txt: COCO_1'):
        convert_coco_stuff10k(str(folder))


def test_10k_out_of_its_archive(tmp_path):
    pytest.importorskip('scipy')
    folder = originals.coco_stuff10k(tmp_path / 'in')
    archive = originals.zip_of(tmp_path / 'cocostuff-10k-v1.1.zip', {
        str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob('*')
        if path.is_file()})
    assert tuple(convert_coco_stuff10k(str(archive), str(tmp_path / 'out'))) == (6, 0)
    with pytest.raises(InputError, match='is an archive: say with -o'):
        convert_coco_stuff10k(str(archive))


def test_10k_needs_scipy(tmp_path, monkeypatch):
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(InputError, match="need SciPy: install the extra 'data'"):
        convert_coco_stuff10k(str(tmp_path))


def test_164k(tmp_path):
    folder = originals.coco_stuff164k(tmp_path / 'in')
    assert tuple(convert_coco_stuff164k(str(folder))) == (2, 0)
    label = 'annotations/val2017/000002_labelTrainIds.png'
    assert read(folder / label) == [[0, 10, 11, 170, 255]]
    assert tuple(convert_coco_stuff164k(str(folder), nproc=2)) == (0, 2)
    assert tuple(convert_coco_stuff164k(str(folder), str(tmp_path / 'out'))) == (4, 0)
    assert read(tmp_path / 'out' / label) == [[0, 10, 11, 170, 255]]
    assert (tmp_path / 'out/images/train2017/000001.jpg').is_file()
    with pytest.raises(InputError, match=r'has no annotations/train2017/\*.png'):
        convert_coco_stuff164k(str(tmp_path / 'out/images'))
