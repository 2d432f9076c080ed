"""The contents of the JSON next to an exported file."""
import mmcv
import pytest

from mmseg.export import (
    ExportMetadata,
    Graph,
    Normalization,
    Preprocessing,
    describe_trace,
    preprocessing,
    with_input,
)
from mmseg.utils import InputError

PIPELINE = [
    dict(type='LoadImageFromFile'),
    dict(type='MultiScaleFlipAug', img_scale=(768, 1024), flip=False, transforms=[
        dict(type='Resize', keep_ratio=True),
        dict(type='RandomFlip'),
        dict(type='Normalize', mean=[1, 2, 3], std=[4, 5, 6.5], to_rgb=True),
        dict(type='ImageToTensor', keys=['img']),
        dict(type='Collect', keys=['img'])])]
HOW = Normalization((1, 2, 3), (4, 5, 6.5), True)


def test_preprocessing_of_a_pipeline():
    assert preprocessing(PIPELINE) == Preprocessing((768, 1024), True, HOW)


def test_a_pipeline_with_further_steps_has_no_short_form():
    padded = [PIPELINE[0], dict(PIPELINE[1], transforms=[
        *PIPELINE[1]['transforms'], dict(type='Pad', size_divisor=32)])]
    assert preprocessing(padded) is None


def with_pad(place=4, **pad):
    steps = list(PIPELINE[1]['transforms'])
    steps.insert(place, dict(type='Pad', **pad))
    return [PIPELINE[0], dict(PIPELINE[1], transforms=steps)]


def test_pages_of_a_classifier_may_be_filled_up():
    found = preprocessing(with_pad(place=3, size=(1024, 768)), of_classifier=True)
    assert found == Preprocessing((768, 1024), True, HOW, (1024, 768))
    assert preprocessing(with_pad(place=3, size=(1024, 768))) is None
    assert preprocessing(PIPELINE, of_classifier=True) == Preprocessing((768, 1024), True, HOW)


@pytest.mark.parametrize('pad', [
    dict(size_divisor=32), dict(size=(1024, 768), pad_val=1), dict(place=0, size=(1024, 768))])
def test_other_ways_to_fill_up_have_no_short_form(pad):
    assert preprocessing(with_pad(**pad), of_classifier=True) is None


def config(train=()):
    """A config with a test pipeline and steps of the training's."""
    return mmcv.Config(dict(data=dict(
        test=dict(pipeline=PIPELINE),
        train=dict(type='RepeatDataset', dataset=dict(pipeline=list(train))))))


def test_json_names_all_that_a_service_needs(make_model):
    model = make_model()
    model.PALETTE = [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
    model.test_cfg = dict(mode='slide', crop_size=(8, 6), stride=(4, 4))
    graph = Graph(scales=(0.5, 1), layers={'green': 1.0}, output='pred', normalization=HOW)
    train = [dict(type='Resize', img_scale=(96, 64), ratio_range=(0.5, 2.0)),
             dict(type='LabelErosion', per_class={1: dict(pixels=2)})]
    info = with_input(describe_trace(model, config(train), graph), (64, 48), pages=1)
    values = info.to_json()
    assert values == {
        'format': 'mmseg export 1',
        'input': {'name': 'input', 'layout': 'NCHW', 'dtype': 'uint8', 'range': 'BGR, 0 to 255'},
        'outputs': ['seg_pred', 'cls_scores'],
        'classes': ['red', 'green', 'blue'], 'page_types': ['warm', 'cold'],
        'palette': [[255, 0, 0], [0, 255, 0], [0, 0, 255]],
        'graph': {'scales': [0.5, 1.0], 'flip': False, 'layers': {'green': [1.0]},
                  'output': 'pred', 'fuse_conv_bn': False,
                  'normalization': {'mean': [1, 2, 3], 'std': [4, 5, 6.5], 'to_rgb': True}},
        'preprocessing': {'scale': [768, 1024], 'keep_ratio': True,
                          'normalization': {'mean': [1, 2, 3], 'std': [4, 5, 6.5], 'to_rgb': True}},
        'align_corners': False, 'window': {'crop_size': [8, 6], 'stride': [4, 4]},
        'page_size': [64, 48], 'pages': 1,
        'erosion': {'methods': {'green': ['pixels', 2]}, 'scale': [768, 1024]}}
    assert ExportMetadata.from_json(values, 'x.json') == info


def test_names_are_numbers_where_a_model_has_none(make_model):
    model = make_model(cls_head=False)
    model.CLASSES = model.PAGE_CLASSES = None
    info = describe_trace(model)
    assert info.classes == ('0', '1', '2') and info.page_types == ()
    assert len(set(info.palette)) == 3 and info.preprocessing is None and info.erosion is None


def test_json_of_a_later_version_is_one_sentence(make_model):
    values = describe_trace(make_model()).to_json()
    with pytest.raises(InputError, match="x.json does not fit this version .*'colour'"):
        ExportMetadata.from_json({**values, 'colour': 1}, 'x.json')
    with pytest.raises(InputError, match="'format' should be|key format should be"):
        ExportMetadata.from_json({**values, 'format': 'other'}, 'x.json')


@pytest.mark.parametrize('value', [10 ** 400, -10 ** 400, float('nan'), float('inf'), True, '1'])
def test_numbers_out_of_range_are_refused(value):
    with pytest.raises(InputError, match='threshold'):
        ExportMetadata.from_json({'format': 'mmseg export 1', 'threshold': value}, 'a.json')
