"""The two command lines: from a checkpoint to a traced file, and the check of it."""
import re
import runpy
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmcv import Config

from mmseg.export import Graph, load_traced
from mmseg.models import build_segmentor

TOOLS = Path(__file__).parents[2] / 'trace_tools'
CONFIG = """
norm_cfg = dict(type='SyncBN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    backbone=dict(type='ResNetV1c', depth=18, base_channels=8, stem_channels=8, num_stages=4,
                  dilations=(1, 1, 2, 4), strides=(1, 2, 1, 1), norm_cfg=norm_cfg,
                  dcn=dict(type='DCNv2', deform_groups=1, fallback_on_stride=False),
                  stage_with_dcn=(False, False, False, True)),
    decode_head=dict(type='DepthwiseSeparableASPPHead', in_channels=64, in_index=3, channels=16,
                     dilations=(1, 2, 4), c1_in_channels=8, c1_channels=8, num_classes=3,
                     norm_cfg=norm_cfg, align_corners=False,
                     loss_decode=dict(type='CrossEntropyLoss')),
    cls_head=dict(type='ClsHead', num_classes=2),
    test_cfg=dict(mode='whole', layers=dict(line=[1.0])))
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='MultiScaleFlipAug', img_scale=(96, 64), img_ratios=[0.5, 1.0], flip=True,
         transforms=[
             dict(type='Resize', keep_ratio=True),
             dict(type='RandomFlip'),
             dict(type='Normalize', mean=[120., 120., 120.], std=[60., 60., 60.], to_rgb=True),
             dict(type='ImageToTensor', keys=['img']),
             dict(type='Collect', keys=['img'])])]
data = dict(test=dict(type='CustomDataset', pipeline=test_pipeline))
"""


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a config, a checkpoint of random weights and a page."""
    (tmp_path / 'config.py').write_text(CONFIG)
    torch.manual_seed(0)
    model = build_segmentor(Config.fromfile(tmp_path / 'config.py').model)
    torch.nn.init.normal_(model.cls_head.fc.weight)
    torch.nn.init.normal_(model.decode_head.conv_seg.weight, std=1)
    meta = dict(CLASSES=('background', 'text', 'line'), PAGE_CLASSES=('document', 'slide'),
                PALETTE=[[0, 0, 0], [0, 128, 0], [0, 0, 128]])
    torch.save(dict(state_dict=model.state_dict(), meta=meta), tmp_path / 'model.pth')
    page = np.random.default_rng(0).integers(0, 255, (9, 13, 3), np.uint8)
    cv2.imwrite(str(tmp_path / 'page.png'), cv2.resize(page, (130, 90)))
    return tmp_path


def run(tool, monkeypatch, *options):
    """Return the exit code of a tool."""
    monkeypatch.setattr(sys, 'argv', [tool, *map(str, options)])
    try:
        runpy.run_path(str(TOOLS / tool), run_name='__main__')
    except SystemExit as stop:
        return stop.code
    return 0


def trace(folder, monkeypatch, *options):
    """Return the exit code of the tracing tool."""
    return run('trace_cpu.py', monkeypatch, '--config-path', folder / 'config.py', '--img-path',
               folder / 'page.png', '--model-path', folder / 'model.pth', '--dst-trace-path',
               folder / 'traced.pt', *options)


def validate(folder, monkeypatch, *options):
    """Return the exit code of the comparing tool."""
    return run('trace_cpu_valid.py', monkeypatch, '--config-path', folder / 'config.py',
               '--img-path', folder / 'page.png', '--pytorch-model-path', folder / 'model.pth',
               '--model-path', folder / 'traced.pt', '--output-path', folder / 'both.png',
               *options)


def test_trace_and_validate(folder, monkeypatch, capsys):
    assert trace(folder, monkeypatch) == 0
    _, info = load_traced(folder / 'traced.pt')
    assert info.classes == ('background', 'text', 'line')
    assert info.page_types == ('document', 'slide')
    assert info.preprocessing.scale == (96, 64)
    capsys.readouterr()
    assert validate(folder, monkeypatch, '--cls-dict', '{"0": "paper", "1": "screen"}') == 0
    out = capsys.readouterr().out
    assert 'the two agree' in out and ('paper' in out or 'screen' in out)
    counts = [line.split() for line in out.splitlines() if '| text ' in line][0]
    assert counts[3] == counts[5]
    # 130x90 fits 96x64 as 92x64; two panels of it and three gaps.
    assert cv2.imread(str(folder / 'both.png')).shape[1] == 2 * 92 + 3 * 12


def test_views_are_read_from_the_file(folder, monkeypatch, capsys):
    assert trace(folder, monkeypatch, '--scales', 0.5, 1, '--flip', '--layers', 'text=1,0.5') == 0
    _, info = load_traced(folder / 'traced.pt')
    assert info.graph == Graph(scales=(0.5, 1.0), flip=True, layers={'text': (1.0, 0.5)})
    assert validate(folder, monkeypatch) == 0


def test_another_checkpoint_disagrees(folder, monkeypatch, capsys):
    assert trace(folder, monkeypatch) == 0
    checkpoint = torch.load(folder / 'model.pth')
    checkpoint['state_dict']['decode_head.conv_seg.bias'] += torch.tensor([0., 0., 0.1])
    torch.save(checkpoint, folder / 'model.pth')
    assert validate(folder, monkeypatch) == 1
    assert 'the two DISAGREE' in capsys.readouterr().out
    assert validate(folder, monkeypatch, '--tolerance', 0.2) == 0


@pytest.mark.parametrize('options, message', [
    (['--layers', 'lin=1.0'], "'lin'.*did you mean 'line'"),
    (['--layers', 'line=1.0', '--scales', '0.5'], 'uses the scale 1'),
])
def test_mistakes_are_one_sentence(folder, monkeypatch, capsys, options, message):
    code = trace(folder, monkeypatch, *options)
    assert code == 1 and not (folder / 'traced.pt').exists()
    error = capsys.readouterr().err.splitlines()[-1]
    assert re.search(message, error)
    assert error.startswith('error: ')


def test_a_cls_dict_that_is_none(folder, monkeypatch, capsys):
    assert trace(folder, monkeypatch) == 0
    assert validate(folder, monkeypatch, '--cls-dict', '{"1": "slide"}') == 1
    assert '--cls-dict takes a JSON object' in capsys.readouterr().err
