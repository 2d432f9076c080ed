"""Squeeze and excitation by hand."""
import pytest
import torch
from torch import nn

from mmseg.models.utils import SELayer
from mmseg.utils.errors import InputError


def test_gates_depend_on_the_averages():
    layer = SELayer(2, ratio=1)
    assert layer.conv1.conv.out_channels == 8  # never narrower
    for value in layer.parameters():
        nn.init.zeros_(value)
    layer.conv1.conv.weight.data[0, 1] = 1  # the second channel's average ...
    layer.conv2.conv.weight.data[0, 0] = 1  # ... opens the first gate
    x = torch.tensor([[[[10., 20.]], [[0., 2.]]]])
    # HSigmoid: (1 + 3) / 6 and 3 / 6
    torch.testing.assert_close(layer(x), x * torch.tensor([4 / 6, .5]).view(1, 2, 1, 1))


def test_one_activation_for_both():
    layer = SELayer(16, act_cfg=dict(type='Sigmoid'))
    assert isinstance(layer.conv1.activate, nn.Sigmoid)
    assert isinstance(layer.conv2.activate, nn.Sigmoid)


def test_three_activations_are_too_many():
    with pytest.raises(InputError, match='one config or two'):
        SELayer(16, act_cfg=(dict(type='ReLU'), ) * 3)
