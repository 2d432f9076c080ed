"""Pictures from the air: where tiles lie, what their names say, what is in them."""
import os

import cv2
import numpy as np
import pytest

from mmseg.corpora.archives.aerial import (
    convert_isaid,
    convert_loveda,
    convert_potsdam,
    convert_vaihingen,
    starts,
)
from mmseg.utils.errors import InputError

from . import originals


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def test_starts_of_tiles():
    assert starts(6000, 512, 512) == [*range(0, 5121, 512), 5488]  # 12 x 12 tiles of Potsdam
    assert starts(1024, 512, 512) == [0, 512]
    assert starts(7, 4, 3) == [0, 3]
    assert starts(8, 4, 3) == [0, 3, 4]
    assert starts(3, 4, 3) == [0]


@pytest.mark.parametrize('convert, make, train, val', [
    (convert_potsdam, originals.potsdam, '2_10', '3_14'),
    (convert_vaihingen, originals.vaihingen, 'area1', 'area2')])
def test_isprs(tmp_path, convert, make, train, val):
    folder = str(make(tmp_path / 'in'))
    assert tuple(convert(folder, str(tmp_path / 'out'), 4)) == (16, 0)
    places = ['0_0_4_4', '0_3_4_7', '2_0_6_4', '2_3_6_7']  # x0, y0, x1, y1 in 6 x 7 pixels
    for part, name in (('train', train), ('val', val)):
        for kind in ('img_dir', 'ann_dir'):
            assert sorted(os.listdir(tmp_path / 'out' / kind / part)) == [
                f'{name}_{place}.png' for place in places]
    label = read(tmp_path / 'out' / 'ann_dir' / 'train' / f'{train}_2_3_6_7.png')
    assert label.tolist() == [[number] * 4 for number in originals.ISPRS_LABELS[3:]]
    photo = read(tmp_path / 'out' / 'img_dir' / 'val' / f'{val}_2_3_6_7.png')
    assert photo[..., 2].tolist() == [[3] * 4, [4] * 4, [5] * 4, [6] * 4]
    assert photo[..., 1].tolist() == [[2, 3, 4, 5]] * 4
    os.remove(tmp_path / 'out' / 'img_dir' / 'val' / f'{val}_2_3_6_7.png')
    assert tuple(convert(folder, str(tmp_path / 'out'), 4, nproc=2)) == (1, 15)
    assert (read(tmp_path / 'out' / 'img_dir' / 'val' / f'{val}_2_3_6_7.png') == photo).all()


def test_isprs_that_is_not_whole(tmp_path):
    folder = originals.potsdam(tmp_path / 'in')
    originals.zip_of(folder / '3_Ortho_IRRG.zip', {'top_potsdam_2_10_IRRG.tif': b''})
    with pytest.raises(InputError, match='RGB.tif and .*IRRG.tif would both become 2_10'):
        convert_potsdam(str(folder), str(tmp_path / 'out'))
    os.remove(folder / '3_Ortho_IRRG.zip')
    os.remove(folder / '5_Labels_all_noBoundary.zip')
    with pytest.raises(InputError, match=r'no label maps .* 2 pictures \(of 2\): 2_10, 3_14'):
        convert_potsdam(str(folder), str(tmp_path / 'out'))
    with pytest.raises(InputError, match='has no pictures like top/top_mosaic_09cm_area1.tif'):
        convert_vaihingen(str(folder), str(tmp_path / 'out'))
    with pytest.raises(InputError, match='--clip_size must be at least 1'):
        convert_potsdam(str(originals.potsdam(folder)), str(tmp_path / 'out'), 0)


def test_isaid(tmp_path):
    folder = str(originals.isaid(tmp_path / 'in'))
    out = tmp_path / 'out {x}'  # braces mean something in names of tiles
    tally = convert_isaid(folder, str(out), (4, 5), 1)
    assert sorted(os.listdir(out / 'img_dir' / 'train')) == [
        'P0000_0_4_0_5.png', 'P0000_0_4_1_6.png', 'P0000_3_7_0_5.png', 'P0000_3_7_1_6.png',
        'P0001_0_4_0_5.png', 'P0001_0_4_1_6.png', 'P0002_0_4_0_5.png']
    # y0, y1, x0, x1: rows 3 to 6 and columns 1 to 5
    photo = read(out / 'img_dir' / 'val' / 'P0000_3_7_1_6.png')
    assert photo[..., 2].tolist() == [[row] * 5 for row in (3, 4, 5, 6)]
    assert photo[0, :, 1].tolist() == [1, 2, 3, 4, 5]
    label = read(out / 'ann_dir' / 'train' / 'P0000_3_7_1_6_instance_color_RGB.png')
    assert label.tolist() == [[1, 1, 0, 0, 0]] * 4
    small = read(out / 'ann_dir' / 'train' / 'P0002_0_4_0_5_instance_color_RGB.png')
    assert small.tolist() == [[1, 0, 0, 255, 255]] * 2 + [[255] * 5] * 2
    assert read(out / 'img_dir' / 'train' / 'P0002_0_4_0_5.png')[2:].max() == 0
    assert os.listdir(out / 'img_dir' / 'test') == ['P0006.png']
    assert read(out / 'img_dir' / 'test' / 'P0006.png').shape == (7, 6, 3)
    again = convert_isaid(folder, str(out), (4, 5), 1, nproc=2)
    assert tuple(again) == (0, tally.written)


def test_isaid_that_is_not_whole(tmp_path):
    with pytest.raises(InputError, match=r'images is not a folder: expected one with the archives '
                                          'of '
                       'iSAID in train/images'):
        convert_isaid(str(tmp_path), str(tmp_path / 'out'))
    with pytest.raises(InputError, match='--overlap_area must be from 0 to below the patch of 4x9'):
        convert_isaid(str(tmp_path), str(tmp_path / 'out'), (9, 4), 4)
    folder = originals.isaid(tmp_path / 'in')
    os.remove(folder / 'val' / 'Semantic_masks' / 'images.zip')
    (folder / 'val' / 'Semantic_masks' / 'readme').touch()
    with pytest.raises(InputError, match=r'val/Semantic_masks has no pictures, such as '
                       r'P0000_instance_color_RGB.png, and .* has readme'):
        convert_isaid(str(folder), str(tmp_path / 'out'))


def test_loveda(tmp_path):
    folder = originals.loveda(tmp_path / 'in')
    out = tmp_path / 'out'
    assert tuple(convert_loveda(str(folder), str(out))) == (10, 0)
    assert {part: sorted(os.listdir(out / part)) for part in (
        'img_dir/train', 'img_dir/val', 'img_dir/test', 'ann_dir/train', 'ann_dir/val')} == {
            'img_dir/train': ['0.png', '1.png'], 'img_dir/val': ['2.png', '3.png'],
            'img_dir/test': ['4.png', '5.png'], 'ann_dir/train': ['0.png', '1.png'],
            'ann_dir/val': ['2.png', '3.png']}
    assert read(out / 'ann_dir/val/3.png').tolist() == [[0, 1, 7, 3]]
    assert np.unique(read(out / 'img_dir/test/5.png')[..., 2]).tolist() == [5]
    assert tuple(convert_loveda(str(folder), str(out), 2)) == (0, 10)
    os.remove(folder / 'Val.zip')
    with pytest.raises(InputError, match=r'Val.zip is not there: expected Val.zip, and .* has '
                       'Test.zip, Train.zip'):
        convert_loveda(str(folder), str(out))
