"""Views of a page."""
import numpy as np
import pytest

from mmseg.datasets.pipelines import MultiScaleFlipAug
from mmseg.utils.errors import InputError

INNER = [dict(type='Resize', keep_ratio=True), dict(type='RandomFlip')]


def views(page=(10, 20), **arguments):
    """(height, width, view_scale, flip, flip_direction) of each view."""
    found = MultiScaleFlipAug(INNER, **arguments)(dict(img=np.zeros((*page, 3), np.uint8)))
    assert len(found['scale_factor']) == len(found['img'])
    return [(*img.shape[:2], *rest) for img, *rest in zip(
        found['img'], found['view_scale'], found['flip'], found['flip_direction'], strict=True)]


def test_one_view():
    assert views(img_scale=(40, 40)) == [(20, 40, 1., False, 'horizontal')]


def test_ratios_and_flips_in_order():
    assert views(img_scale=(40, 40), img_ratios=[1., .5], flip=True) == [
        (20, 40, 1., False, 'horizontal'), (20, 40, 1., True, 'horizontal'),
        (10, 20, .5, False, 'horizontal'), (10, 20, .5, True, 'horizontal')]


def test_ratios_of_the_page_itself():
    assert views(img_scale=None, img_ratios=[.5, 2]) == [
        (5, 10, .5, False, 'horizontal'), (20, 40, 2., False, 'horizontal')]


def test_several_scales_are_measured_by_the_first():
    assert views(img_scale=[(40, 40), (20, 20)]) == [
        (20, 40, 1., False, 'horizontal'), (10, 20, .5, False, 'horizontal')]


def test_several_directions():
    found = views(img_scale=(20, 20), flip=True, flip_direction=['horizontal', 'vertical'])
    assert [view[3:] for view in found] == [(False, 'horizontal'), (False, 'vertical'),
                                            (True, 'horizontal'), (True, 'vertical')]


def test_the_mirrored_view_is_mirrored():
    img = np.arange(8, dtype=np.uint8).reshape(1, 8)[..., None].repeat(3, axis=2)
    found = MultiScaleFlipAug(INNER, (8, 1), flip=True)(dict(img=img))
    assert found['img'][0][0, :, 0].tolist() == list(range(8))
    assert found['img'][1][0, :, 0].tolist() == list(range(7, -1, -1))


def test_what_is_wrong_is_said():
    with pytest.raises(InputError, match='needs img_scale or img_ratios'):
        MultiScaleFlipAug(INNER, img_scale=None)
    with pytest.raises(InputError, match='img_ratios go with one img_scale'):
        MultiScaleFlipAug(INNER, img_scale=[(1, 1), (2, 2)], img_ratios=[1.])
    with pytest.raises(InputError, match='factors above 0'):
        MultiScaleFlipAug(INNER, img_scale=(1, 1), img_ratios=[1., -1])
    with pytest.warns(UserWarning, match='no effect without RandomFlip'):
        MultiScaleFlipAug(INNER[:1], img_scale=(1, 1), flip=True)
