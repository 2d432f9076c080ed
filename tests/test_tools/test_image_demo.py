"""The demo on one page, run as a user runs it, with a network whose answer is known."""
import runpy
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmcv import Config

from mmseg.models import build_segmentor

DEMO = Path(__file__).parents[2] / 'demo/image_demo.py'
CONFIG = """
norm_cfg = dict(type='BN')
model = dict(
    type='EncoderDecoder',
    backbone=dict(type='ResNetV1c', depth=18, base_channels=4, stem_channels=4, norm_cfg=norm_cfg),
    decode_head=dict(type='FCNHead', in_channels=32, in_index=3, channels=4, num_convs=1,
                     num_classes=5, norm_cfg=norm_cfg, align_corners=False),
    cls_head=dict(type='ClsHead', num_classes=2),
    test_cfg=dict(mode='whole'))
data = dict(test=dict(type='LayoutDataset', pipeline=[
    dict(type='LoadImageFromFile'),
    dict(type='MultiScaleFlipAug', img_scale=(64, 64), flip=False, transforms=[
        dict(type='Resize', keep_ratio=True), dict(type='RandomFlip'),
        dict(type='Normalize', mean=[120., 120., 120.], std=[60., 60., 60.], to_rgb=True),
        dict(type='ImageToTensor', keys=['img']), dict(type='Collect', keys=['img'])])]))
"""
TABLE, SLIDE = 3, 1


@pytest.fixture
def folder(tmp_path):
    """A page, a config and a checkpoint that takes every page for a slide full of table."""
    (tmp_path / 'config.py').write_text(CONFIG)
    model = build_segmentor(Config.fromfile(tmp_path / 'config.py').model)
    for layer, label in ((model.decode_head.conv_seg, TABLE), (model.cls_head.fc, SLIDE)):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
        layer.bias.data[label] = 2.
    meta = dict(CLASSES=('background', 'figure', 'text', 'table', 'validline'),
                PALETTE=[[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128]],
                PAGE_CLASSES=('document', 'slide'))
    torch.save(dict(state_dict=model.state_dict(), meta=meta), tmp_path / 'model.pth')
    cv2.imwrite(str(tmp_path / 'page.png'), np.full((40, 60, 3), 200, np.uint8))
    return tmp_path


@pytest.fixture
def demo(folder, monkeypatch, capsys):
    """Run the demo on the page; gives its exit code, stdout and stderr."""
    def call(*options, page='page.png'):
        paths = [str(folder / name) for name in (page, 'config.py', 'model.pth')]
        monkeypatch.setattr(sys, 'argv', ['image_demo.py', *paths, *map(str, options)])
        capsys.readouterr()
        try:
            runpy.run_path(str(DEMO), run_name='__main__')
        except SystemExit as stop:
            return stop.code, *capsys.readouterr()
        return 0, *capsys.readouterr()
    return call


def corner(path):
    """The first pixel of the page in a picture, BGR; a legend is below it."""
    return cv2.imread(str(path))[0, 0].tolist()


def test_the_page_is_painted_and_its_type_printed(demo, folder):
    out = folder / 'out.png'
    code, printed, _ = demo('--out-file', out, '--device', 'cpu', '--opacity', 1)
    # the softmax of (0, 2) is 0.8808 for the second
    assert code == 0 and printed.splitlines()[-2:] == ['page type: slide 0.881', str(out)]
    assert corner(out) == [0, 128, 128]  # olive, the table's colour


def test_half_of_the_colour_unless_told_otherwise(demo, folder):
    assert demo('--out-file', folder / 'out.png')[0] == 0
    assert corner(folder / 'out.png') == [100, 164, 164]


def test_colours_of_another_data_set(demo, folder):
    assert demo('--out-file', folder / 'out.png', '--palette', 'cityscapes', '--opacity', 1)[0] == 0
    assert corner(folder / 'out.png') == [156, 102, 102]  # of the fourth class there, wall


@pytest.mark.parametrize('options, page, words', [
    (('--palette', 'citscapes'), 'page.png', "did you mean 'cityscapes'"),
    ((), 'nowhere.png', 'nowhere.png not found'),
    (('--opacity', 2), 'page.png', 'opacity must lie in (0, 1], got 2'),
])
def test_mistakes_are_one_sentence(demo, folder, options, page, words):
    code, _, error = demo('--out-file', folder / 'out.png', *options, page=page)
    assert code == 1 and words in error and 'Traceback' not in error
    assert not (folder / 'out.png').exists()


def test_without_a_display_and_a_file_it_says_so(demo, monkeypatch):
    monkeypatch.setenv('MPLBACKEND', 'Agg')
    plt = pytest.importorskip('matplotlib.pyplot')
    plt.switch_backend('Agg')
    code, out, err = demo()
    assert (code, out) == (1, '')
    assert err.startswith('error: no window can open here') and err.endswith('give --out-file\n')
