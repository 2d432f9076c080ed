"""Policies of augmentation; numbers of MMClassification 0.25.0."""
import random

import cv2
import numpy as np
import pytest

from mmseg.datasets.pipelines import AutoAugment, RandAugment
from mmseg.utils.errors import InputError, UnknownNameError

LISTS = [
    [dict(type='Posterize', bits=4, prob=.4), dict(type='Rotate', angle=30., prob=.6)],
    [dict(type='Solarize', thr=256 / 9 * 4, prob=.6), dict(type='AutoContrast', prob=.6)],
    [dict(type='Equalize', prob=.8), dict(type='ColorTransform', magnitude=.6, prob=.6)]]
STEPS = [
    dict(type='Rotate', magnitude_key='angle', magnitude_range=(0, 30)),
    dict(type='Posterize', magnitude_key='bits', magnitude_range=(4, 0)), dict(type='Equalize'),
    dict(type='Shear', magnitude_key='magnitude', magnitude_range=(0, .3), direction='vertical')]


@pytest.fixture
def means():
    """The means of twelve pictures after a transform."""
    rows, columns = np.mgrid[:40, :60]
    img = np.stack([rows * 5 + 20, columns * 4, rows * columns % 251], -1).astype(np.uint8)

    def of(transform):
        random.seed(1)
        np.random.seed(1)
        return [float(transform(dict(img=img.copy()))['img'].mean()) for _ in range(12)]
    return of


def test_lists_are_drawn_as_by_mmcls(means):
    assert means(AutoAugment(LISTS)) == pytest.approx(
        [115.327, 131.153, 112.918, 119.825, 115.327, 69.461, 69.461, 119.825, 129.684, 122.087,
         115.327, 118.561], abs=.05)


@pytest.mark.parametrize(('std', 'expected'), [
    (0, [124.259, 94.364, 85.662, 110.419, 120.459, 84.284, 110.419, 85.662, 115.327, 125.649,
         118.025, 115.327]),
    (.5, [124.041, 85.662, 118.138, 113.862, 115.076, 118.242, 85.662, 115.327, 85.662, 120.512,
          132.382, 115.327]),
    ('inf', [119.557, 85.662, 117.878, 115.336, 118.734, 118.001, 115.327, 115.327, 117.091,
             117.266, 115.327, 100.68])])
def test_transforms_and_levels_are_drawn_as_by_mmcls(std, expected, means):
    augment = RandAugment(STEPS, num_policies=2, total_level=10, magnitude_level=7,
                          magnitude_std=std)
    # OpenCV 4 rounds the places of turned pixels
    exact = cv2.__version__.startswith('5')
    assert means(augment) == pytest.approx(expected, abs=.05 if exact else .5)


def test_the_level_lies_between_the_two_numbers_of_the_range():
    augment = RandAugment(STEPS, num_policies=1, magnitude_level=12)
    assert augment.step(augment.policies[0], 12) == dict(type='Rotate', angle=12., pad_val=128)
    assert augment.step(augment.policies[1], 30) == dict(type='Posterize', bits=0.)
    assert augment.step(augment.policies[2], 30) == dict(type='Equalize')


def test_hparams_are_for_transforms_that_take_them_and_do_not_have_them():
    augment = AutoAugment([[dict(type='Rotate', angle=1., pad_val=0), dict(type='Invert'),
                            dict(type='Shear', magnitude=.1)]],
                          hparams=dict(pad_val=7, interpolation='nearest'))
    assert augment.policies == [[
        dict(type='Rotate', angle=1., pad_val=0, interpolation='nearest'), dict(type='Invert'),
        dict(type='Shear', magnitude=.1, pad_val=7, interpolation='nearest')]]


@pytest.mark.parametrize(('build', 'sentence'), [
    (lambda: AutoAugment([]), 'policies of AutoAugment are lists'),
    (lambda: AutoAugment([dict(type='Invert')]), 'policies of AutoAugment are lists'),
    (lambda: AutoAugment([[dict(prob=1)]]), "policies of AutoAugment are dicts with 'type'"),
    (lambda: RandAugment([], 2, 5), 'policies of RandAugment is a list'),
    (lambda: RandAugment(STEPS, 0, 5), 'num_policies of RandAugment is a whole number'),
    (lambda: RandAugment(STEPS, 2, -1), 'magnitude_level from 0 on'),
    (lambda: RandAugment(STEPS, 2, 5, magnitude_std='wide'), "is a number or 'inf'"),
    (lambda: RandAugment([dict(type='Rotate', magnitude_key='angle')], 2, 5),
     'needs magnitude_range, a pair, got None'),
    (lambda: RandAugment([dict(type='Rotate')], 2, 5), 'angle'),
])
def test_policies_that_mean_nothing_are_refused(build, sentence):
    with pytest.raises(InputError, match=sentence):
        build()


def test_an_unknown_transform_is_found_at_the_start():
    with pytest.raises(UnknownNameError, match="'Equalise'.*'Equalize'"):
        RandAugment([dict(type='Equalise')], 1, 5)
