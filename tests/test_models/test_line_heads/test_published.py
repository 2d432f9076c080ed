"""Numbers that mmocr 0.6.3 gives for its DBNet configs, under weights drawn from names.

R50's deformable convolutions were torchvision's there, as they are here.
"""
import hashlib
import json
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from mmseg.models import build_head, build_loss, build_segmentor
from mmseg.models.line_heads import DBPostprocessor

VECTORS = json.loads((Path(__file__).parents[2] / 'data/dbnet_vectors.json').read_text())


def config(name):
    r18 = name == 'r18'
    backbone = dict(
        type='mmdet.ResNet', depth=18 if r18 else 50, num_stages=4, out_indices=(0, 1, 2, 3),
        frozen_stages=-1, norm_cfg=dict(type='BN', requires_grad=True), norm_eval=False,
        style='caffe' if r18 else 'pytorch', init_cfg=None)
    if not r18:
        backbone.update(dcn=dict(type='DCNv2', deform_groups=1, fallback_on_stride=False),
                        stage_with_dcn=(False, True, True, True))
    neck = dict(type='FPNC', lateral_channels=256,
                in_channels=[64, 128, 256, 512] if r18 else [256, 512, 1024, 2048])
    if name == 'dbpp':
        neck['asf_cfg'] = dict(attention_type='ScaleChannelSpatial')
    return dict(
        type='DBNet', backbone=backbone, neck=neck,
        bbox_head=dict(type='DBHead', in_channels=256,
                       loss=dict(type='DBLoss', alpha=5.0, beta=10.0, bbce_loss=True),
                       postprocessor=dict(type='DBPostprocessor', text_repr_type='quad')),
        train_cfg=None, test_cfg=None)


def fill(model):
    """Every weight from its name and shape."""
    state = model.state_dict()
    for name, t in state.items():
        if not t.is_floating_point():
            continue
        rs = np.random.RandomState(zlib.crc32(name.encode()) & 0xffffffff)
        a = rs.standard_normal(tuple(t.shape)).astype(np.float32)
        if name.endswith('running_var'):
            a = 1 + .2 * np.abs(a)
        elif name.endswith('running_mean'):
            a = .1 * a
        elif t.dim() >= 2:
            a = a / np.sqrt(max(int(np.prod(t.shape[1:])), 1))
        elif name.endswith('weight'):
            a = 1 + .1 * a
        else:
            a = .1 * a
        t.copy_(torch.as_tensor(a))


@pytest.mark.parametrize('name', ['r18', pytest.param('r50dcn', marks=pytest.mark.slow),
                                  pytest.param('dbpp', marks=pytest.mark.slow)])
def test_networks_have_the_names_and_outputs_of_mmocr(name):
    vector = VECTORS[name]
    model = build_segmentor(config(name)).eval()
    state = model.state_dict()
    names = '\n'.join(f'{key} {list(value.shape)}' for key, value in sorted(state.items()))
    assert len(state) == vector['names']
    assert hashlib.sha256(names.encode()).hexdigest() == vector['sha256']
    fill(model)
    x = torch.as_tensor(np.random.RandomState(0).standard_normal((2, 3, 96, 128))
                        .astype(np.float32))
    with torch.no_grad():
        out = model.bbox_head(model.extract_feat(x))
        lines = model.encode_decode(x, None).lines
    assert list(out.shape) == vector['shape']
    found = out.double().flatten()[vector['index']].numpy()
    np.testing.assert_allclose(found, vector['value'], atol=1e-4)
    torch.testing.assert_close(lines.sigmoid(), out[:, :1])


@pytest.mark.parametrize('balanced', [True, False])
def test_losses_are_those_of_mmocr(balanced):
    rs = np.random.RandomState(3)
    preds = torch.as_tensor(rs.uniform(.02, .98, (2, 3, 24, 32)).astype(np.float32))
    shrunk, seen = rs.rand(2, 24, 32) < .2, rs.rand(2, 24, 32) < .9
    thr = rs.uniform(.3, .7, (2, 24, 32)).astype(np.float32)
    near = rs.rand(2, 24, 32) < .4
    loss = build_loss(dict(type='DBLoss', alpha=5., beta=10., bbce_loss=balanced))
    targets = dict(gt_shrink=shrunk, gt_shrink_mask=seen, gt_thr=thr, gt_thr_mask=near)
    found = loss(preds, **{key: torch.as_tensor(value) for key, value in targets.items()})
    assert {key: value.item() for key, value in found.items()} == pytest.approx(
        VECTORS['loss'][str(balanced)], rel=1e-5)


def scores():
    """A probability map (200, 260) of lines, low scores, a speck, a curve and a ring."""
    rs, prob = np.random.RandomState(5), np.zeros((200, 260), np.float32)
    for corners, value in (
            ([[10, 10], [110, 12], [110, 22], [10, 20]], .9),
            ([[20, 40], [120, 60], [118, 72], [18, 52]], .8),
            ([[150, 20], [162, 20], [162, 120], [150, 120]], .7),
            ([[180, 30], [182, 30], [182, 32], [180, 32]], .9),
            ([[20, 100], [60, 90], [100, 92], [130, 110], [128, 118], [98, 102], [60, 100],
              [22, 110]], .6),
            ([[20, 140], [120, 140], [120, 150], [20, 150]], .25),
            ([[150, 140], [240, 140], [240, 152], [150, 152]], .35),
            ([[170, 160], [250, 165], [249, 180], [169, 176]], .95),
            ([[190, 50], [250, 50], [250, 90], [190, 90]], .9),
            ([[205, 60], [235, 60], [235, 80], [205, 80]], .0)):
        cv2.fillPoly(prob, [np.array(corners, np.int32)], float(value))
    return np.clip(prob + rs.uniform(-.02, .02, prob.shape).astype(np.float32), 0, 1)


@pytest.mark.parametrize('kind, options', [
    ('quad', dict(text_repr_type='quad')), ('poly', dict(text_repr_type='poly')),
    ('other', dict(text_repr_type='poly', epsilon_ratio=.002, unclip_ratio=2., mask_thr=.5,
                   min_text_score=.65))])
def test_lines_are_those_of_mmocr(kind, options):
    found = DBPostprocessor(**options)(torch.as_tensor(scores())[None])
    wanted = VECTORS['boundaries'][kind]
    assert len(found) == len(wanted) > 3
    for line, reference in zip(found, wanted):
        assert line == pytest.approx(reference, abs=1e-3)


def test_lines_come_back_in_the_pixels_of_the_page():
    head = build_head(dict(type='DBHead', in_channels=8))
    meta = dict(filename='a.png', scale_factor=np.array([2., 4., 2., 4.], np.float32))
    found = head.get_boundary(torch.as_tensor(scores())[None, None], [meta], rescale=True)
    line, reference = found['boundary_result'][0], VECTORS['boundaries']['quad'][0]
    assert found['filename'] == 'a.png'
    assert line[0::2][:4] == pytest.approx([x / 2 for x in reference[0::2][:4]], abs=1e-3)
    assert line[1::2] == pytest.approx([y / 4 for y in reference[1::2]], abs=1e-3)
    assert line[-1] == pytest.approx(reference[-1], abs=1e-5)
