"""Polygons of Cityscapes."""
import json

import cv2
import pytest

from mmseg.corpora.archives.street import convert_cityscapes, paint_polygons
from mmseg.datasets.cityscapes_labels import LABELS, ids_of_train_ids, palette_of_ids
from mmseg.utils.errors import InputError

from . import originals

ULM = 'gtFine/val/ulm/ulm_000000_000019_gtFine'


def test_polygons_become_label_maps(tmp_path):
    folder = originals.cityscapes(tmp_path)
    assert tuple(convert_cityscapes(str(folder))) == (2, 0)
    label = cv2.imread(str(tmp_path / f'{ULM}_labelTrainIds.png'), cv2.IMREAD_UNCHANGED)
    assert label.tolist() == originals.STREET
    assert (tmp_path / 'train.txt').read_text() == 'aachen/aachen_000000_000019\n'
    assert (tmp_path / 'val.txt').read_text() == 'ulm/ulm_000000_000019\n'
    assert not (tmp_path / 'test.txt').exists()
    assert tuple(convert_cityscapes(str(folder), out_dir=str(tmp_path / 'x'), nproc=2)) == (0, 2)
    assert (tmp_path / 'x' / 'val.txt').is_file()


def test_what_is_not_cityscapes(tmp_path):
    with pytest.raises(InputError, match='gtCoarse is not a folder: expected the polygons'):
        convert_cityscapes(str(tmp_path), 'gtCoarse')
    (tmp_path / 'gtFine').mkdir()
    with pytest.raises(InputError, match=r'has no files \*_polygons.json, and .* has nothing'):
        convert_cityscapes(str(tmp_path))
    file = originals.cityscapes(tmp_path) / f'{ULM}_polygons.json'
    text = file.read_text()
    file.write_text(text.replace('parking', 'parkin'))
    with pytest.raises(InputError, match="_polygons.json has the label 'parkin'"):
        convert_cityscapes(str(tmp_path))
    for wrong in (text[:50], '[' * 100_000):
        file.write_text(wrong)
        with pytest.raises(InputError, match='is not a file of Cityscapes polygons'):
            convert_cityscapes(str(tmp_path))


@pytest.mark.parametrize('width', [-4, 0, 70_000, 10**30])
def test_sizes_that_no_picture_has(tmp_path, width):
    file = tmp_path / 'a_polygons.json'
    file.write_text(json.dumps(dict(imgWidth=width, imgHeight=3, objects=[])))
    with pytest.raises(InputError, match=f'a_polygons.json is said to have {width} x 3 pixels'):
        paint_polygons(str(file))


@pytest.mark.parametrize('polygon, words', [
    ([[0, 0], [1e20, 0], [1, 1]], 'with the corner 1e'), ([[0, 0], ['x', 0]], 'convert string'),
    ([[0, 0], [float('nan'), 0]], 'with the corner nan'), ([[0]], 'expected 2'),
    ([[0, 0]], "a polygon of 'road' with 1 points"), (3, 'not iterable')])
def test_polygons_that_are_none(tmp_path, polygon, words):
    file = tmp_path / 'a_polygons.json'
    file.write_text(json.dumps(dict(imgWidth=4, imgHeight=3,
                                    objects=[dict(label='road', polygon=polygon)])))
    with pytest.raises(InputError, match=f'a_polygons.json .*{words}'):
        paint_polygons(str(file))


def test_labels():
    assert len(LABELS) == 35 and len(palette_of_ids()) == 34
    assert ids_of_train_ids()[:19].tolist() == [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25,
                                                26, 27, 28, 31, 32, 33]
    assert ids_of_train_ids()[19:].max() == 0
    assert palette_of_ids()[7] == [128, 64, 128] and palette_of_ids()[33] == [119, 11, 32]
