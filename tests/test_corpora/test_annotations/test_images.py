"""Pictures copied, linked, turned."""
import os

import numpy as np
import pytest
from PIL import Image

from mmseg.corpora.annotations.images import Picture, common_suffix, to_rgb
from mmseg.utils.errors import InputError


def save(path, values, turn=None, mode=None, **options):
    picture = Image.fromarray(np.array(values, np.uint8), mode)
    exif = Image.Exif()
    if turn is not None:
        exif[0x0112] = turn
        options['exif'] = exif
    picture.save(path, **options)
    return str(path)


def pixels(path):
    with Image.open(path) as picture:
        assert picture.getexif().get(0x0112, 1) == 1
        return np.array(picture.convert('L')).tolist()


ROWS = [[0, 100, 200]]


def test_the_same_bytes_where_nothing_must_change(tmp_path):
    source = save(tmp_path / 'a.png', ROWS)
    for link in (None, 'hard', 'sym'):
        target = tmp_path / f'{link}.png'
        Picture(source, (1, 3), 'here').write(str(target), link)
        assert target.read_bytes() == (tmp_path / 'a.png').read_bytes()
    assert os.path.samefile(tmp_path / 'hard.png', source)
    assert (tmp_path / 'sym.png').is_symlink() and not (tmp_path / 'None.png').is_symlink()
    assert not os.path.samefile(tmp_path / 'None.png', source)
    assert not list(tmp_path.glob('*.part'))


def test_a_turned_picture_becomes_as_it_is_labelled(tmp_path):
    source = save(tmp_path / 'a.png', ROWS, turn=6)  # to be seen turned to the right
    upright = Picture(source, (3, 1), 'here')
    assert upright.size == (3, 1) == Picture(source, None, 'here').size
    upright.write(str(tmp_path / 'b.png'), 'hard')
    assert pixels(tmp_path / 'b.png') == [[0], [100], [200]]
    stored = Picture(source, (1, 3), 'here')
    assert stored.size == (1, 3)
    stored.write(str(tmp_path / 'c.png'))
    assert pixels(tmp_path / 'c.png') == ROWS


def test_other_kinds_are_written_anew(tmp_path):
    source = save(tmp_path / 'a.tif', ROWS)
    Picture(source, None, 'here').write(str(tmp_path / 'b.png'), 'sym')
    assert pixels(tmp_path / 'b.png') == ROWS and not (tmp_path / 'b.png').is_symlink()
    data = (tmp_path / 'b.png').read_bytes()
    Picture(data, None, 'here').write(str(tmp_path / 'c.png'))
    assert (tmp_path / 'c.png').read_bytes() == data
    Picture(data, None, 'here').write(str(tmp_path / 'c.jpg'))
    assert Image.open(tmp_path / 'c.jpg').format == 'JPEG'


@pytest.mark.parametrize('array, mode, expected', [
    ([[0, 65535, 32768]], 'I;16', [0, 255, 127]), ([[0, 255, 255]], '1', [0, 255, 255]),
    ([[[0, 0], [0, 255], [80, 255]]], 'LA', [255, 0, 80])])
def test_other_modes(array, mode, expected):
    kind = np.uint16 if mode == 'I;16' else np.uint8
    picture = Image.fromarray(np.array(array, kind))
    picture = picture if mode == 'I;16' else picture.convert(mode)
    assert np.array(to_rgb(picture))[0].tolist() == [[value] * 3 for value in expected]


def test_faults(tmp_path):
    source = save(tmp_path / 'a.png', ROWS)
    with pytest.raises(InputError, match='x.json is for a page of 5x2 pixels, but .*a.png has 3x1'):
        Picture(source, (2, 5), 'x.json')
    with pytest.raises(InputError, match='b.png is not there'):
        Picture(str(tmp_path / 'b.png'), None, 'x.json')
    (tmp_path / 'c.png').write_text('no picture')
    with pytest.raises(InputError, match='c.png is no picture that can be read'):
        Picture(str(tmp_path / 'c.png'), None, 'x.json')
    with pytest.raises(InputError, match='the picture in x.json is no picture'):
        Picture(b'abc', None, 'x.json')


@pytest.mark.parametrize('names, suffix', [
    (['a.jpg', 'b.JPEG', 'c.png'], '.jpg'), (['a.png', 'b.jpg', 'c.png'], '.png'),
    (['a.tif'], '.png'), ([], '.png')])
def test_the_suffix_of_most(names, suffix):
    assert common_suffix(names) == suffix
