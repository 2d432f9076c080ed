"""Text lines move with their page, and become targets; worked out by hand."""
import json

import numpy as np
import pytest

from mmseg.core.text_lines import LinePolygon
from mmseg.datasets.pipelines import (
    Collect,
    ColorJitter,
    CustomFormatBundle,
    DBNetTargets,
    DefaultFormatBundle,
    EastRandomCrop,
    ImgAug,
    LoadTextAnnotations,
    LoadTextLines,
    Pad,
    RandomCrop,
    RandomFlip,
    RandomMosaic,
    RandomRotate,
    Resize,
    ResizeToMultiple,
)
from mmseg.utils.errors import InputError

QUAD = [[10, 20], [50, 20], [50, 30], [10, 30]]


def page(height=60, width=100, polygons=(QUAD,)):
    """A page that is white where its lines are."""
    img = np.zeros((height, width, 3), np.uint8)
    for left, top, right, bottom in ((*p[0], *p[2]) for p in polygons):
        img[top:bottom, left:right] = 255
    return dict(img=img, img_prefix='JPEGImages', img_info=dict(filename='a.png'),
                line_polygons=[LinePolygon(np.array(p, np.float32)) for p in polygons])


def corners(results, index=0):
    return results['line_polygons'][index].points.astype(float).round(3).tolist()


@pytest.mark.parametrize('transform, wanted', [
    (Resize((200, 180), keep_ratio=False), [[20, 60], [100, 60], [100, 90], [20, 90]]),
    (ResizeToMultiple(8), [[10.4, 21.333], [52, 21.333], [52, 32], [10.4, 32]]),
    (RandomFlip(1.), [[90, 20], [50, 20], [50, 30], [90, 30]]),
    (RandomFlip(1., 'vertical'), [[10, 40], [50, 40], [50, 30], [10, 30]]),
    (RandomFlip(1., 'diagonal'), [[90, 40], [50, 40], [50, 30], [90, 30]]),
    (Pad(size=(80, 120)), QUAD),
])
def test_lines_move_with_the_page(transform, wanted):
    results = transform(page())
    assert corners(results) == wanted
    # and what they surround is what they surrounded
    (left, top), (right, bottom) = np.min(wanted, axis=0), np.max(wanted, axis=0)
    inside = results['img'][int(top) + 1:int(bottom) - 1, int(left) + 1:int(right) - 1]
    assert inside.min() == 255


def test_lines_move_with_a_crop(monkeypatch):
    crop = RandomCrop((40, 40))
    monkeypatch.setattr(crop, 'get_crop_bbox', lambda img: (15, 55, 5, 45))
    assert corners(crop(page())) == [[5, 5], [45, 5], [45, 15], [5, 15]]


@pytest.mark.parametrize('bound, wanted', [(True, (100, 60)), (False, (60, 100))])
def test_lines_turn_with_the_page(bound, wanted):
    results = RandomRotate(1., (90, 90), auto_bound=bound)(page())
    assert results['img'].shape[:2] == wanted
    low, high = np.min(corners(results), axis=0), np.max(corners(results), axis=0)
    rows, columns = np.nonzero(results['img'][..., 0] > 128)
    # what lies beyond the page is cut off the picture, and stays in the polygon
    assert [columns.min(), rows.min()] == pytest.approx(np.maximum(low, 0).tolist(), abs=1)
    assert [columns.max() + 1, rows.max() + 1] == pytest.approx(high.tolist(), abs=1)


def test_lines_of_four_pages_come_into_a_mosaic():
    results = dict(page(), mix_results=[page() for _ in range(3)])
    mosaic = RandomMosaic(1., img_scale=(60, 100), center_ratio_range=(1., 1.))(results)
    assert [corners(mosaic, index)[0] for index in range(4)] == [
        [10, 20], [110, 20], [10, 80], [110, 80]]
    for line in mosaic['line_polygons']:
        (left, top), (right, bottom) = line.points[0].astype(int), line.points[2].astype(int)
        assert mosaic['img'][top:bottom, left:right].min() == 255


def test_targets_are_as_large_as_the_page_and_go_into_a_batch():
    results = DBNetTargets()(page(polygons=[[[10, 20], [90, 20], [90, 50], [10, 50]]]))
    assert results['gt_shrink'].shape == (60, 100) and results['gt_shrink'].max() == 1
    results = DefaultFormatBundle()(dict(results, gt_semantic_seg=np.zeros((60, 100), np.uint8)))
    batch = Collect(['img', 'gt_shrink', 'gt_shrink_mask', 'gt_thr', 'gt_thr_mask'], ())(results)
    assert batch['gt_thr'].data.shape == (1, 60, 100) and batch['gt_thr'].stack
    with pytest.raises(InputError, match='needs text lines'):
        DBNetTargets()(dict(img=results['img']))


def test_lines_come_from_the_file_of_the_page(tmp_path):
    (tmp_path / 'TextLines').mkdir()
    file = tmp_path / 'TextLines/a.json'
    file.write_text(json.dumps(dict(lines=[
        dict(polygon=QUAD, direction='vertical'), dict(polygon=QUAD, ignored=True)])))
    results = LoadTextLines()(dict(page(), img_prefix=str(tmp_path / 'JPEGImages')))
    assert [(line.direction, line.ignored) for line in results['line_polygons']] == [
        ('vertical', False), ('ltr', True)]
    file.write_text('')
    assert LoadTextLines()(dict(page(), img_prefix=str(tmp_path / 'JPEGImages/')))[
        'line_polygons'] == []
    file.write_text('[1]')
    with pytest.raises(InputError, match='must be an object'):
        LoadTextLines()(dict(page(), img_prefix=str(tmp_path / 'JPEGImages')))


def test_bad_lines_are_counted_and_named(tmp_path):
    (tmp_path / 'TextLines').mkdir()
    bad = [dict(polygon=[[1, 1], [5, 5]]), dict(polygon=QUAD), dict(polygon='nonsense'), {},
           dict(polygon=[[0, 0], [10, 10], [10, 0], [0, 10]]),
           dict(polygon=[[0, 0], [1e30, 0], [1e30, 9]])]
    (tmp_path / 'TextLines/a.json').write_text(json.dumps(dict(lines=bad)))
    with pytest.warns(UserWarning, match='a.json: 5 text lines left out or corrected: line 1: '
                                         'it has fewer than three corners; line 3'):
        results = LoadTextLines()(dict(page(), img_prefix=str(tmp_path / 'JPEGImages')))
    assert len(results['line_polygons']) == 2  # the good one, and a half of what crosses itself


def test_lines_outside_of_the_page_are_counted_and_named(tmp_path):
    (tmp_path / 'TextLines').mkdir()
    boxes = [(10, 20, 50, 30), (100, 20, 150, 30), (-50, 0, 0, 9), (-9, -9, 500, 500)]
    lines = [dict(polygon=[[a, b], [c, b], [c, d], [a, d]]) for a, b, c, d in boxes]
    (tmp_path / 'TextLines/a.json').write_text(json.dumps(dict(lines=lines)))
    with pytest.warns(UserWarning, match=r'2 text lines left out or corrected: the line at '
                                         r'\(100, 20\) is outside of the page of 100 x 60 pixels'):
        results = LoadTextLines()(dict(page(), img_prefix=str(tmp_path / 'JPEGImages')))
    assert [line.points[0].tolist() for line in results['line_polygons']] == [[10, 20], [-9, -9]]


def test_without_a_file_the_parts_of_the_text_are_lines(tmp_path):
    label = np.zeros((60, 100), np.uint8)
    label[20:30, 10:50] = 2
    label[40:50, 10:50] = 2
    label[40:50, 60:90] = 1
    label[5, 5] = 2
    results = LoadTextLines()(dict(page(), img_prefix=str(tmp_path), gt_semantic_seg=label))
    assert sorted(line.points.min(axis=0).tolist() for line in results['line_polygons']) == [
        [10.5, 20.5], [10.5, 40.5]]
    results = LoadTextLines(text_labels=())(dict(page(), img_prefix=str(tmp_path)))
    assert results['line_polygons'][0].ignored
    with pytest.raises(InputError, match='LoadAnnotations has to come before'):
        LoadTextLines()(dict(page(), img_prefix=str(tmp_path)))


def test_lines_of_a_data_set_are_handed_on():
    lines = page()['line_polygons']
    assert LoadTextAnnotations(with_mask=True)(dict(ann_info=dict(lines=lines)))[
        'line_polygons'] == lines
    with pytest.raises(InputError, match='needs a data set of text lines'):
        LoadTextAnnotations()(dict(ann_info=dict(seg_map='a.png')))


def test_augmenters_of_imgaug_move_lines():
    assert corners(ImgAug([['Fliplr', 1.]])(page()))[0] == [90, 20]
    assert corners(ImgAug([['Resize', [2., 2.]]])(page()))[2] == [100, 60]
    turned = ImgAug([dict(cls='Affine', rotate=[180, 180])])(page())
    assert corners(turned)[0] == pytest.approx([90, 40], abs=1e-3)
    with pytest.raises(InputError, match='ImgAug knows Fliplr, Affine, Resize'):
        ImgAug([['Flipud', .5]])


def test_a_window_cuts_no_line():
    np.random.seed(0)
    polygons = [[[10, y], [90, y], [90, y + 10], [10, y + 10]] for y in (10, 30, 50, 70)]
    for _ in range(20):
        results = EastRandomCrop((64, 64))(page(100, 100, polygons))
        assert results['img'].shape == (64, 64, 3) and results['line_polygons']
        for line in results['line_polygons']:
            assert line.points.min() >= -1e-3 and line.points.max() <= 64 + 1e-3


def test_colours_change_and_shapes_stay():
    results = ColorJitter(brightness=[.5, .5])(page())
    assert results['img'].max() == 127 and results['img'].shape == (60, 100, 3)


def test_targets_of_mmocr_become_tensors():
    results = CustomFormatBundle(['gt_shrink', 'mine'])(
        dict(DBNetTargets()(page()), mine=np.zeros((60, 100), np.uint8)))
    assert results['gt_shrink'].data.shape == results['mine'].data.shape == (1, 60, 100)
