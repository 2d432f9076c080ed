"""Sheets of every kind of data set."""
from itertools import islice

import mmcv
import numpy as np
import pytest
from PIL import Image

from mmseg.data_check.browse import Sheets, open_split
from mmseg.utils.config import load_config
from mmseg.utils.errors import InputError

from ..test_datasets.test_data_configs import CONFIGS, small

LOAD = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]
VIEWS = [dict(type='LoadImageFromFile'), dict(
    type='MultiScaleFlipAug', img_scale=(60, 40), flip=False,
    transforms=[dict(type='Resize', keep_ratio=True), dict(type='ImageToTensor', keys=['img']),
                dict(type='Collect', keys=['img'])])]
SKIPPED = ('DefaultFormatBundle', 'Normalize', 'Collect')


def captions(monkeypatch):
    """What is written above the panels of each sheet that is drawn from now on."""
    from mmseg.core.visualization import pipeline
    drawn = []
    original = pipeline.side_by_side

    def spy(images, texts, *args):
        drawn.append(texts)
        return original(images, texts, *args)

    monkeypatch.setattr(pipeline, 'side_by_side', spy)
    return drawn


@pytest.mark.parametrize('name', [row[0] for row in CONFIGS])
def test_every_known_data_set(name, data_folder, repository, monkeypatch):
    monkeypatch.chdir(data_folder)
    cfg = load_config(str(repository / f'configs/_base_/datasets/{name}.py'))
    parts = cfg.data.train if isinstance(cfg.data.train, list) else [
        cfg.data.train.get('dataset', cfg.data.train)]
    for part in (*parts, cfg.data.test):
        small(part)
    drawn = captions(monkeypatch)
    for split in ('train', 'test'):
        sheet, = islice(Sheets(open_split(cfg, split), SKIPPED), 1)
        assert sheet.picture.dtype == np.uint8 and sheet.picture.shape[0] > 480
    assert drawn[0][0] == 'LoadImageFromFile (16x12)'
    assert [text.split(' (')[0] for text in drawn[1][:2]] == [
        'LoadImageFromFile', 'LoadAnnotations']


@pytest.fixture
def config(voc):
    def make(**train):
        part = dict(type='LayoutDataset', data_root=str(voc), pipeline=LOAD)
        return mmcv.Config(dict(data=dict(
            train=train or dict(part, split='train'),
            val=dict(part, split='val', pipeline=VIEWS),
            test=dict(part, split='val', pipeline=VIEWS, ann_dir='withheld'))))
    return make


@pytest.mark.parametrize('mode, shown', [
    ('original', ['LoadAnnotations']), ('transformed', ['RandomFlip']),
    ('concat', ['LoadAnnotations', 'RandomFlip']),
    ('pipeline', ['LoadImageFromFile', 'LoadAnnotations', 'RandomFlip'])])
def test_what_of_a_page_a_mode_shows(config, voc, monkeypatch, mode, shown):
    drawn = captions(monkeypatch)
    cfg = config(type='LayoutDataset', data_root=str(voc), split='train',
                 pipeline=[*LOAD, dict(type='RandomFlip', prob=1.)])
    list(Sheets(open_split(cfg), mode=mode))
    assert [text.split(': ')[-1].split(' (')[0] for text in drawn[0]] == shown


def test_the_page_type_is_above(config, monkeypatch):
    drawn = captions(monkeypatch)
    sheets = list(Sheets(open_split(config())))
    assert [sheet.name for sheet in sheets] == ['a.jpg', 'b.jpg']
    assert [texts[0] for texts in drawn] == [
        'document: LoadImageFromFile (6x4)', 'slide: LoadImageFromFile (6x4)']


def test_a_validation_s_views_have_their_labels(config, monkeypatch):
    drawn = captions(monkeypatch)
    assert [sheet.name for sheet in Sheets(open_split(config(), 'val'))] == ['c.jpg']
    assert drawn == [['document: LoadImageFromFile (6x4)', 'LoadAnnotations (6x4)',
                      'Resize (60x40)']]


def test_a_test_without_labels_is_drawn_without(config, monkeypatch):
    drawn = captions(monkeypatch)
    sheet, = Sheets(open_split(config(), 'test'))
    assert sheet.name == 'c.jpg'
    assert drawn == [['document: LoadImageFromFile (6x4)', 'Resize (60x40)']]


@pytest.mark.parametrize('wrap, number', [
    (lambda part: dict(type='RepeatDataset', times=2, dataset=part), 4),
    (lambda part: dict(type='ConcatDataset', datasets=[part, dict(part, split='val')]), 3),
    (lambda part: dict(type='MixedDataset', datasets=[part, dict(part, split='val')]), 4),
    (lambda part: dict(type='MultiImageMixDataset', dataset=part, pipeline=[
        dict(type='RandomMosaic', prob=1., img_scale=(8, 8))]), 2),
])
def test_wrapped_data_sets(wrap, number, voc, config):
    part = dict(type='LayoutDataset', data_root=str(voc), split='train', pipeline=LOAD)
    assert len(list(Sheets(open_split(config(**wrap(part)))))) == number


def test_each_sheet_has_a_name_of_its_own(voc, tmp_path_factory, config):
    import shutil
    other = tmp_path_factory.mktemp('other') / 'voc'
    shutil.copytree(voc, other)
    part = dict(type='LayoutDataset', split='val', pipeline=LOAD)
    cfg = config(type='RepeatDataset', times=2, dataset=dict(type='ConcatDataset', datasets=[
        dict(part, data_root=str(voc)), dict(part, data_root=str(other))]))
    assert [sheet.name for sheet in Sheets(open_split(cfg))] == [
        'c.jpg', 'c_2.jpg', 'c_3.jpg', 'c_4.jpg']


def test_images_of_kinds_that_cannot_be_written_become_png(voc, config):
    cfg = config(type='LayoutDataset', data_root=str(voc), img_suffix='.tga', split='train',
                 pipeline=LOAD)
    for name in 'ab':
        Image.open(voc / f'JPEGImages/{name}.jpg').save(voc / f'JPEGImages/{name}.tga')
    cfg.data.train.pipeline = [dict(type='LoadImageFromFile', imdecode_backend='pillow'), LOAD[1]]
    assert [sheet.name for sheet in Sheets(open_split(cfg))] == ['a.png', 'b.png']


def test_nothing_to_draw_is_one_sentence(config):
    with pytest.raises(InputError, match='^no transform of the pipeline gives a picture'):
        next(iter(Sheets(open_split(config()), ('LoadImageFromFile', 'LoadAnnotations'))))
    cfg = config()
    cfg.data.pop('test')
    with pytest.raises(InputError, match='^the config has no data.test$'):
        open_split(cfg, 'test')
