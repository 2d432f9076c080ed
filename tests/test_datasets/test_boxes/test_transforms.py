import numpy as np
import pytest

from mmseg.datasets.boxes.transforms import (
    BOX_PIPELINES,
    AutoAugment,
    BoxRandomCrop,
    BoxRandomFlip,
    BoxResize,
    LoadBoxes,
)
from mmseg.utils.errors import InputError


def page(boxes=((10, 20, 30, 60), (70, 0, 100, 40)), height=80, width=100):
    boxes = np.array(boxes, np.float32).reshape(-1, 4)
    return dict(img=np.zeros((height, width, 3), np.uint8), gt_bboxes=boxes,
                gt_bboxes_ignore=np.zeros((0, 4), np.float32),
                gt_labels=np.arange(len(boxes)), bbox_fields=['gt_bboxes', 'gt_bboxes_ignore'])


def test_boxes_grow_with_their_image():
    found = BoxResize((200, 160))(page())
    assert found['img'].shape == (160, 200, 3)
    assert found['gt_bboxes'].tolist() == [[20, 40, 60, 120], [140, 0, 200, 80]]
    assert found['scale_factor'].tolist() == [2, 2, 2, 2]
    stretched = BoxResize((50, 160), keep_ratio=False)(page())
    assert stretched['gt_bboxes'].tolist() == [[5, 40, 15, 120], [35, 0, 50, 80]]


def test_boxes_are_cut_off_at_the_border_unless_told_otherwise():
    over = page([(-10, 0, 120, 90)])
    assert BoxResize((200, 160))(over)['gt_bboxes'].tolist() == [[0, 0, 200, 160]]
    over = page([(-10, 0, 120, 90)])
    kept = BoxResize((200, 160), bbox_clip_border=False)(over)
    assert kept['gt_bboxes'].tolist() == [[-20, 0, 240, 180]]


def test_override_draws_a_new_size():
    once = BoxResize((200, 160))(page())
    assert BoxResize((100, 80))(dict(once))['img'].shape == (160, 200, 3)
    assert BoxResize((100, 80), override=True)(once)['img'].shape == (80, 100, 3)


@pytest.mark.parametrize('direction, expected', [
    ('horizontal', [[70, 20, 90, 60], [0, 0, 30, 40]]),
    ('vertical', [[10, 20, 30, 60], [70, 40, 100, 80]]),
    ('diagonal', [[70, 20, 90, 60], [0, 40, 30, 80]])])
def test_boxes_are_mirrored_with_their_image(direction, expected):
    found = BoxRandomFlip(1.0, direction)(page())
    assert found['gt_bboxes'].tolist() == expected
    assert (found['flip'], found['flip_direction']) == (True, direction)


def test_directions_have_their_shares(monkeypatch):
    flip = BoxRandomFlip([.25, .5], ['horizontal', 'vertical'])
    found = []
    for draw in (.2, .3, .74, .76):
        monkeypatch.setattr(np.random, 'rand', lambda draw=draw: draw)
        results = flip(page())
        found.append(results['flip_direction'] if results['flip'] else None)
    assert found == ['horizontal', 'vertical', 'vertical', None]
    assert BoxRandomFlip()(page())['flip'] is False


def test_a_crop_keeps_the_boxes_that_reach_into_it():
    crop = BoxRandomCrop((40, 50))
    found = crop.crop(page(), top=10, left=0, size=(40, 50))
    assert found['gt_bboxes'].tolist() == [[10, 10, 30, 40]]
    assert found['gt_labels'].tolist() == [0]
    assert found['img_shape'] == (40, 50, 3)
    assert crop.crop(page(), top=60, left=40, size=(20, 20)) is None
    allowed = BoxRandomCrop((40, 50), allow_negative_crop=True)
    assert allowed.crop(page(), top=60, left=40, size=(20, 20))['gt_bboxes'].shape == (0, 4)


def test_sizes_of_crops(monkeypatch):
    assert BoxRandomCrop((40, 500)).draw_size((80, 100)) == (40, 100)
    assert BoxRandomCrop((.5, .25), 'relative').draw_size((80, 100)) == (40, 25)
    drawn = []
    monkeypatch.setattr(np.random, 'randint', lambda low, high: drawn.append((low, high)) or low)
    assert BoxRandomCrop((384, 600), 'absolute_range').draw_size((500, 300)) == (384, 300)
    assert drawn == [(384, 501), (300, 301)]
    monkeypatch.setattr(np.random, 'rand', lambda n: np.array([.5, 0]))
    assert BoxRandomCrop((.5, .5), 'relative_range').draw_size((80, 100)) == (60, 50)


def test_names_are_those_of_mmdet_and_others_are_those_of_segmentation():
    kinds = [type(BOX_PIPELINES.build(cfg)).__name__ for cfg in (
        dict(type='Resize', img_scale=(9, 9)), dict(type='RandomFlip', flip_ratio=.5),
        dict(type='LoadAnnotations', with_bbox=True), dict(type='DefaultFormatBundle'),
        dict(type='Normalize', mean=[0] * 3, std=[1] * 3), dict(type='Collect', keys=['img']),
        dict(type='mmdet.Resize', img_scale=(9, 9), override=True))]
    assert kinds == ['BoxResize', 'BoxRandomFlip', 'LoadBoxes', 'FormatBoxes', 'Normalize',
                     'Collect', 'BoxResize']


def test_one_policy_is_drawn(monkeypatch):
    augment = AutoAugment([[dict(type='Resize', img_scale=(50, 40))],
                           [dict(type='Resize', img_scale=(200, 160)),
                            dict(type='RandomCrop', crop_size=(90, 90), crop_type='absolute',
                                 allow_negative_crop=True),
                            dict(type='Resize', img_scale=(45, 45), override=True)]])
    shapes = []
    for number in (0, 1):
        monkeypatch.setattr(np.random, 'randint',
                            lambda high, low=None, number=number: number if high == 2 else 0)
        shapes.append(augment(page())['img'].shape)
    assert shapes == [(40, 50, 3), (45, 45, 3)]


@pytest.mark.parametrize('build, words', [
    (lambda: LoadBoxes(with_mask=True), 'leave out with_mask'),
    (lambda: BoxRandomFlip(.5, 'left'), 'direction'),
    (lambda: BoxRandomFlip([.5], ['horizontal', 'vertical']), 'one for each direction'),
    (lambda: BoxRandomFlip(1.5), 'a share in'),
    (lambda: BoxRandomCrop((9, 9), 'relativ'), "crop_type.*'relativ'"),
    (lambda: BoxRandomCrop((2, 2), 'relative'), 'two shares'),
    (lambda: BoxRandomCrop((9, 9), recompute_bbox=True), 'needs masks'),
    (lambda: AutoAugment([]), 'policies of AutoAugment'),
    (lambda: AutoAugment([dict(type='Resize')]), 'policies of AutoAugment'),
    (lambda: BOX_PIPELINES.build(dict(type='RandomCorp', crop_size=(1, 1))), 'RandomCrop')])
def test_what_is_wrong_is_named(build, words):
    with pytest.raises(InputError, match=words):
        build()
