"""Inverted residual blocks: when the input is added, and what they are made of."""
import pytest
import torch
from torch import nn

from mmseg.models.utils import InvertedResidual, InvertedResidualV3, SamePadConv2d
from mmseg.utils.errors import InputError


@pytest.mark.parametrize('block, last', [
    (InvertedResidual(4, 4, 1, 2), 'conv.2.bn.weight'),
    (InvertedResidualV3(4, 4, 8, se_cfg=dict(channels=8, ratio=4)), 'linear_conv.bn.weight'),
])
def test_empty_branch_leaves_the_input(block, last):
    nn.init.zeros_(block.get_parameter(last))
    x = torch.rand(2, 4, 6, 6)
    assert torch.equal(block(x), x)


@pytest.mark.parametrize('block, last', [
    (InvertedResidual(4, 4, 2, 2), 'conv.2.bn.weight'),
    (InvertedResidual(4, 6, 1, 1), 'conv.1.bn.weight'),
    (InvertedResidualV3(4, 4, 8, stride=2), 'linear_conv.bn.weight'),
])
def test_input_of_another_shape_is_not_added(block, last):
    nn.init.zeros_(block.get_parameter(last))
    assert not block(torch.rand(2, 4, 6, 6)).any()


def test_stride_of_two_pads_as_tensorflow():
    assert isinstance(InvertedResidualV3(4, 4, 8, stride=2).depthwise_conv.conv, SamePadConv2d)
    assert not isinstance(InvertedResidualV3(4, 4, 8).depthwise_conv.conv, SamePadConv2d)


def test_settings_that_do_not_fit():
    with pytest.raises(InputError, match='stride=3'):
        InvertedResidual(4, 4, 3, 2)
    with pytest.raises(InputError, match='mid_channels=8 and in_channels=4'):
        InvertedResidualV3(4, 4, 8, with_expand_conv=False)
