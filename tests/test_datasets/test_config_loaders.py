"""Parts of a config's data, within lists and wrappers."""
import pytest

from mmseg.datasets.config_loaders import AUG_RATIOS, add_views, with_pipeline
from mmseg.utils.errors import InputError

TRAIN = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]


def part(*steps, **more):
    return dict(type='CustomDataset', pipeline=list(steps), **more)


@pytest.mark.parametrize('wrap', [
    lambda data: data, lambda data: [data], lambda data: dict(type='RepeatDataset', times=3,
                                                              dataset=data),
    lambda data: dict(type='ConcatDataset', datasets=[data]),
    lambda data: dict(type='MultiImageMixDataset', pipeline=['mosaic'], dataset=data)])
def test_pages_of_val_as_in_training(wrap):
    val = part('other', img_dir='val')
    changed = with_pipeline(val, wrap(part(*TRAIN, img_dir='train')))
    assert changed == part(*TRAIN, img_dir='val') and val['pipeline'] == ['other']
    assert with_pipeline(wrap(val), part(*TRAIN)) == wrap(changed)


def test_no_pipeline_to_take():
    with pytest.raises(InputError, match='needs a pipeline in data.train'):
        with_pipeline(part(), dict(type='MyDataset'))


@pytest.mark.parametrize('before', [0, 1, 2])
def test_the_step_that_makes_views_is_found(before):
    views = dict(type='MultiScaleFlipAug', img_scale=(8, 8), flip=False, transforms=[])
    steps = [dict(type='LoadImageFromFile'), dict(type='LoadClassLabel')][:before]
    test = [part(*steps, dict(views)), dict(type='RepeatDataset', dataset=part(*steps, views))]
    add_views(test)
    for data in (test[0], test[1]['dataset']):
        assert data['pipeline'][before]['img_ratios'] == AUG_RATIOS
        assert data['pipeline'][before]['flip'] is True
        assert data['pipeline'][:before] == steps


def test_a_pipeline_without_views():
    with pytest.raises(InputError, match='needs MultiScaleFlipAug .* has LoadImageFromFile'):
        add_views(part(dict(type='LoadImageFromFile'), dict(type='Resize')))
