"""Where weights come from, and what stays as it is while training."""
import pytest
import torch
from torch import nn

from mmseg.models.backbones.base_backbone import BaseBackbone
from mmseg.utils.errors import InputError


class TwoNorms(BaseBackbone):
    """A frozen norm and a free one."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv = nn.Conv2d(2, 2, 1)
        self.first, self.second = nn.BatchNorm2d(2), nn.BatchNorm2d(2)

    def _frozen_modules(self):
        return [self.first]


def test_frozen_part_neither_learns_nor_counts():
    net = TwoNorms().train()
    assert (net.first.training, net.second.training) == (False, True)
    assert not any(p.requires_grad for p in net.first.parameters())
    assert all(p.requires_grad for p in net.second.parameters())


def test_norm_eval_keeps_every_statistic_but_trains():
    net = TwoNorms(norm_eval=True).train()
    assert net.training and not net.second.training
    assert all(p.requires_grad for p in net.second.parameters())


def test_default_initialisation():
    net = TwoNorms()
    nn.init.zeros_(net.second.weight)
    net.init_weights()
    assert net.second.weight.tolist() == [1, 1]
    assert net.conv.bias.tolist() == [0, 0]


def test_pretrained_weights_are_loaded(tmp_path):
    source = TwoNorms()
    nn.init.constant_(source.conv.weight, 3.)
    torch.save(source.state_dict(), tmp_path / 'weights.pth')
    net = TwoNorms(pretrained=str(tmp_path / 'weights.pth'))
    net.init_weights()
    assert net.conv.weight.flatten().tolist() == [3, 3, 3, 3]


def test_two_sources_of_weights_are_one_too_many():
    with pytest.raises(InputError, match='pretrained and init_cfg'):
        TwoNorms(pretrained='a.pth', init_cfg=dict(type='Pretrained', checkpoint='b.pth'))
