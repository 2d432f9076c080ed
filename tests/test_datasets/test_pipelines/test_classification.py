"""Crops of pages without label maps."""
import numpy as np
import pytest

from mmseg.datasets.pipelines import Compose, RandomResizedCrop
from mmseg.utils.errors import InputError


@pytest.fixture
def img():
    return np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)


def test_random_crop_by_size_pads_before(img):
    np.random.seed(0)
    seen = Compose([dict(type='RandomCrop', size=(6, 8), padding=1, pad_val=200)])(dict(img=img))
    assert seen['img_shape'] == (6, 8, 3)
    assert (seen['img'][0] == 200).all() and (seen['img'][:, -1] == 200).all()
    np.testing.assert_array_equal(seen['img'][1:-1, 1:-1], img)


def test_random_crop_pads_what_is_too_small(img):
    step = dict(type='RandomCrop', size=6, pad_if_needed=True, padding_mode='edge')
    shapes = {Compose([step])(dict(img=img))['img'].shape for _ in range(5)}
    assert shapes == {(6, 6, 3)}
    with pytest.raises(InputError, match='a window of 6 rows and 6 columns out of 4 and 6'):
        Compose([dict(type='RandomCrop', size=6)])(dict(img=img))


def test_windows_lie_anywhere(img):
    np.random.seed(0)
    crop = Compose([dict(type='RandomCrop', size=(4, 4))])
    assert {int(crop(dict(img=img))['img'][0, 0, 0]) for _ in range(60)} == {0, 3, 6}


def test_crops_in_the_style_of_efficientnet_stay_in_range():
    np.random.seed(0)
    crop = RandomResizedCrop(32, efficientnet_style=True, scale=(.2, 1.), min_covered=.4)
    drawn = [crop.draw_by_height(100, 150) for _ in range(200)]
    assert all(0 <= top <= 100 - height and 0 <= left <= 150 - width
               for top, left, height, width in drawn)
    shares = [height * width / 15000 for _, _, height, width in drawn]
    assert min(shares) >= .4 and max(shares) <= 1
    ratios = [width / height for _, _, height, width in drawn]
    assert .72 < min(ratios) < .8 and 1.25 < max(ratios) < 1.36


def test_without_such_a_crop_the_middle_is_taken():
    crop = RandomResizedCrop(32, efficientnet_style=True, min_covered=2., crop_padding=32)
    assert crop.draw_by_height(100, 150) == (25, 50, 50, 50)


@pytest.mark.parametrize(('step', 'sentence'), [
    (dict(type='RandomCrop', size=4, padding_mode='wrap'), 'padding_mode of RandomCrop'),
    (dict(type='RandomResizedCrop', size=(4, 4), efficientnet_style=True),
     'efficientnet_style takes one number as size'),
])
def test_values_that_mean_nothing_are_refused(step, sentence):
    with pytest.raises(InputError, match=sentence):
        Compose([step])
