"""Files of labelme."""
import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from mmseg.corpora.annotations import LabelmeReader, load_class_map, paint
from mmseg.utils.errors import InputError

from .conftest import drawn, write_image


def shape(label, points, kind='polygon', **more):
    return dict(label=label, points=points, shape_type=kind, flags={}, group_id=None, **more)


def write(folder, *shapes, name='a.json', **more):
    folder.mkdir(parents=True, exist_ok=True)
    content = dict(version='5.0.1', flags={}, shapes=list(shapes), imagePath='a.jpg',
                   imageData=None, imageHeight=5, imageWidth=6)
    (folder / name).write_text(json.dumps({**content, **more}))


def read(folder, name='a.json', corpus='labelme'):
    return LabelmeReader(str(folder), load_class_map(corpus))(name)


def label_of(tmp_path, *shapes):
    write_image(tmp_path / 'a.jpg', 6, 5)
    write(tmp_path, *shapes)
    page = read(tmp_path)
    return drawn(paint(page.shapes, (5, 6), load_class_map('labelme')).label)


def packed(array):
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, 'PNG')
    return base64.b64encode(stream.getvalue()).decode()


def test_every_kind_of_shape(tmp_path):
    assert label_of(
        tmp_path, shape('text', [[0, 0], [2, 0], [2, 1], [0, 1]]),
        shape('figure', [[5, 2], [4, 0]], 'rectangle'),
        shape('table', [[0, 1], [2, 1], [2, 2], [0, 2]], 'rectangle'),
        shape('separator', [[0, 3.5], [6, 3.5]], 'line'),
        shape('__ignore__', [[2, 0], [2, 1]], 'mask', mask=packed(np.full((2, 1), 255, np.uint8)))
    )[:2] == ['ttx.f.', 'bbx.f.']


def test_lines_are_painted_over_all_and_three_pixels_thick(tmp_path):
    assert label_of(tmp_path, shape('validline', [[1, 2.5], [5, 2.5]], 'line'),
                    shape('figure', [[0, 0], [6, 5]], 'rectangle')) == [
        'ffffff', 'f----f', 'f----f', 'f----f', 'ffffff']
    label = label_of(tmp_path, shape('validline', [[0, .5], [4.5, .5], [4.5, 5]], 'linestrip'))
    assert label == ['------', '------', '...---', '...---', '...---']


def test_a_circle(tmp_path):
    # radius 2 around the centre of pixel (2, 2): centres at a distance of 2 or less
    assert label_of(tmp_path, shape('figure', [[2.5, 2.5], [2.5, 4.6]], 'circle')) == [
        '..f...', '.fff..', 'fffff.', '.fff..', '..f...']


def test_what_has_no_area_is_counted(tmp_path):
    write_image(tmp_path / 'a.jpg', 6, 5)
    write(tmp_path, shape('text', [[1, 1]], 'point'), shape('text', [[1, 1], [2, 2]]),
          shape('text', [[1, 1]], 'line'), shape('text', [['a', 1], [2, 2]]))
    page = read(tmp_path)
    assert page.shapes == []
    assert dict(page.skipped) == {'shapes that have no area': 1,
                                  'outlines with fewer than 3 points': 2,
                                  'outlines whose coordinates are not numbers': 1}


@pytest.mark.parametrize('folder, flags, expected', [
    ('x', {'slide': True, 'document': False}, 'slide'), ('x', {'Slide': True}, 'slide'),
    ('x', {}, None), ('slides/of', {}, 'slide'), ('slide', {'document': True}, 'document'),
    ('documents/slides', {}, 'slide'), ('x', {'blurred': True}, None)])
def test_page_type_by_flag_then_by_folder(tmp_path, folder, flags, expected):
    write_image(tmp_path / folder / 'a.jpg', 6, 5)
    write(tmp_path / folder, flags=flags)
    page = read(tmp_path, f'{folder}/a.json')
    assert (page.page_type, page.name) == (expected, f'{folder}/a')


def test_two_flags(tmp_path):
    write_image(tmp_path / 'a.jpg', 6, 5)
    write(tmp_path, flags={'slide': True, 'document': True})
    with pytest.raises(InputError, match='a page is of one type'):
        read(tmp_path)


def test_where_the_image_is(tmp_path):
    write_image(tmp_path / 'img' / 'a.jpg', 6, 5)
    write(tmp_path / 'json', imagePath='..\\img\\a.jpg')
    assert read(tmp_path, 'json/a.json').image.endswith('/img/a.jpg')
    write_image(tmp_path / 'json' / 'b.jpg', 6, 5)
    write(tmp_path / 'json', imagePath='/home/someone/b.jpg')
    assert read(tmp_path, 'json/a.json').image.endswith('json/b.jpg')
    data = (tmp_path / 'json' / 'b.jpg').read_bytes()
    write(tmp_path / 'json', imagePath='lost.jpg', imageData=base64.b64encode(data).decode())
    assert read(tmp_path, 'json/a.json').image == data
    write(tmp_path / 'json', imagePath='lost.jpg')
    with pytest.raises(InputError, match="'lost.jpg', which is not there in .* no imageData"):
        read(tmp_path, 'json/a.json')


@pytest.mark.parametrize('text, words', [
    ('{', 'not valid JSON'), ('{"images": []}', "not a file of labelme: it has no list 'shapes'"),
    ('[]', 'not a file of labelme'), ('{"shapes": [{"points": []}], "imagePath": "a.jpg"}',
                                   'shape without a label')])
def test_other_formats(tmp_path, text, words):
    write_image(tmp_path / 'a.jpg', 6, 5)
    (tmp_path / 'a.json').write_text(text)
    with pytest.raises(InputError, match=words):
        read(tmp_path)


def test_labelmes_own_list_of_labels_becomes_the_classes(tmp_path, run_tool, capsys):
    write_image(tmp_path / 'in/a.jpg', 6, 5)
    write(tmp_path / 'in', shape('Stamp', [[0, 0], [3, 0], [3, 5], [0, 5]]),
          shape('__ignore__', [[4, 0], [6, 0], [6, 5], [4, 5]]))
    (tmp_path / 'in/labels.txt').write_text('__ignore__\n_background_\nseal\nStamp\n')
    run_tool('labelme', tmp_path / 'in', tmp_path / 'out')
    assert (tmp_path / 'out/class_names.txt').read_text() == 'background\nseal\nStamp\n'
    label = np.asarray(Image.open(tmp_path / 'out/SegmentationClassPNG/a.png'))
    assert label[2].tolist() == [2, 2, 2, 0, 255, 255]
    assert 'labels.txt; --map labelme takes those of the package' in capsys.readouterr().out


@pytest.mark.parametrize('text', ['', 'a\na\n', '__ignore__\n'])
def test_a_list_of_labels_that_names_nothing_or_one_twice(tmp_path, text):
    (tmp_path / 'labels.txt').write_text(text)
    with pytest.raises(InputError, match='must name each class once'):
        load_class_map(str(tmp_path / 'labels.txt'))


def test_background_is_a_hole_in_what_was_drawn_before(tmp_path):
    figure = shape('figure', [[0, 0], [6, 0], [6, 5], [0, 5]])
    hole = shape('_background_', [[1, 1], [5, 1], [5, 4], [1, 4]])
    text = shape('text', [[2, 2], [4, 2], [4, 3], [2, 3]])
    assert label_of(tmp_path, figure, hole, text) == [
        'ffffff', 'f....f', 'f.tt.f', 'f....f', 'ffffff']
    assert label_of(tmp_path, hole, figure, text)[1:3] == ['ffffff', 'ffttff']
    assert label_of(tmp_path, text, figure, hole)[2] == 'f....f'
    ignored = shape('__ignore__', [[0, 0], [6, 0], [6, 5], [0, 5]])
    assert label_of(tmp_path, ignored, hole)[1:3] == ['x....x', 'x....x']


def test_oriented_rectangles(tmp_path):
    assert label_of(tmp_path, shape('text', [[3, 0], [5, 2], [3, 4], [1, 2]],
                                    'oriented_rectangle')) == [
        '..t...', '.ttt..', '.ttt..', '..t...', '......']


def test_shapes_without_an_area_are_counted(tmp_path):
    write_image(tmp_path / 'a.jpg', 6, 5)
    write(tmp_path, shape('text', [[1, 1]], 'point'), shape('text', [[1, 1], [2, 2]], 'points'))
    page = read(tmp_path)
    assert not page.shapes and dict(page.skipped) == {'shapes that have no area': 2}


@pytest.mark.parametrize('kind, words', [
    ('cuboid', "a shape of 'text' of the type 'cuboid'; known are polygon"),
    ('polygonn', "type 'polygonn'.*polygon")])
def test_an_unknown_kind_is_an_error(tmp_path, kind, words):
    write_image(tmp_path / 'a.jpg', 6, 5)
    write(tmp_path, shape('text', [[0, 0], [2, 0], [2, 1], [0, 1]], kind))
    with pytest.raises(InputError, match=words):
        read(tmp_path)


NFC, NFD = '\u00dcbersicht_\u00e9', 'U\u0308bersicht_e\u0301'


@pytest.mark.parametrize('written, stored', [
    (f'{NFC}.png', f'{NFD}.png'), (f'{NFD}.png', f'{NFC}.png'), ('a.png', 'a.PNG'),
    ('A.JPG', 'a.jpg'), ('img\\a.png', 'img/a.png'), (f'img\\{NFC}.PNG', f'img/{NFD}.png'),
    ('./a.png', 'a.png'), ('back\\slash.png', 'back\\slash.png')])
def test_names_that_are_written_otherwise(tmp_path, written, stored):
    write_image(tmp_path / stored, 6, 5)
    write(tmp_path, imagePath=written)
    assert read(tmp_path).image == str(tmp_path / stored)


def test_names_that_two_files_may_have(tmp_path):
    for name in ('A.png', 'a.png', 'b.PNG', 'B.png'):
        write_image(tmp_path / name, 6, 5)
    write(tmp_path, imagePath='a.png')
    assert read(tmp_path).image == str(tmp_path / 'a.png')
    write(tmp_path, imagePath='b.png')
    with pytest.raises(InputError, match="'b.png', which is not there"):
        read(tmp_path)


@pytest.mark.parametrize('named', ['../secret.png', '/{root}/secret.png', '..\\secret.png',
                                   'sub/../../secret.png', '%2e%2e%2fsecret.png'])
def test_images_outside_the_folder_are_not_copied_in(tmp_path, named):
    write_image(tmp_path / 'secret.png', 6, 5)
    (tmp_path / 'data' / 'sub').mkdir(parents=True)
    write(tmp_path / 'data', imagePath=named.format(root=tmp_path))
    with pytest.raises(InputError, match='which is not there'):
        read(tmp_path / 'data')


@pytest.mark.parametrize('form', [
    lambda text: '\n'.join(text[i:i + 76] for i in range(0, len(text), 76)) + '\r\n',
    lambda text: f'data:image/png;base64,{text}', lambda text: text.rstrip('='),
    lambda text: text.replace('+', '-').replace('/', '_'),
    lambda text: ' data:image/png;base64,\n' + text])
def test_embedded_pictures_in_every_form(tmp_path, form):
    noise = np.random.default_rng(0).integers(0, 256, (5, 6), np.uint8)
    write(tmp_path, shape('text', [[0, 0], [0, 1]], 'mask', mask=form(packed(noise))),
          imageData=form(packed(noise)))
    page = read(tmp_path)
    assert np.array(Image.open(io.BytesIO(page.image))).tolist() == noise.tolist()
    assert page.shapes[0].mask.tolist() == (noise > 0).tolist()


@pytest.mark.parametrize('data, words', [
    ('&&&', 'imageData that is not base64'), (7, 'imageData that is not base64 but int'),
    ('data:image/png,abc', 'data URI without base64')])
def test_embedded_pictures_that_are_none(tmp_path, data, words):
    write(tmp_path, imageData=data)
    with pytest.raises(InputError, match=words):
        read(tmp_path)


def test_flags_of_another_kind(tmp_path):
    write_image(tmp_path / 'a.jpg', 6, 5)
    write(tmp_path, flags='slide')
    with pytest.raises(InputError, match="^the flags of .*a.json must be an object .* 'slide'$"):
        read(tmp_path)


@pytest.mark.parametrize('kind', ['polygon', 'rectangle', 'oriented_rectangle', 'circle', 'line',
                                  'linestrip', 'point', 'points', 'mask'])
def test_shapes_without_points_are_counted(tmp_path, kind):
    write_image(tmp_path / 'a.jpg', 6, 5)
    write(tmp_path, shape('text', [], kind))
    page = read(tmp_path)
    assert not page.shapes and sum(page.skipped.values()) == 1
