"""The optimizer Lamb by the name that configs of MMClassification have."""
import json
import sys
import zlib
from pathlib import Path

import pytest
import torch
from mmcv.runner import OPTIMIZERS, build_optimizer

from mmseg.core.optimizers import lamb
from mmseg.utils.errors import InputError

VECTORS = json.loads((Path(__file__).parents[1] / 'data/classification_vectors.json').read_text())


def wave(name, *shape):
    count = torch.Size(shape).numel()
    places = torch.arange(count, dtype=torch.float64) + zlib.crc32(name.encode()) % 1000
    return torch.nn.Parameter(torch.sin(places * 1.7).view(shape).float())


def test_three_steps_are_those_of_mmcls():
    weight, bias = wave('weight', 3, 2), wave('bias', 2)
    optimizer = lamb([dict(params=[weight]), dict(params=[bias], weight_decay=0.)], lr=.05,
                     weight_decay=.02)
    for step in range(3):
        optimizer.zero_grad()
        (((weight - step)**2).sum() + bias.sum() * step).backward()
        optimizer.step()
    found = torch.cat([weight.detach().ravel(), bias.detach()])
    torch.testing.assert_close(found, torch.tensor(VECTORS['lamb']), rtol=1e-4, atol=1e-6)


def test_a_config_names_it():
    optimizer = build_optimizer(torch.nn.Linear(2, 2), dict(
        type='Lamb', lr=0.005, weight_decay=0.02, paramwise_cfg=dict(bias_decay_mult=0.,
                                                                     norm_decay_mult=0.)))
    assert OPTIMIZERS.get('Lamb') is lamb
    assert [(group['lr'], group['weight_decay']) for group in optimizer.param_groups] == [
        (0.005, 0.02), (0.005, 0.0)]


def test_without_timm_it_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, 'timm.optim', None)
    with pytest.raises(InputError, match="needs timm: install the extra 'optional'"):
        lamb([torch.nn.Parameter(torch.zeros(1))])
