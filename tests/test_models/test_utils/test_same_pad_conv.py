"""TensorFlow's padding by hand, and compared with mmcv's layer of the same numbers."""
import pytest
import torch
from mmcv.cnn import build_conv_layer
from torch import nn

from mmseg.models.utils import SamePadConv2d


@pytest.mark.parametrize('size, wanted', [
    (4, [[9, 6], [6, 4]]),  # one pixel, right and bottom
    (5, [[4, 6, 4], [6, 9, 6], [4, 6, 4]]),  # one on every side
])
def test_neighbours_counted(size, wanted):
    conv = SamePadConv2d(1, 1, 3, stride=2, bias=False)
    nn.init.ones_(conv.weight)
    assert conv(torch.ones(1, 1, size, size))[0, 0].tolist() == wanted


@pytest.mark.parametrize('options', [
    dict(kernel_size=5, stride=2, groups=2), dict(kernel_size=3, dilation=4),
    dict(kernel_size=(3, 5), stride=(2, 3)),
])
@pytest.mark.parametrize('size', [(8, 11), (9, 6)])
def test_same_as_the_layer_of_mmcv(options, size):
    ours = build_conv_layer(dict(type='SamePadConv2d'), 2, 4, **options)
    theirs = build_conv_layer(dict(type='Conv2dAdaptivePadding'), 2, 4, **options)
    theirs.load_state_dict(ours.state_dict())
    x = torch.rand(1, 2, *size)
    torch.testing.assert_close(ours(x), theirs(x))
