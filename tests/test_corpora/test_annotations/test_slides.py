"""Pixel masks of slides."""
import numpy as np
import pytest
from PIL import Image

from mmseg.corpora.annotations import MaskReader, load_class_map, paint
from mmseg.utils.errors import InputError

from .conftest import drawn, write_image


def mask(path, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.array([[int(sign) for sign in row] for row in rows], np.uint8)).save(path)


def read(tmp_path, corpus='slides', labels=()):
    write_image(tmp_path / 'img' / 'a.jpg', 4, 2)
    class_map = load_class_map(corpus)
    page = MaskReader(str(tmp_path / 'masks'), str(tmp_path / 'img'), class_map, labels)('a.jpg')
    return page, paint(page.shapes, page.size, class_map)


def test_a_folder_for_each_page(tmp_path):
    mask(tmp_path / 'masks/a/natural_image.png', '0111', '0111')
    mask(tmp_path / 'masks/a/title.png', '1100', '0000')
    mask(tmp_path / 'masks/a/table.png', '0000', '0000')
    page, painted = read(tmp_path)
    assert drawn(painted.label) == ['ttff', '.fff']  # text on a picture is text
    assert (page.page_type, page.size) == ('slide', (2, 4))


def test_a_folder_for_each_label(tmp_path):
    mask(tmp_path / 'masks/diagram/a.png', '0111', '0000')
    mask(tmp_path / 'masks/enumeration/a.png', '1000', '1000')
    mask(tmp_path / 'masks/enumeration/b.png', '1111', '1111')
    _, painted = read(tmp_path, labels=('diagram', 'enumeration'))
    assert drawn(painted.label) == ['tfff', 't...']


def values_of(tmp_path, values):
    text = f'labels: [background, figure, text]\nregions: {{none: background, pic: figure, ' \
           f'words: text}}\nvalues: {values}'
    (tmp_path / 'm.yaml').write_text(text)
    return str(tmp_path / 'm.yaml')


def test_a_value_for_each_pixel(tmp_path):
    mask(tmp_path / 'masks/a.png', '0112', '0999')
    corpus = values_of(tmp_path, '{0: none, 1: pic, 2: words}')
    _, painted = read(tmp_path, corpus)
    assert dict(painted.unknown) == {'value 9': 1}
    mask(tmp_path / 'masks/a.png', '0112', '0000')
    assert drawn(read(tmp_path, corpus)[1].label) == ['.fft', '....']


def test_a_colour_for_each_pixel(tmp_path):
    colours = np.zeros((2, 4, 3), np.uint8)
    colours[0, 1:3], colours[1, 3] = (255, 0, 16), (0, 0, 1)
    (tmp_path / 'masks').mkdir()
    Image.fromarray(colours).save(tmp_path / 'masks/a.png')
    corpus = values_of(tmp_path, '{"#000000": none, "#FF0010": pic, "#000001": words}')
    assert drawn(read(tmp_path, corpus)[1].label) == ['.ff.', '...t']


def test_masks_that_are_not_there_or_differ(tmp_path):
    (tmp_path / 'masks').mkdir()
    with pytest.raises(InputError, match=r'a\.jpg has no mask in .*masks: expected a\.png'):
        read(tmp_path)
    mask(tmp_path / 'masks/a/title.png', '1100', '0000')
    mask(tmp_path / 'masks/a/table.png', '110')
    with pytest.raises(InputError, match='title.png is 4x2 pixels, but other masks'):
        read(tmp_path)
