"""Grey levels and colours, against values worked out in floating point."""
import numpy as np
import pytest

from mmseg.datasets.pipelines import (
    CLAHE,
    AdjustGamma,
    Normalize,
    PhotoMetricDistortion,
    Rerange,
    RGB2Gray,
)
from mmseg.datasets.pipelines.photometry import _Distortion
from mmseg.utils.errors import InputError

GREYS = np.arange(256, dtype=np.uint8).reshape(16, 16)[..., None].repeat(3, axis=2)


def distort(img, **change):
    return PhotoMetricDistortion.apply(np.asarray(img, dtype=np.uint8), _Distortion(**change))


@pytest.mark.parametrize('brightness', [-31.7, 12.4, 32.])
@pytest.mark.parametrize('contrast', [.5, 1., 1.37])
def test_brightness_then_contrast(brightness, contrast):
    brighter = np.clip(GREYS.astype(float) + brightness, 0, 255)
    reference = np.clip(np.floor(brighter) * contrast, 0, 255)
    found = distort(GREYS, brightness=brightness, contrast=contrast)
    assert found.dtype == np.uint8 and found.shape == GREYS.shape
    assert np.abs(found - reference).max() <= 1
    last = distort(GREYS, brightness=brightness, contrast=contrast, contrast_first=False)
    np.testing.assert_array_equal(last, found)  # without colours the order makes no difference


@pytest.mark.parametrize('factor', [.5, .8, 1.5])
def test_saturation_moves_channels_away_from_the_largest(factor):
    bgr = np.array([[[0, 100, 200], [200, 120, 40], [90, 200, 160], [77, 77, 77]]], np.uint8)
    value = bgr.max(axis=2, keepdims=True).astype(float)
    most = value / np.maximum(value - bgr.min(axis=2, keepdims=True), 1)  # saturation ends at 1
    reference = value - (value - bgr) * np.minimum(factor, most)
    # HSV holds hues in steps of two degrees, which are up to 200 / 60 levels, and whole
    # saturations: exact only to some levels
    assert np.abs(distort(bgr, saturation=factor) - reference).max() <= 3
    assert distort([[[0, 100, 200]]], saturation=.5).tolist() == [[[100, 150, 200]]]


def test_hue_turns_in_steps_of_two_degrees():
    red, green, blue = [[[0, 0, 200]]], [[[0, 200, 0]]], [[[200, 0, 0]]]
    assert distort(red, hue=60).tolist() == green
    assert distort(green, hue=60).tolist() == blue
    assert distort(blue, hue=60).tolist() == red
    assert distort(red, hue=-60).tolist() == blue
    assert distort(red, hue=15).tolist() == [[[0, 100, 200]]]


def test_contrast_after_colours():
    # saturation halves the distance to 200 first; then every channel is halved
    changed = distort([[[0, 100, 200]]], saturation=.5, contrast=.5, contrast_first=False)
    assert changed.tolist() == [[[50, 75, 100]]]
    # contrast that cuts at 255 first gives another colour
    first = distort([[[0, 200, 240]]], saturation=.5, contrast=1.5, contrast_first=True)
    assert np.abs(first.astype(int) - [127, 255, 255]).max() <= 1
    last = distort([[[0, 200, 240]]], saturation=.5, contrast=1.5, contrast_first=False)
    assert np.abs(last.astype(int) - [180, 255, 255]).max() <= 1


def test_colours_change_rows_with_colour_alone():
    image = np.full((4, 2, 3), 90, dtype=np.uint8)
    image[1, 1] = 40, 80, 120
    image[3, 0] = 200, 100, 100
    changed = PhotoMetricDistortion.apply(image, _Distortion(saturation=.5, hue=30))
    # hue 15 of 180 and saturation 170 of 255 become 45 and 85; hue 120 and 127 become 150 and 63
    assert changed.tolist() == [[[90, 90, 90]] * 2, [[90, 90, 90], [80, 120, 100]],
                                [[90, 90, 90]] * 2, [[200, 151, 200], [90, 90, 90]]]
    assert image[1, 1].tolist() == [40, 80, 120]  # the input is left as it is


def test_distortion_repeats_under_a_seed_and_varies():
    img = np.random.RandomState(0).randint(0, 256, (8, 8, 3), dtype=np.uint8)
    found = []
    for seed in (0, 1, 2, 3, 0):
        np.random.seed(seed)
        found.append(PhotoMetricDistortion()(dict(img=img))['img'])
    np.testing.assert_array_equal(found[0], found[4])
    assert len({picture.tobytes() for picture in found}) == 4


def test_distortion_stays_in_its_ranges_and_rests_half_the_time():
    distortion = PhotoMetricDistortion(20, (.8, 1.2), (.6, 1.4), 10)
    np.random.seed(0)
    drawn = [distortion._draw() for _ in range(800)]
    for values, low, high, rest in (([d.brightness for d in drawn], -20, 20, 0),
                                    ([d.contrast for d in drawn], .8, 1.2, 1),
                                    ([d.saturation for d in drawn], .6, 1.4, 1),
                                    ([d.hue for d in drawn], -10, 9, 0)):
        assert low <= min(values) and max(values) <= high
        assert .4 < np.mean([value == rest for value in values]) < .6
    assert .4 < np.mean([d.contrast_first for d in drawn]) < .6


def test_normalize_by_hand():
    img = np.array([[[10, 20, 30], [40, 50, 60]]], dtype=np.uint8)  # BGR
    results = Normalize(mean=[1, 2, 3], std=[2, 4, 8])(dict(img=img))
    expected = [[[(30 - 1) / 2, (20 - 2) / 4, (10 - 3) / 8],
                 [(60 - 1) / 2, (50 - 2) / 4, (40 - 3) / 8]]]
    assert results['img'].dtype == np.float32 and results['img'].tolist() == expected
    assert results['img'].transpose(2, 0, 1).flags.c_contiguous
    assert results['img_norm_cfg']['mean'].tolist() == [1, 2, 3]
    assert results['img_norm_cfg']['std'].tolist() == [2, 4, 8]
    assert results['img_norm_cfg']['to_rgb'] is True


@pytest.mark.parametrize('kind', [np.uint8, np.float32, np.int64])
def test_normalize_of_other_channels(kind):
    img = np.array([[[4, 8]]], dtype=kind)
    found = Normalize(mean=[2, 2], std=[2, 3], to_rgb=False)(dict(img=img))['img']
    assert found.tolist() == [[[1, 2]]] and found.dtype == np.float32
    grey = Normalize(mean=[2], std=[2])(dict(img=img[..., 0]))['img']
    assert grey.tolist() == [[1]]
    with pytest.raises(InputError, match='3 means and stds, but the image has 2 channels'):
        Normalize(mean=[1, 1, 1], std=[1, 1, 1])(dict(img=img))


def test_gamma():
    found = AdjustGamma(gamma=2)(dict(img=np.array([[0, 64, 255]], np.uint8)))['img']
    assert found.tolist() == [[0, 127, 255]]  # 255 * sqrt(64 / 255) = 127.7
    with pytest.raises(InputError, match='above 0'):
        AdjustGamma(gamma=0)


def test_rerange():
    img = np.array([[10, 20], [30, 50]], dtype=np.uint8)
    found = Rerange(min_value=0, max_value=4)(dict(img=img))['img']
    assert found.tolist() == [[0, 1], [2, 4]]
    assert Rerange()(dict(img=np.full((2, 2), 9, np.uint8)))['img'].tolist() == [[0, 0], [0, 0]]
    with pytest.raises(InputError, match='above min_value'):
        Rerange(3, 3)


def test_rgb2gray():
    img = np.array([[[10, 20, 30]]], dtype=np.uint8)
    results = RGB2Gray(weights=(.5, .25, .25))(dict(img=img))
    assert results['img'].tolist() == [[[17.5, 17.5, 17.5]]]
    one = RGB2Gray(out_channels=1, weights=(.5, .25, .25))(dict(img=img))
    assert one['img'].tolist() == [[[17.5]]] and one['img_shape'] == (1, 1, 1)


def test_clahe_spreads_what_is_narrow_and_leaves_its_input():
    img = np.random.RandomState(0).randint(100, 110, (64, 64, 3), dtype=np.uint8)
    before = img.copy()
    found = CLAHE()(dict(img=img))['img']
    assert found.shape == img.shape and np.ptp(found) > 3 * np.ptp(img)
    np.testing.assert_array_equal(img, before)
