"""A few sample pages and a network that learns them in seconds."""
import mmcv
import pytest

from mmseg.corpora.sample_pages import make_sample_pages

from .miniatures import write_miniatures
from .voc_folder import voc as voc

CONFIG = """
_base_ = '{base}'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
train_pipeline = [
    dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'),
    dict(type='RandomCrop', crop_size=(64, 64)), dict(type='Normalize', **img_norm_cfg),
    dict(type='Pad', size=(64, 64)), dict(type='DefaultFormatBundle'),
    dict(type='Collect', keys=['img', 'gt_semantic_seg'])]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='MultiScaleFlipAug', img_scale=(128, 128), flip=False, transforms=[
        dict(type='Resize', keep_ratio=True), dict(type='Normalize', **img_norm_cfg),
        dict(type='ImageToTensor', keys=['img']), dict(type='Collect', keys=['img'])])]
data_root = '{pages}'
data = dict(samples_per_gpu=2, workers_per_gpu=0,
            train=dict(data_root=data_root, pipeline=train_pipeline),
            val=dict(data_root=data_root, pipeline=test_pipeline),
            test=dict(data_root=data_root, pipeline=test_pipeline))
model = dict(
    backbone=dict(stem_channels=8, base_channels=4, strides=(1, 2, 2, 2), dilations=(1, 1, 1, 1)),
    decode_head=dict(in_channels=32, channels=8, c1_in_channels=4, c1_channels=4,
                     dilations=(1, 2, 3, 4)),
    auxiliary_head=dict(in_channels=16, channels=4))
runner = dict(max_iters=4)
checkpoint_config = dict(interval=2)
evaluation = dict(interval=2)
log_config = dict(interval=1)
optimizer = dict(lr=1e-3)
"""


@pytest.fixture(scope='session')
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp('data') / 'pages'
    make_sample_pages(str(folder), 6, 3, seed=0, size=128)
    return folder


@pytest.fixture(scope='session')
def data_folder(tmp_path_factory, pages):
    """A folder whose ``data`` holds a miniature of each public data set and of a layout set."""
    folder = tmp_path_factory.mktemp('public')
    write_miniatures(folder)
    (folder / 'data' / 'layout').symlink_to(pages)
    return folder


@pytest.fixture
def config_file(pages, tmp_path, repository):
    """The config as a file, as a user would give it to a tool."""
    base = repository / 'configs' / 'layout' / 'deeplabv3plus_r18-d16_512x512_20k_layout.py'
    file = tmp_path / 'tiny.py'
    file.write_text(CONFIG.format(base=base, pages=pages))
    return file


@pytest.fixture
def config(config_file, tmp_path) -> mmcv.Config:
    cfg = mmcv.Config.fromfile(str(config_file))
    cfg.work_dir, cfg.device, cfg.gpu_ids, cfg.seed = str(tmp_path / 'work'), 'cpu', [0], 0
    mmcv.mkdir_or_exist(cfg.work_dir)
    return cfg


@pytest.fixture
def repository(request):
    return request.config.rootpath
