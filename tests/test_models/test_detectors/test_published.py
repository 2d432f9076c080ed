"""Numbers that mmdet 2.28.2 gives for Deformable DETR, under weights drawn from names."""
import hashlib
import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from mmseg.models import build_segmentor

from ...detectors import network

VECTORS = json.loads((Path(__file__).parents[2] / 'data/deformable_detr_vectors.json').read_text())

KINDS = {'plain': {}, 'refine': dict(with_box_refine=True),
         'twostage': dict(with_box_refine=True, as_two_stage=True)}
# Pages, their boxes and classes, as the numbers were made with them.
TINY = dict(
    size=(96, 128), labels=([3, 0, 2], [1]),
    metas=[dict(img_shape=(96, 128, 3), scale_factor=np.float32([2] * 4)),
           dict(img_shape=(80, 100, 3), scale_factor=np.float32([1] * 4))])
WHOLE = dict(
    size=(128, 160), labels=([3, 0, 79], [17]),
    metas=[dict(img_shape=(128, 160, 3), scale_factor=np.float32([2] * 4)),
           dict(img_shape=(80, 100, 3), scale_factor=np.float32([1] * 4))])
BOXES = [[[4., 6, 60, 40], [50, 30, 120, 90], [10, 70, 40, 94]], [[0., 0, 100, 30]]]


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


def check(found, vector):
    assert list(found.shape) == vector['shape']
    np.testing.assert_allclose(found.double().flatten()[vector['index']].numpy(), vector['value'],
                               atol=5e-5)


def compare(config, case, vector):
    model = build_segmentor(config).eval()
    state = model.state_dict()
    names = '\n'.join(f'{key} {list(value.shape)}' for key, value in sorted(state.items()))
    assert len(state) == vector['names']
    assert hashlib.sha256(names.encode()).hexdigest() == vector['sha256']
    fill(model)
    x = torch.as_tensor(np.random.RandomState(0).standard_normal((2, 3, *case['size']))
                        .astype(np.float32))
    metas = [dict(meta, batch_input_shape=case['size']) for meta in case['metas']]
    with torch.no_grad():
        out = model.bbox_head(model.extract_feat(x), metas)
        losses = model.bbox_head.loss(out, list(map(torch.tensor, BOXES)),
                                      list(map(torch.tensor, case['labels'])), metas)
        found = model.bbox_head.get_bboxes(out, metas, rescale=True)
    for name in ('logits', 'boxes', 'proposal_logits', 'proposal_boxes'):
        if name in vector:
            check(getattr(out, name), vector[name])
        else:
            assert getattr(out, name) is None
    assert set(losses) == set(vector['losses'])
    for name, value in losses.items():
        assert value.item() == pytest.approx(vector['losses'][name], rel=1e-4, abs=1e-4)
    for (boxes, labels), true in zip(found, vector['found'], strict=True):
        np.testing.assert_allclose(boxes[:5].numpy(), true['boxes'], atol=1e-2)
        assert labels[:5].tolist() == true['labels']


@pytest.mark.parametrize('kind', list(KINDS))
def test_small_networks_have_the_names_outputs_and_losses_of_mmdet(kind):
    compare(network(**KINDS[kind]), TINY, VECTORS[f'tiny_{kind}'])


@pytest.mark.slow
@pytest.mark.parametrize('kind', list(KINDS))
def test_networks_of_its_configs_do_too(kind):
    config = network(
        depth=50, num_classes=80, layers=(6, 6), num_query=300, hidden=1024, max_per_img=100,
        proposals=300, **KINDS[kind])
    compare(config, WHOLE, VECTORS[kind])
