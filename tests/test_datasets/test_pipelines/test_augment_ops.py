"""Changes of a picture that policies are made of; numbers of MMClassification 0.25.0."""
import numpy as np
import pytest

from mmseg.datasets.pipelines import Compose
from mmseg.utils.errors import InputError


@pytest.fixture
def img():
    rows, columns = np.mgrid[:40, :60]
    return np.stack([rows * 5 + 20, columns * 4, rows * columns % 251], -1).astype(np.uint8)


def changed(step, img, **results):
    np.random.seed(0)
    return Compose([step])(dict(img=img.copy(), **results))['img']


# mean of the picture, and sum of the three values at (10, 20)
@pytest.mark.parametrize(('step', 'mean', 'pixel'), [
    (dict(type='Shear', magnitude=.3), 111.7165, 308),
    (dict(type='Shear', magnitude=.3, direction='vertical', pad_val=(1, 2, 3)), 81.1838, 200),
    (dict(type='Translate', magnitude=.2), 110.7722, 182),
    (dict(type='Translate', magnitude=.2, direction='vertical', interpolation='bicubic'), 111.8162,
     150),
    (dict(type='Rotate', angle=30.), 119.5893, 189),
    (dict(type='Rotate', angle=30., random_negative_prob=0., center=(5., 7.), scale=1.2), 104.8662,
     154),
    (dict(type='AutoContrast'), 122.0871, 355),
    (dict(type='Invert'), 139.6728, 415),
    (dict(type='Equalize'), 131.0443, 380),
    (dict(type='Solarize', thr=100), 72.2776, 205),
    (dict(type='SolarizeAdd', magnitude=50), 143.2022, 450),
    (dict(type='Posterize', bits=3.2), 108.48, 336),
    (dict(type='Contrast', magnitude=.6), 117.5917, 350),
    (dict(type='ColorTransform', magnitude=.6), 116.5407, 353),
    (dict(type='Brightness', magnitude=.6), 165.9793, 495),
    (dict(type='Sharpness', magnitude=.6), 115.5349, 350),
    (dict(type='Cutout', shape=17.6), 119.0765, 384),
    (dict(type='Cutout', shape=(9, 21), pad_val=0), 107.3351, 0),
], ids=lambda value: value['type'] if isinstance(value, dict) else '')
def test_changes_are_those_of_mmcls_for_the_same_seed(step, mean, pixel, img):
    found = changed(dict(step, prob=1.), img)
    assert found.dtype == np.uint8 and found.shape == img.shape
    assert found.mean() == pytest.approx(mean, abs=.05)
    assert int(found[10, 20].sum()) == pytest.approx(pixel, abs=3)


def test_the_sign_is_drawn():
    row = np.repeat(np.arange(8, dtype=np.uint8)[None, :, None], 3, axis=2)
    step = dict(type='Translate', magnitude=.25, prob=1., pad_val=9)
    right = changed(dict(step, random_negative_prob=0.), row)
    left = changed(dict(step, random_negative_prob=1.), row)
    assert right[0, :, 0].tolist() == [9, 9, 0, 1, 2, 3, 4, 5]
    assert left[0, :, 0].tolist() == [2, 3, 4, 5, 6, 7, 9, 9]


def test_a_share_of_images_is_changed(img):
    inverted = Compose([dict(type='Invert', prob=.25)])
    np.random.seed(0)
    count = sum(inverted(dict(img=img))['img'][0, 0, 0] == 235 for _ in range(400))
    assert 75 <= count <= 125
    assert changed(dict(type='Invert', prob=0.), img)[0, 0, 0] == 20


def test_bright_values_stay_below_256():
    dark = np.full((2, 2, 3), 120, np.uint8)
    found = changed(dict(type='SolarizeAdd', magnitude=200, prob=1.), dark)
    assert found.tolist() == np.full((2, 2, 3), 255).tolist()


@pytest.mark.parametrize('step', [
    dict(type='Rotate', angle=5.), dict(type='Shear', magnitude=.1),
    dict(type='Translate', magnitude=.1)])
@pytest.mark.parametrize('fields', [dict(seg_fields=['gt_semantic_seg']),
                                    dict(bbox_fields=['gt_bboxes'])])
def test_labels_that_would_stay_behind_are_an_error(step, fields, img):
    with pytest.raises(InputError, match='moves the image and not its labels'):
        changed(step, img, **fields)


def test_colours_change_with_labels_too(img):
    found = changed(dict(type='Invert', prob=1.), img, seg_fields=['gt_semantic_seg'])
    assert found[0, 0].tolist() == [235, 255, 255]


@pytest.mark.parametrize(('step', 'sentence'), [
    (dict(type='Invert', prob=1.5), r'prob of Invert is a number in \[0, 1\], got 1.5'),
    (dict(type='Posterize', bits=9), 'bits of Posterize is from 0 to 8, got 9'),
    (dict(type='Shear', magnitude='much'), "magnitude of Shear is a number, got 'much'"),
    (dict(type='Shear', magnitude=.1, direction='up'), "direction of Shear is 'horizontal'"),
    (dict(type='Shear', magnitude=.1, pad_val=(1, 2)), 'pad_val of Shear is a whole number'),
    (dict(type='Rotate', angle=1., center=(1, )), 'center of Rotate is a point'),
    (dict(type='Rotate', angle=1., interpolation='cubic'), 'Rotate interpolates by one of'),
    (dict(type='Cutout', shape=(1, 2, 3)), 'shape of Cutout is one number'),
])
def test_values_that_mean_nothing_are_refused(step, sentence):
    with pytest.raises(InputError, match=sentence):
        Compose([step])
