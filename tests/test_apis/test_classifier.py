"""A classifier through the functions behind the commands: train, test, look, serve."""
import json

import cv2
import mmcv
import numpy as np
import pytest
import torch

from mmseg.apis import (
    CheckpointPredictor,
    inference_segmentor,
    init_segmentor,
    read_layout,
    train_segmentor,
)
from mmseg.apis.activation import class_activation, draw_activation
from mmseg.apis.evaluate import evaluate_checkpoint
from mmseg.apis.predictors import open_predictor
from mmseg.data_check import check_first_pages
from mmseg.datasets import build_dataset
from mmseg.models import build_classifier
from mmseg.utils import get_root_logger
from mmseg.utils.errors import InputError

CONFIG = """
norm = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
train_pipeline = [
    dict(type='LoadImageFromFile'), dict(type='Resize', size=32), dict(type='Normalize', **norm),
    dict(type='ImageToTensor', keys=['img']), dict(type='ToTensor', keys=['gt_label']),
    dict(type='Collect', keys=['img', 'gt_label'])]
test_pipeline = {test_pipeline}
pages = dict(type='PageTypeDataset', data_root='{root}', data_prefix='pages')
data = dict(samples_per_gpu=4, workers_per_gpu=0, train=dict(pages, pipeline=train_pipeline),
            val=dict(pages, pipeline=test_pipeline), test=dict(pages, pipeline=test_pipeline))
model = dict(
    type='ImageClassifier',
    backbone=dict(type='ResNet', depth=18, base_channels=4, stem_channels=4),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(type='LinearClsHead', num_classes=2, in_channels=32, cal_acc=True))
optimizer = dict(type='AdamW', lr=1e-2)
optimizer_config = dict(grad_clip=None)
lr_config = dict(policy='fixed')
runner = dict(type='EpochBasedRunner', max_epochs=3)
checkpoint_config = dict(interval=3)
evaluation = dict(interval=3, metric=['accuracy', 'f1_score'], save_best='accuracy_top-1')
log_config = dict(interval=1, hooks=[dict(type='TextLoggerHook')])
log_level = 'INFO'
device = 'cpu'
"""
ONE_VIEW = """[
    dict(type='LoadImageFromFile'), dict(type='Resize', size=(40, -1)),
    dict(type='CenterCrop', crop_size=32), dict(type='Normalize', **norm),
    dict(type='ImageToTensor', keys=['img']), dict(type='Collect', keys=['img'])]"""
VIEWS = """[
    dict(type='LoadImageFromFile'),
    dict(type='MultiScaleFlipAug', img_scale=(32, 32), flip=False, transforms=[
        dict(type='Resize', keep_ratio=False), dict(type='RandomFlip'),
        dict(type='Normalize', **norm), dict(type='ImageToTensor', keys=['img']),
        dict(type='Collect', keys=['img'])])]"""


@pytest.fixture(scope='module', params=[ONE_VIEW, VIEWS], ids=['one view', 'views'])
def trained(request, tmp_path_factory):
    """The config and checkpoint of a classifier that has seen light and dark pages."""
    root = tmp_path_factory.mktemp('types')
    noise = np.random.RandomState(0)
    for kind, (low, high) in dict(dark=(0, 60), light=(190, 250)).items():
        (root / 'pages' / kind).mkdir(parents=True)
        for number in range(4):
            page = noise.randint(low, high, (30 + number, 40, 3)).astype(np.uint8)
            cv2.imwrite(str(root / 'pages' / kind / f'{number}.png'), page)
    (root / 'config.py').write_text(CONFIG.format(root=root, test_pipeline=request.param))
    cfg = mmcv.Config.fromfile(str(root / 'config.py'))
    cfg.work_dir, cfg.gpu_ids, cfg.seed = str(root / 'work'), [0], 0
    mmcv.mkdir_or_exist(cfg.work_dir)
    torch.manual_seed(0)
    pages = build_dataset(cfg.data.train)
    model = build_classifier(cfg.model)
    model.init_weights()
    train_segmentor(model, pages, cfg, validate=True,
                    meta=dict(CLASSES=pages.CLASSES, config=cfg.pretty_text))
    return root


def test_training_leaves_scores_and_the_best_checkpoint(trained):
    report = json.loads((trained / 'work/eval_report.json').read_text())
    assert report['epoch'] == 3
    assert report['page_classes'] == ['dark', 'light']
    assert sum(map(sum, report['page_confusion'])) == 8
    assert (trained / 'work/best_accuracy_top-1_epoch_3.pth').is_file()
    log = next(path for path in (trained / 'work').glob('*.log.json')).read_text()
    assert '"top-1"' in log and '"accuracy_top-1"' in log


def test_a_test_gives_scores_pictures_and_a_report(trained):
    cfg = mmcv.Config.fromfile(str(trained / 'config.py'))
    scores = evaluate_checkpoint(
        cfg, str(trained / 'work/latest.pth'), metrics=['accuracy', 'support'],
        options=dict(topk=1), show_dir=str(trained / 'shown'),
        report=str(trained / 'report.json'))
    model = init_segmentor(str(trained / 'config.py'), str(trained / 'work/latest.pth'), 'cpu')
    pages = sorted((trained / 'pages').glob('*/*.png'))
    found = [np.argmax(inference_segmentor(model, str(page))[0]) for page in pages]
    right = np.mean([name == page.parent.name for name, page in
                     zip([model.CLASSES[index] for index in found], pages)])
    assert scores == {'accuracy': pytest.approx(100 * right), 'support': 8.0}
    assert len(list((trained / 'shown').glob('*/*.png'))) == 8
    assert json.loads((trained / 'report.json').read_text())['page_classes'] == ['dark', 'light']


def test_a_checkpoint_answers_with_a_page_type_and_no_regions(trained):
    page = cv2.imread(str(trained / 'pages/light/0.png'))
    predictor = open_predictor(str(trained / 'work/latest.pth'))
    assert isinstance(predictor, CheckpointPredictor)
    assert (predictor.classes, predictor.page_classes) == ((), ('dark', 'light'))
    layout, = read_layout(predictor, [page])
    model = init_segmentor(str(trained / 'config.py'), str(trained / 'work/latest.pth'), 'cpu')
    scores, = inference_segmentor(model, page)
    assert layout.regions == ()
    assert layout.size == (30, 40)
    assert layout.page_scores == pytest.approx(dict(zip(('dark', 'light'), scores)))


def test_where_on_the_page_it_looks(trained):
    page = cv2.imread(str(trained / 'pages/light/0.png'))
    model = init_segmentor(str(trained / 'config.py'), str(trained / 'work/latest.pth'), 'cpu')
    found = class_activation(model, page, page_type='light')
    assert found.heat.shape == (30, 40)
    assert (found.name, found.pixels, found.layer) == ('light', None, 'backbone')
    assert found.score == pytest.approx(inference_segmentor(model, page)[0][1], rel=1e-4)
    assert draw_activation(page, found, (), ()).ndim == 3
    with pytest.raises(InputError, match='has no classes of pixels'):
        class_activation(model, page, target='text')


def test_head_and_data_must_agree_before_a_training(trained):
    cfg = mmcv.Config.fromfile(str(trained / 'config.py'))
    pages = build_dataset(cfg.data.train)
    check_first_pages(cfg, get_root_logger(), train=pages)
    cfg.model.head.num_classes = 3
    with pytest.raises(InputError, match='head.num_classes is 3, but data.train has 2 classes'):
        check_first_pages(cfg, get_root_logger(), train=pages)
