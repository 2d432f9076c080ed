"""Sizes, mirrors, margins and turns, worked out by hand."""
import numpy as np
import pytest

from mmseg.datasets.pipelines import (
    Pad,
    RandomFlip,
    RandomRotate,
    Resize,
    ResizeToMultiple,
    SegRescale,
)
from mmseg.utils.errors import InputError

LABEL = np.array([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15]], dtype=np.uint8)


def page(height=4, width=4):
    img = np.zeros((height, width, 3), dtype=np.uint8)
    return dict(img=img, gt_semantic_seg=LABEL[:height, :width].copy(),
                seg_fields=['gt_semantic_seg'])


def test_resize_takes_the_nearest_label():
    results = Resize(img_scale=(2, 2))(page())
    assert results['gt_semantic_seg'].tolist() == [[0, 2], [8, 10]]
    results = Resize(img_scale=(8, 8))(page())
    assert results['gt_semantic_seg'].tolist() == np.kron(LABEL, np.ones((2, 2), int)).tolist()


def test_resize_interpolates_the_image():
    row = np.array([[0, 100]], dtype=np.uint8)[..., None].repeat(3, axis=2)
    results = Resize(img_scale=(4, 1), keep_ratio=False)(dict(img=row))
    assert results['img'][0, :, 0].tolist() == [0, 25, 75, 100]  # centres at -.25, .25, .75, 1.25


def test_resize_fits_a_page_into_the_frame():
    results = Resize(img_scale=(1120, 640))(dict(img=np.zeros((100, 50, 3), np.uint8)))
    assert results['img'].shape == (1120, 560, 3)
    assert results['img_shape'] == results['pad_shape'] == (1120, 560, 3)
    assert results['scale'] == (1120, 640) and results['keep_ratio'] is True
    np.testing.assert_allclose(results['scale_factor'], [11.2] * 4, rtol=1e-6)
    assert results['scale_factor'].dtype == np.float32


def test_resize_without_ratio_takes_width_and_height():
    results = Resize(img_scale=(30, 20), keep_ratio=False)(page())
    assert results['img'].shape[:2] == results['gt_semantic_seg'].shape == (20, 30)
    np.testing.assert_allclose(results['scale_factor'], [7.5, 5, 7.5, 5])


def test_resize_min_size_is_that_of_the_shorter_side():
    results = Resize(img_scale=(200, 40), min_size=60)(dict(img=np.zeros((100, 50, 3), np.uint8)))
    assert results['img'].shape[:2] == (120, 60)
    results = Resize(img_scale=(200, 80), min_size=60)(dict(img=np.zeros((100, 50, 3), np.uint8)))
    assert results['img'].shape[:2] == (160, 80)


def test_resize_takes_the_scale_of_an_earlier_transform():
    results = Resize(img_scale=(2, 2))({**page(), 'scale': (8, 8)})
    assert results['img'].shape[:2] == (8, 8)


def test_resize_ratio_is_drawn_once_for_image_and_label():
    shapes = set()
    for seed in range(20):
        np.random.seed(seed)
        results = Resize(img_scale=(100, 100), ratio_range=(.5, 2.))(page())
        assert results['img'].shape[:2] == results['gt_semantic_seg'].shape
        assert 50 <= results['img'].shape[0] <= 200
        shapes.add(results['img'].shape)
    assert len(shapes) > 10
    np.random.seed(3)
    ratio = np.random.random_sample() * 1.5 + .5
    np.random.seed(3)
    results = Resize(ratio_range=(.5, 2.))(page())  # without img_scale: of the page's own size
    assert results['scale'] == (int(4 * ratio), int(4 * ratio))


def test_resize_between_two_scales_and_among_several():
    for seed in range(20):
        np.random.seed(seed)
        (longer, shorter), number = Resize.random_sample([(100, 60), (80, 70)])
        assert 80 <= longer <= 100 and 60 <= shorter <= 70 and number is None
        scale, number = Resize.random_select([(100, 60), (80, 70)])
        assert scale == [(100, 60), (80, 70)][number]


@pytest.mark.parametrize('arguments, sentence', [
    (dict(img_scale=[(1, 1), (2, 2)], ratio_range=(1, 2)), 'ratio_range goes with one img_scale'),
    (dict(img_scale=[(1, 1)] * 3), "multiscale_mode='value'"),
    (dict(img_scale=(1, 1), multiscale_mode='ranges'), "did you mean 'range'"),
    (dict(img_scale=5), r'img_scale must be \(width, height\)'),
])
def test_resize_says_what_is_wrong(arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        Resize(**arguments)


def test_resize_needs_a_scale():
    with pytest.raises(InputError, match='needs img_scale or ratio_range'):
        Resize()(page())


@pytest.mark.parametrize('direction, first', [
    ('horizontal', [3, 2, 1, 0]), ('vertical', [12, 13, 14, 15]), ('diagonal', [15, 14, 13, 12])])
@pytest.mark.parametrize('kind', [np.uint8, np.int64])
def test_flip_mirrors_and_undoes_itself(direction, first, kind):
    flip = RandomFlip(prob=1, direction=direction)
    results = page()
    results['gt_semantic_seg'] = LABEL.astype(kind)
    results['img'] = np.stack([LABEL] * 3, axis=-1)
    flipped = flip(results)
    assert flipped['flip'] is True and flipped['flip_direction'] == direction
    assert flipped['gt_semantic_seg'][0].tolist() == flipped['img'][0, :, 1].tolist() == first
    back = flip(flipped)
    np.testing.assert_array_equal(back['gt_semantic_seg'], LABEL)
    np.testing.assert_array_equal(back['img'][..., 2], LABEL)


def test_flip_obeys_the_results_before_its_prob():
    results = RandomFlip(prob=0, direction='vertical')(
        {**page(), 'flip': True, 'flip_direction': 'horizontal'})
    assert results['gt_semantic_seg'][0].tolist() == [3, 2, 1, 0]
    assert RandomFlip()(page())['flip'] is False


def test_flip_probability():
    np.random.seed(0)
    share = np.mean([RandomFlip(prob=.3)(page())['flip'] for _ in range(1000)])
    assert .25 < share < .35


def test_flip_keeps_a_single_channel():
    results = RandomFlip(prob=1)(dict(img=LABEL[..., None]))
    assert results['img'].shape == (4, 4, 1) and results['img'][0, :, 0].tolist() == [3, 2, 1, 0]


def test_flip_knows_its_directions():
    with pytest.raises(InputError, match="did you mean 'horizontal'"):
        RandomFlip(prob=1, direction='horizontl')
    with pytest.raises(InputError, match='between 0 and 1'):
        RandomFlip(prob=1.5)


def test_flip_takes_its_name_of_old():
    with pytest.warns(DeprecationWarning):
        assert RandomFlip(flip_ratio=.5).prob == .5


def test_pad_fills_right_and_below():
    results = Pad(size=(3, 4), pad_val=114, seg_pad_val=9)(page(2, 2))
    assert results['gt_semantic_seg'].tolist() == [[0, 1, 9, 9], [4, 5, 9, 9], [9, 9, 9, 9]]
    assert results['img'][2, 3].tolist() == [114, 114, 114]  # every channel
    assert results['img'][1, 1].tolist() == [0, 0, 0]
    assert results['pad_shape'] == (3, 4, 3) and results['pad_fixed_size'] == (3, 4)


def test_pad_to_a_multiple_and_not_at_all():
    results = Pad(size_divisor=3)(page())
    assert results['gt_semantic_seg'].shape == (6, 6) and results['pad_size_divisor'] == 3
    assert results['gt_semantic_seg'][5, 5] == 255
    before = page()
    label = before['gt_semantic_seg']
    assert Pad(size=(2, 4))(before)['gt_semantic_seg'] is label


def test_pad_keeps_planes_together():
    planes = np.ones((3, 2, 2), np.float32).transpose(1, 2, 0)
    padded = Pad(size=(4, 4))(dict(img=planes))['img']
    assert padded.transpose(2, 0, 1).flags.c_contiguous and padded[..., 0].sum() == 4


def test_pad_takes_one_of_two():
    with pytest.raises(InputError, match='either size or size_divisor'):
        Pad()
    with pytest.raises(InputError, match='either size or size_divisor'):
        Pad(size=(1, 1), size_divisor=2)


def test_rotate_a_quarter_clockwise():
    turned = RandomRotate(prob=1, degree=(90, 90))(page())
    assert turned['gt_semantic_seg'].tolist() == np.rot90(LABEL, -1).tolist()


def test_rotate_fills_corners_and_may_stay():
    rotate = RandomRotate(prob=1, degree=(45, 45), pad_val=7, seg_pad_val=99)
    turned = rotate(dict(img=np.zeros((9, 9, 3), np.uint8), seg_fields=['label'],
                         label=np.zeros((9, 9), np.uint8)))
    assert turned['label'][0, 0] == 99 and turned['label'][4, 4] == 0
    assert turned['img'][0, 0, 0] == 7
    assert RandomRotate(prob=0, degree=10.)(page())['gt_semantic_seg'].tolist() == LABEL.tolist()
    assert RandomRotate(prob=0, degree=10.).degree == (-10., 10.)
    with pytest.raises(InputError, match='above 0'):
        RandomRotate(prob=1, degree=-5)


def test_seg_rescale_and_resize_to_multiple():
    assert SegRescale(.5)(page())['gt_semantic_seg'].tolist() == [[0, 2], [8, 10]]
    results = ResizeToMultiple(size_divisor=8)(page(4, 3))
    assert results['img_shape'] == (8, 8, 3) and results['gt_semantic_seg'].shape == (8, 8)
    assert results['gt_semantic_seg'][:, 0].tolist() == [0, 0, 4, 4, 8, 8, 12, 12]
