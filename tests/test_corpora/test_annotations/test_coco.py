"""Annotations in COCO's format."""
import json

import numpy as np
import pytest

from mmseg.corpora.annotations import CocoReader, index_coco, load_class_map, paint
from mmseg.utils.errors import InputError

from .conftest import drawn

CATEGORIES = [{'supercategory': '', 'id': 1, 'name': 'text'}, {'id': 5, 'name': 'figure'},
              {'id': 4, 'name': 'table'}]


def write(tmp_path, annotations, images=None, categories=CATEGORIES, name='train.json'):
    images = images or [dict(id=7, file_name='a.jpg', width=6, height=4)]
    content = dict(info={}, annotations=[dict(dict(id=i, image_id=7, category_id=1, iscrowd=0), **a)
                                         for i, a in enumerate(annotations)],
                   categories=categories, images=images)
    (tmp_path / name).write_text(json.dumps(content))
    return str(tmp_path / name)


def pages_of(file, corpus='publaynet'):
    index = index_coco(file)
    read = CocoReader(file, 'images', index.categories, load_class_map(corpus))
    return [read(item) for item in index.pages], index


def label_of(tmp_path, *annotations):
    (page, ), _ = pages_of(write(tmp_path, annotations))
    return drawn(paint(page.shapes, page.size, load_class_map('publaynet')).label)


def test_polygons_boxes_and_run_lengths(tmp_path):
    coco_mask = pytest.importorskip('pycocotools.mask')
    mask = np.zeros((4, 6), np.uint8)
    mask[3, 1:3] = 1
    packed = coco_mask.encode(np.asfortranarray(mask))
    assert label_of(
        tmp_path,
        dict(segmentation=[[0, 0, 2, 0, 2, 1, 0, 1], [4, 0, 6, 0, 6, 1, 4, 1]], bbox=[0, 0, 6, 1]),
        dict(bbox=[1, 1, 2, 1], category_id=4),
        dict(segmentation=[], bbox=[4, 1, 2, 2], category_id=5),
        dict(segmentation=dict(size=[4, 6], counts=packed['counts'].decode()), iscrowd=1),
        # column by column: 15 others, 1 of the region, 8 others
        dict(segmentation=dict(size=[4, 6], counts=[15, 1, 8]), category_id=5, iscrowd=1),
        dict(segmentation=[5, 3, 6, 3, 6, 4, 5, 4], category_id=4),
    ) == ['tt..tt', '.bb.ff', '....ff', '.ttf.b']


def test_what_is_left_out_is_counted(tmp_path):
    (page, ), index = pages_of(write(tmp_path, [
        dict(segmentation=[[0, 0, 2, 0]]), dict(segmentation=[[0, 0, 2, 0, 2, 1], [1, 1]]),
        dict(segmentation=[[0, 0, 2, 'a', 2, 1]]), dict(segmentation=[[0, 0, 2, 0, 1]]),
        dict(bbox=[0, 0, None, 1]), dict(image_id=99)]))
    assert len(page.shapes) == 1
    assert dict(page.skipped) == {'outlines with fewer than 3 points': 2,
                                  'outlines whose coordinates are not numbers': 3}
    assert dict(index.skipped) == {'regions of images that are not listed': 1}


def test_regions_find_their_pages(tmp_path):
    images = [dict(id=i, file_name=f'p/{i}.png', width=6, height=4) for i in (30, 10, 20)]
    boxes = [dict(image_id=i, bbox=[x, 0, 1, 1]) for x, i in enumerate([20, 30, 20, 10, 20])]
    pages, _ = pages_of(write(tmp_path, boxes, images))
    assert [page.name for page in pages] == ['p/30', 'p/10', 'p/20']
    assert [[shape.polygons[0][0].tolist() for shape in page.shapes] for page in pages] == [
        [[1, 0]], [[3, 0]], [[0, 0], [2, 0], [4, 0]]]
    assert [page.image for page in pages] == [f'images/p/{i}.png' for i in (30, 10, 20)]


def test_the_first_of_several_annotators(tmp_path):
    images = [dict(id=1, file_name='a.png', precedence=1), dict(id=2, file_name='a.png',
                                                                precedence=0)]
    pages, index = pages_of(write(tmp_path, [dict(image_id=1, bbox=[0, 0, 1, 1]),
                                             dict(image_id=2, bbox=[1, 0, 1, 1])], images))
    assert [page.shapes[0].polygons[0][0].tolist() for page in pages] == [[1, 0]]
    assert dict(index.skipped) == {'regions of other versions of a page': 1}


@pytest.mark.parametrize('names', [('a.png', 'a.png'), ('p/a.png', 'p\\a.png'),
                                   ('a.png', './a.png')])
def test_a_file_that_is_listed_twice_has_the_regions_of_both(tmp_path, names):
    images = [dict(id=number, file_name=name) for number, name in enumerate(names)]
    pages, index = pages_of(write(tmp_path, [dict(image_id=1, bbox=[0, 0, 1, 1]),
                                             dict(image_id=0, bbox=[1, 0, 1, 1])], images))
    assert [shape.polygons[0][0].tolist() for shape in pages[0].shapes] == [[0, 0], [1, 0]]
    assert len(pages) == 1 and not index.skipped
    assert +pages[0].notes == {'images listed several times, their regions joined': 1}


@pytest.mark.parametrize('names, stored', [
    (('a.png', 'A.PNG'), ['a.png']), (('\u00e9.png', 'e\u0301.png'), ['\u00e9.png']),
    (('a.png', 'A.PNG'), ['a.png', 'A.PNG'])])
def test_a_file_that_is_listed_in_two_spellings(tmp_path, names, stored):
    """Two files of such names are two pages."""
    for name in stored:
        (tmp_path / name).touch()
    images = [dict(id=number, file_name=name) for number, name in enumerate(names)]
    file = write(tmp_path, [dict(image_id=1, bbox=[0, 0, 1, 1]),
                            dict(image_id=0, bbox=[1, 0, 1, 1])], images)
    assert [len(page.places) for page in index_coco(file, str(tmp_path)).pages] == (
        [2] if len(stored) == 1 else [1, 1])


def test_ids_that_are_texts_in_one_place_and_numbers_in_another(tmp_path):
    images = [dict(id='7', file_name='a.png', width=6, height=4)]
    categories = [{'id': '1', 'name': 'text'}, {'id': 5, 'name': 'figure'}]
    (page, ), index = pages_of(write(tmp_path, [
        dict(image_id=7, bbox=[0, 0, 2, 1]), dict(image_id='7', category_id='5',
                                                  bbox=[3, 0, 1, 1])], images, categories))
    assert [shape.label for shape in page.shapes] == ['text', 'figure'] and not index.skipped


@pytest.mark.parametrize('written, stored, name', [
    ('images\\x.png', 'images/x.png', 'images/x'), ('x.png', 'x.PNG', 'x'),
    ('scan 10:00.png', 'scan 10:00.png', 'scan 10:00'), ('e\u0301.png', '\u00e9.png', 'e\u0301'),
    ('page..1.png', 'page..1.png', 'page..1'), ('a%20%C3%A9.png', 'a \u00e9.png', 'a%20%C3%A9'),
    ('100%25.png', '100%25.png', '100%25')])
def test_names_that_are_written_otherwise(tmp_path, written, stored, name):
    (tmp_path / stored).parent.mkdir(exist_ok=True)
    (tmp_path / stored).touch()
    file = write(tmp_path, [], [dict(id=1, file_name=written)])
    index = index_coco(file)
    read = CocoReader(file, str(tmp_path), index.categories, load_class_map('publaynet'))
    page = read(index.pages[0])
    assert (page.image, page.name) == (str(tmp_path / stored), name)


@pytest.mark.parametrize('outline', [
    [[]], [[1, 0, 3, 0]], [[1, 0, 2, 0, 3, 0]], [[1, 'a', 3, 0, 3, 1]], [[1, 0, 3]],
    dict(size=[4, 6], counts=[24])])
def test_the_box_in_place_of_an_outline_without_area(tmp_path, outline):
    (page, ), _ = pages_of(write(tmp_path, [dict(segmentation=outline, bbox=[1, 0, 2, 1])]))
    assert drawn(paint(page.shapes, page.size, load_class_map('publaynet')).label)[0] == '.tt...'
    assert +page.notes == {'regions as their box, since their outline has no area': 1}
    assert not page.skipped


def test_page_type_by_the_kind_of_document(tmp_path):
    images = [dict(id=i, file_name=f'{i}.png', doc_category=kind)
              for i, kind in enumerate(['manuals', 'novels'])]
    pages, _ = pages_of(write(tmp_path, [], images), 'doclaynet')
    assert [page.page_type for page in pages] == ['document', None]


@pytest.mark.parametrize('content, words', [
    ({'images': [], 'annotations': []}, 'has no images; expected COCO'),
    ({'images': [{'id': 1, 'file_name': 'a'}]}, 'has no categories; .* found images'),
    ({'version': '5', 'shapes': [], 'imagePath': 'a'}, 'no images; .* found imagePath, version'),
    ({'images': [{'id': 1}]}, 'an entry of images has no file_name'),
    ({'images': [{'id': [1], 'file_name': 'a'}]}, r'id of an entry of images is \[1\]'),
    ({'annotations': [{'image_id': {}, 'category_id': 1}]}, 'image_id of an entry of .* is {}'),
    ({'images': [{'id': 1, 'file_name': 'a', 'precedence': ''}]}, "precedence of .* is ''"),
    ({'annotations': [{'bbox': []}]}, 'annotations has no image_id and no category_id'),
    ({'images': [{'id': 1, 'file_name': 'a'}], 'categories': [{'id': 1, 'name': 'text'}],
      'annotations': [{'image_id': 1, 'category_id': 3}]}, 'of the categories 3, which are not')])
def test_other_formats(tmp_path, content, words):
    file = tmp_path / 'a.json'
    file.write_text(json.dumps(content))
    with pytest.raises(InputError, match=words):
        index_coco(str(file))


@pytest.mark.parametrize('name', ['../a.jpg', '/etc/a.jpg', 'b/../../a.jpg', 'C:\\a.jpg'])
def test_names_that_leave_the_folder(tmp_path, name):
    with pytest.raises(InputError, match='leaves the folder of images'):
        pages_of(write(tmp_path, [], [dict(id=7, file_name=name)]))


@pytest.mark.parametrize('rle, words', [
    (dict(size=[3, 6], counts=[18]), 'is 6x4 pixels but has a mask of 6x3'),
    (dict(size=[4, 6], counts=[5]), 'run lengths that are not a mask'),
    (dict(counts=[24]), 'run lengths that are not a mask')])
def test_run_lengths_that_do_not_fit(tmp_path, rle, words):
    with pytest.raises(InputError, match=words):
        pages_of(write(tmp_path, [dict(segmentation=rle)]))
