"""Pictures copied, linked, turned."""
import os

import numpy as np
import pytest
from PIL import Image

from mmseg.corpora.annotations.images import FLATTENED, TURNED, Picture, common_suffix
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


def test_other_kinds_are_encoded_again(tmp_path):
    source = save(tmp_path / 'a.tif', ROWS)
    Picture(source, None, 'here').write(str(tmp_path / 'b.png'), 'sym')
    assert pixels(tmp_path / 'b.png') == ROWS and not (tmp_path / 'b.png').is_symlink()
    data = (tmp_path / 'b.png').read_bytes()
    Picture(data, None, 'here').write(str(tmp_path / 'c.png'))
    assert (tmp_path / 'c.png').read_bytes() == data
    Picture(data, None, 'here').write(str(tmp_path / 'c.jpg'))
    assert Image.open(tmp_path / 'c.jpg').format == 'JPEG'


def colours(path):
    with Image.open(path) as picture:
        assert picture.mode == 'RGB'
        return np.array(picture)[0].tolist()


@pytest.mark.parametrize('array, mode, kind, expected', [
    ([[0, 65535, 32768]], 'I;16', 'png', [0, 255, 128]),
    ([[0, 65535, 32768]], 'I;16', 'tif', [0, 255, 128]),
    ([[0., .5, 1.]], 'F', 'tif', [0, 128, 255]),
    ([[[0, 0], [0, 255], [80, 255]]], 'LA', 'png', [255, 0, 80]),
    ([[[0, 0], [0, 255], [80, 255]]], 'LA', 'webp', [255, 0, 80])])
def test_other_modes(array, mode, kind, expected, tmp_path):
    types = {'I;16': np.uint16, 'F': np.float32}
    options = {'lossless': True} if kind == 'webp' else {}
    Image.fromarray(np.array(array, types.get(mode, np.uint8))).save(tmp_path / f'a.{kind}',
                                                                     **options)
    picture = Picture(str(tmp_path / f'a.{kind}'), (1, 3), 'here')
    assert picture.change == FLATTENED
    picture.write(str(tmp_path / 'b.png'), 'hard')  # a link would show other pixels
    assert colours(tmp_path / 'b.png') == [[value] * 3 for value in expected]


def test_cmyk_becomes_rgb(tmp_path):
    Image.new('CMYK', (16, 16), (0, 0, 0, 0)).save(tmp_path / 'a.jpg', quality=100)
    picture = Picture(str(tmp_path / 'a.jpg'), None, 'here')
    assert picture.change == FLATTENED
    picture.write(str(tmp_path / 'b.jpg'))
    assert min(map(min, colours(tmp_path / 'b.jpg'))) > 250


@pytest.mark.parametrize('kind', ['png', 'tif', 'webp', 'jpg'])
def test_turned_pictures_of_each_kind(kind, tmp_path):
    """Orientation 6: the left column comes up; of a TIFF Pillow gives the upright size at once."""
    pixels = np.full((16, 32), 255, np.uint8)
    pixels[:, :8] = 0
    source = save(tmp_path / f'a.{kind}', pixels, turn=6)
    upright, stored = Picture(source, (32, 16), 'here'), Picture(source, (16, 32), 'here')
    assert (upright.size, upright.change) == ((32, 16), TURNED)
    assert (stored.size, stored.change) == ((16, 32), None)
    upright.write(str(tmp_path / 'b.png'))
    stored.write(str(tmp_path / 'c.png'))
    seen, as_stored = (np.array(Image.open(tmp_path / name).convert('L'))
                       for name in ('b.png', 'c.png'))
    assert seen.shape == (32, 16) and seen[:7].max() < 20 and seen[9:].min() > 235
    assert as_stored.shape == (16, 32)
    assert as_stored[:, :7].max() < 20 and as_stored[:, 9:].min() > 235


def test_faults(tmp_path):
    source = save(tmp_path / 'a.png', ROWS)
    with pytest.raises(InputError, match='x.json is for a page of 5x2 pixels, but .*a.png has 3x1'):
        Picture(source, (2, 5), 'x.json')
    with pytest.raises(InputError, match='b.png is not there'):
        Picture(str(tmp_path / 'b.png'), None, 'x.json')
    (tmp_path / 'c.png').write_text('no picture')
    with pytest.raises(InputError, match='c.png cannot be read as a picture: its format'):
        Picture(str(tmp_path / 'c.png'), None, 'x.json')
    with pytest.raises(InputError, match='the picture in x.json cannot be read as a picture'):
        Picture(b'abc', None, 'x.json')


@pytest.mark.parametrize('names, suffix', [
    (['a.jpg', 'b.JPEG', 'c.png'], '.jpg'), (['a.png', 'b.jpg', 'c.png'], '.png'),
    (['a.tif'], '.png'), ([], '.png')])
def test_the_suffix_of_most(names, suffix):
    assert common_suffix(names) == suffix


def test_a_name_that_no_file_can_have(tmp_path):
    with pytest.raises(InputError, match='b.png cannot be read: embedded null byte'):
        Picture(f'{tmp_path}/a\0b.png', None, 'here')
