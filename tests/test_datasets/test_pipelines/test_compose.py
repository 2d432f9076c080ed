"""Transforms one after the other."""
import numpy as np
import pytest

from mmseg.datasets.builder import PIPELINES
from mmseg.datasets.pipelines import Compose, RandomCrop, Resize
from mmseg.utils.errors import InputError

STEPS = [dict(type='Resize', img_scale=(150, 150), ratio_range=(.5, 2.)),
         dict(type='RandomCrop', crop_size=(64, 48), cat_max_ratio=.75),
         dict(type='RandomFlip', prob=.5)]


def page():
    generator = np.random.RandomState(5)
    return dict(img=generator.randint(0, 256, (100, 80, 3), dtype=np.uint8),
                gt_semantic_seg=generator.randint(0, 4, (100, 80), dtype=np.uint8),
                seg_fields=['gt_semantic_seg'])


@pytest.mark.parametrize('seed', range(8))
def test_together_as_one_by_one(seed):
    pipeline = Compose(STEPS)
    np.random.seed(seed)
    together = pipeline(page())
    np.random.seed(seed)
    single = page()
    for transform in pipeline.transforms:
        single = transform(single)
    assert single.keys() == together.keys()
    assert isinstance(together['img'], np.ndarray)
    assert np.abs(single['img'].astype(int) - together['img']).max() <= 1
    np.testing.assert_array_equal(single['gt_semantic_seg'], together['gt_semantic_seg'])
    for key in ('scale', 'img_shape', 'pad_shape', 'flip'):
        assert single[key] == together[key]


def test_a_custom_crop_gets_the_whole_picture():
    seen = []

    class MyCrop(RandomCrop):
        def __call__(self, results):
            seen.append(type(results['img']))
            return super().__call__(results)

    Compose([Resize(img_scale=(20, 20)), MyCrop((4, 4))])(page())
    assert seen == [np.ndarray]


def test_none_ends_the_run():
    assert Compose([lambda results: None, lambda results: 1 / 0])(dict()) is None


def test_a_users_transform_works_by_name():
    @PIPELINES.register_module(name='DoubleForTest')
    class Double:
        def __call__(self, results):
            results['value'] *= 2
            return results

    assert Compose([dict(type='DoubleForTest'), Double()])(dict(value=3)) == dict(value=12)


def test_what_is_wrong_is_said():
    with pytest.raises(InputError, match="did you mean 'RandomCrop'"):
        Compose([dict(type='RandomCorp', crop_size=(1, 1))])
    with pytest.raises(InputError, match="did you mean 'cat_max_ratio'"):
        Compose([dict(type='RandomCrop', crop_size=(1, 1), cat_max_ration=.7)])
    with pytest.raises(InputError, match='transform 1 of a pipeline must be'):
        Compose([Resize(), 3])
    with pytest.raises(InputError, match=r'^Pad\(.* cannot do its work on a.png: .*; does it have'):
        Compose([dict(type='Pad', size='x')])(dict(filename='a.png', img=np.zeros((2, 2, 3))))


def test_what_a_users_transform_raises_comes_as_it_is():
    def fails(data):
        raise KeyError('mine')

    with pytest.raises(KeyError, match='mine'):
        Compose([fails])({})
