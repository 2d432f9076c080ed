"""When which effect comes, that labels move with the page, and that seeds repeat it."""
import numpy as np
import pytest

from mmseg.datasets.pipelines import Compose, ScanEffects
from mmseg.datasets.pipelines.scan import EFFECTS, STRENGTHS, _unit
from mmseg.utils.errors import InputError

MOVING = ('geometry', 'borders')
STILL = [name for name in EFFECTS if name not in MOVING]


def page(height=120, width=90, name='page.png'):
    """Dark blocks on white, each with the label of text."""
    image = np.full((height, width, 3), 255, np.uint8)
    label = np.zeros((height, width), np.uint8)
    for top in range(10, height - 10, 20):
        image[top:top + 8, 10:width - 10] = 10
        label[top:top + 8, 10:width - 10] = 2
    return dict(img=image, gt_semantic_seg=label, seg_fields=['gt_semantic_seg'],
                ori_filename=name, img_shape=image.shape, pad_shape=image.shape,
                ori_shape=image.shape, scale_factor=1.0)


def test_without_a_chance_the_page_stays():
    for transform in (ScanEffects(prob=0), ScanEffects(prob=1, effects=[])):
        seen = transform(page())
        np.testing.assert_array_equal(seen['img'], page()['img'])
        np.testing.assert_array_equal(seen['gt_semantic_seg'], page()['gt_semantic_seg'])


@pytest.mark.parametrize('name', EFFECTS)
def test_every_effect_changes_the_page_and_only_geometry_its_labels(name):
    changed = moved = 0
    for seed in range(6):
        before = page(480, 360)
        seen = ScanEffects(1, 1, {name: 1.0}, seed)(dict(before))
        assert seen['img'].dtype == seen['gt_semantic_seg'].dtype == np.uint8
        assert seen['img'].shape == before['img_shape'] == seen['img_shape']
        assert set(np.unique(seen['gt_semantic_seg'])) <= {0, 2}
        changed += (seen['img'] != page(480, 360)['img']).any()
        moved += (seen['gt_semantic_seg'] != page(480, 360)['gt_semantic_seg']).any()
        # the input is not written to
        np.testing.assert_array_equal(before['img'], page(480, 360)['img'])
    assert changed >= (0 if name == 'grey' else 3)  # this page has no colours to lose
    assert (moved > 0) == (name in MOVING)


def test_image_and_label_move_alike():
    for seed in range(20):
        seen = ScanEffects(1, 1, {'geometry': 1.0}, seed)(page(400, 300))
        inside = ScanEffects(1, 1, {'geometry': 1.0}, seed, seg_pad_val=255)(page(400, 300))
        known = inside['gt_semantic_seg'] != 255
        dark = seen['img'][..., 0] < 132
        assert (dark != (seen['gt_semantic_seg'] == 2))[known].mean() < 0.01


@pytest.mark.parametrize('seg_pad_val', [0, 255])
def test_what_is_outside_the_page_gets_the_label_asked_for(seg_pad_val):
    transform = ScanEffects(1, 1, {'borders': 1.0}, seg_pad_val=seg_pad_val)
    widths = {'borders': dict(widths=(0.2, 0, 0, 0), level=30)}
    label = transform.apply_to_label(np.full((10, 20), 2, np.uint8), widths)
    assert label[0].tolist() == [seg_pad_val] * 4 + [2] * 16


def test_a_seed_makes_a_page_depend_on_its_name_alone():
    transform = ScanEffects(1, 'bad_office_scanner', seed=3)
    np.random.seed(0)
    first = transform(page(name='a.png'))['img']
    other = transform(page(name='b.png'))['img']
    again = transform(page(name='a.png'))['img']
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert (ScanEffects(1, 'bad_office_scanner', seed=4)(page(name='a.png'))['img'] != first).any()


def test_without_a_seed_numpys_random_state_decides():
    transform = ScanEffects(1)
    seen = []
    for seed in (5, 5, 6):
        np.random.seed(seed)
        seen.append(transform(page())['img'])
    np.testing.assert_array_equal(seen[0], seen[1])
    assert (seen[0] != seen[2]).any()


def test_a_share_of_the_pages_is_treated():
    np.random.seed(0)
    transform = ScanEffects(0.5, effects={'paper': 1.0})
    treated = sum((transform(page(20, 20))['img'] != page(20, 20)['img']).any()
                  for _ in range(400))
    assert 160 < treated < 240


def test_a_page_without_labels_and_other_keys():
    image = page()['img']
    seen = ScanEffects(1, 1, seed=0)({'img': image})
    assert list(seen) == ['img'] and seen['img'].shape == image.shape


@pytest.mark.parametrize('size', [(1, 1), (3, 700), (700, 2), (37, 1301)])
def test_pages_of_any_size(size):
    image = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
    for seed in range(12):
        seen = ScanEffects(1, 1, dict.fromkeys(EFFECTS, 0.7), seed)(
            dict(img=image, gt_semantic_seg=image[..., 0], seg_fields=['gt_semantic_seg']))
        assert seen['img'].shape == (*size, 3)
        assert seen['gt_semantic_seg'].shape == size


def test_a_crop_is_treated_like_the_page_it_comes_from():
    whole = dict(img=np.zeros((1536, 1000, 3), np.uint8))
    assert _unit(whole) == 2
    crop = dict(img=np.zeros((512, 512, 3), np.uint8), ori_shape=(1120, 800, 3),
                scale_factor=np.full(4, 768 / 1120, np.float32))
    assert _unit(crop) == pytest.approx(1)


def test_strength_has_names_and_grows():
    assert STRENGTHS == {'good_scanner': 0.35, 'office_scanner': 0.65, 'bad_office_scanner': 1.0}
    assert ScanEffects(strength='office_scanner').strength == 0.65
    def change(strength):
        return np.mean([np.abs(ScanEffects(1, strength, STILL, seed)(page())['img'].astype(int)
                               - page()['img']).mean() for seed in range(12)])
    assert change(0) < change('good_scanner') < change('bad_office_scanner')


def test_chances_may_be_given():
    given = ScanEffects(effects={'jpeg': 0.25, 'ink': 1})
    assert given.chances == {'ink': 1, 'jpeg': 0.25}
    assert ScanEffects(effects=['jpeg']).chances == {'jpeg': EFFECTS['jpeg'].chance}


@pytest.mark.parametrize('arguments, sentence', [
    (dict(prob=2), 'prob between 0 and 1, got 2'),
    (dict(strength='bad_offic_scanner'), ".did you mean 'bad_office_scanner'"),
    (dict(strength=1.5), r'strength is a number in \[0, 1\]'),
    (dict(effects=['blurr']), "no effect 'blurr' .did you mean 'blur'"),
    (dict(effects={'blur': 2}), 'effect blur takes a prob between 0 and 1, got 2'),
    (dict(seed=-1), 'seed is None or a number from 0, got -1'),
    (dict(seg_pad_val=300), r'label in \[0, 255\], got 300'),
])
def test_wrong_arguments_are_named(arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        ScanEffects(**arguments)


@pytest.mark.parametrize('image', [np.zeros((4, 4, 3), np.float32), np.zeros((4, 4), np.uint8)])
def test_an_image_that_is_not_uint8_bgr_is_named(image):
    with pytest.raises(InputError, match='before Normalize'):
        ScanEffects(1)({'img': image})


def test_it_is_registered_and_repeats_its_arguments():
    transform = Compose([dict(type='ScanEffects', prob=0.3, effects=['grey'])]).transforms[0]
    assert repr(transform) == ("ScanEffects(prob=0.3, strength=0.65, effects={'grey': 0.45}, "
                               'seed=None, seg_pad_val=0)')
