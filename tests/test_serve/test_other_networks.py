"""The service with networks that label no pixels: a classifier and a detector."""
import runpy
from pathlib import Path

import jsonschema
import pytest
import torch
from fastapi.testclient import TestClient
from mmcv import Config

from mmseg.apis import CheckpointPredictor
from mmseg.layout.writers import FORMATS
from mmseg.serve.app import create_app

from .conftest import PATIENT
from .test_app import SCHEMA, send

# these tests are a package of their own
network = runpy.run_path(str(Path(__file__).parents[1] / 'detectors.py'))['network']

SEEN = [dict(type='LoadImageFromFile'),
        dict(type='MultiScaleFlipAug', img_scale=(64, 64), flip=False, transforms=[
            dict(type='Resize', keep_ratio=False), dict(type='RandomFlip'),
            dict(type='Normalize', mean=[127.] * 3, std=[60.] * 3),
            dict(type='ImageToTensor', keys=['img']), dict(type='Collect', keys=['img'])])]
MODELS = {
    'classifier': dict(
        type='ImageClassifier',
        backbone=dict(type='ResNet', depth=18, base_channels=4, stem_channels=4),
        neck=dict(type='GlobalAveragePooling'),
        head=dict(type='LinearClsHead', num_classes=2, in_channels=32)),
    'detector': network(depth=18, width=32, hidden=8, layers=(1, 1), num_query=9)}


@pytest.fixture
def client(request, tmp_path):
    torch.manual_seed(0)
    kind = request.param
    page_types = dict(type='PageTypeDataset', data_prefix='.', classes=['document', 'slide'])
    boxes = dict(type='LayoutBoxDataset', ann_file='boxes.json', img_prefix='.')
    data = dict(page_types if kind == 'classifier' else boxes, pipeline=SEEN)
    predictor = CheckpointPredictor(Config(dict(model=MODELS[kind], data=dict(test=data))),
                                    device='cpu')
    for name, value in predictor.model.named_parameters():
        if 'cls_branches' in name and name.endswith('bias'):
            value.data[:] = torch.tensor([3., -3., -3., -3.])  # every query is sure of a figure
    with TestClient(create_app(predictor, PATIENT)) as client:
        yield client


@pytest.mark.parametrize('client', ['classifier'], indirect=True)
def test_a_classifier_answers_with_the_page_type(client):
    found = send(client).json()
    jsonschema.validate(found, SCHEMA)
    page, = found['pages']
    assert page['page_type'] in ('document', 'slide')
    assert sum(page['page_scores'].values()) == pytest.approx(1., abs=1e-3)
    assert page['regions'] == []


@pytest.mark.parametrize('client', ['detector'], indirect=True)
def test_a_detector_answers_with_boxes_as_regions_in_every_format(client):
    found = send(client)
    assert found.status_code == 200, found.text
    jsonschema.validate(found.json(), SCHEMA)
    page, = found.json()['pages']
    assert (page['width'], page['height']) == (90, 120)
    assert {region['name'] for region in page['regions']} == {'figure'}
    assert sorted(region['order'] for region in page['regions']) == list(
        range(len(page['regions'])))
    for form in FORMATS:
        answer = send(client, format=form)
        assert (answer.status_code, bool(answer.content)) == (200, True)
