"""Photographs of the retina."""
import os

import cv2
import pytest

from mmseg.corpora.archives.vessels import (
    convert_chase_db1,
    convert_drive,
    convert_hrf,
    convert_stare,
)
from mmseg.utils.errors import InputError

from . import originals
from .originals import VESSELS_LABEL


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob('*') if path.is_file())


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED).tolist()



def chase(folder, out, nproc=1):
    return convert_chase_db1(str(originals.chase_db1(folder)), str(out), nproc)


def drive(folder, out, nproc=1):
    return convert_drive(*map(str, originals.drive(folder)), str(out), nproc)


def hrf(folder, out, nproc=1):
    archives = [str(path) for path in originals.hrf(folder)]
    return convert_hrf(archives[::2], archives[1::2], str(out), nproc)


def stare(folder, out, nproc=1):
    return convert_stare(*map(str, originals.stare(folder)), str(out), nproc)


@pytest.mark.parametrize('convert', [chase, drive, hrf, stare])
def test_two_processes_and_a_second_run(tmp_path, convert):
    first = convert(tmp_path / 'in', tmp_path / 'a')
    assert (convert(tmp_path / 'in', tmp_path / 'b', 2), first.there) == (first, 0)
    assert files(tmp_path / 'a') == files(tmp_path / 'b') and len(files(tmp_path / 'a')) == (
        first.written)
    for name in files(tmp_path / 'a'):
        assert read(tmp_path / 'a' / name) == read(tmp_path / 'b' / name)
    # an interrupted run goes on where it was
    os.remove(tmp_path / 'b' / files(tmp_path / 'b')[0])
    assert tuple(convert(tmp_path / 'in', tmp_path / 'b')) == (1, first.written - 1)


def test_chase_db1(tmp_path):
    chase(tmp_path, tmp_path / 'out')
    names = [f'Image_{n}{eye}{end}.png' for n in ('01', '10') for eye in 'LR'
             for end in ('_1stHO', '_2ndHO')]
    assert sorted(os.listdir(tmp_path / 'out/annotations/training')) == names
    assert sorted(os.listdir(tmp_path / 'out/images/validation')) == ['Image_11L.png',
                                                                     'Image_11R.png']
    assert read(tmp_path / 'out/annotations/training/Image_01L_1stHO.png') == VESSELS_LABEL
    assert read(tmp_path / 'out/images/training/Image_10R.png')[0][0] == [10, 10, 10]


def test_drive(tmp_path):
    drive(tmp_path, tmp_path / 'out')
    assert files(tmp_path / 'out') == [
        'annotations/training/21_manual1.png', 'annotations/validation/01_manual1.png',
        'annotations/validation/01_manual2.png', 'images/training/21.png',
        'images/validation/01.png']
    assert read(tmp_path / 'out/annotations/training/21_manual1.png') == VESSELS_LABEL
    assert read(tmp_path / 'out/images/training/21.png')[0][0] == [7, 8, 9]
    archives = originals.drive(tmp_path, test_labels=False)
    tally = convert_drive(*map(str, archives), str(tmp_path / 'new'))
    assert tally.written == 3 and not (tmp_path / 'new/annotations/validation').exists()


def test_hrf(tmp_path):
    hrf(tmp_path, tmp_path / 'out')
    assert sorted(os.listdir(tmp_path / 'out/images/training')) == [
        '01_dr.png', '01_g.png', '01_h.png', '05_dr.png', '05_g.png', '05_h.png']
    assert sorted(os.listdir(tmp_path / 'out/annotations/validation')) == [
        '06_dr.png', '06_g.png', '06_h.png']
    assert read(tmp_path / 'out/annotations/validation/06_g.png') == VESSELS_LABEL


def test_stare(tmp_path):
    stare(tmp_path, tmp_path / 'out')
    assert sorted(os.listdir(tmp_path / 'out/images/training')) == ['im0001.png', 'im0002.png']
    assert sorted(os.listdir(tmp_path / 'out/annotations/validation')) == [
        'im0162.ah.png', 'im0162.vk.png', 'im0163.ah.png', 'im0163.vk.png']
    assert read(tmp_path / 'out/annotations/validation/im0163.vk.png') == VESSELS_LABEL
    assert read(tmp_path / 'out/images/validation/im0162.png')[0] == [[2, 1, 162]] * 4


def test_the_wrong_archive(tmp_path, capsys):
    training, test = map(str, originals.drive(tmp_path))
    with pytest.raises(InputError, match=r'test.zip has no photographs like training/images/'
                       r'21_training.tif, and .*test.zip has test/1st_manual/01_manual1.gif'):
        convert_drive(test, training, str(tmp_path / 'out'))
    with pytest.raises(InputError, match='training.zip has no photographs like Image_01L.jpg'):
        convert_chase_db1(training, str(tmp_path / 'out'))
    archives = [str(path) for path in originals.hrf(tmp_path)]
    with pytest.raises(InputError, match=r'3 photographs \(of 3\) have no label map \*.tif in .*'
                       'glaucoma_manualsegm.zip: 01_h, 05_h, 06_h'):
        convert_hrf(archives[:1], archives[3:4], str(tmp_path / 'out'))
    assert not (tmp_path / 'out').exists()
    assert 'healthy.zip has 3 photographs, the original has 15' in capsys.readouterr().err
