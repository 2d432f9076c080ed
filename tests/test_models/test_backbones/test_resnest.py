"""ResNeSt: splits mixed by attention."""
import pytest
import torch
from torch import nn

from mmseg.models.backbones import ResNeSt
from mmseg.models.backbones.resnest import SplitAttentionConv2d
from mmseg.utils.errors import InputError

SMALL = dict(stem_channels=8, base_channels=4)
SHAPES = [(16, 16, 16), (32, 8, 8), (64, 4, 4), (128, 2, 2)]


@pytest.mark.parametrize('options, means, deviations', [
    (dict(), (.14903, .23368, .35434, .52077), (.18136, .18262, .33970, .56248)),
    (dict(groups=2, base_width=32, radix=4, reduction_factor=2, avg_down_stride=False),
     (.14410, .23889, .36056, .42715), (.17013, .19607, .35038, .45687)),
    (dict(radix=1), (.14990, .22507, .36498, .51255), (.17689, .18829, .35067, .55414)),
])
def test_features_are_those_of_the_reference(options, means, deviations, gives):
    gives(ResNeSt(depth=50, **options, **SMALL), (64, 64), SHAPES, means, deviations)


def mixed(radix, plane, logits):
    """What comes of splits that are 1, 2, 3... times the plane, under attention ``logits``."""
    conv = SplitAttentionConv2d(radix, 1, 1, radix=radix).eval()
    nn.init.zeros_(conv.fc2.weight)
    conv.fc2.bias.data = torch.tensor(logits)
    conv.conv.weight.data = torch.arange(1., radix + 1).view(radix, 1, 1, 1)
    with torch.no_grad():
        return conv(plane.repeat(1, radix, 1, 1))


@pytest.mark.parametrize('radix, logits, factor', [
    (3, [0., 0., 0.], 2),  # the mean of 1, 2 and 3
    (2, [0., 1.0986123], 1.75),  # 1/4 of 1 and 3/4 of 2
    (1, [0.], .5),  # a single split is gated
])
def test_splits_are_mixed_by_a_softmax(radix, logits, factor):
    plane = torch.tensor([[[[0., 4.], [8., 2.]]]])
    torch.testing.assert_close(mixed(radix, plane, logits), factor * plane, rtol=1e-4, atol=0)


def test_names_of_the_weights():
    names = set(ResNeSt(depth=50, **SMALL).state_dict())
    assert {'stem.0.weight', 'layer1.0.conv2.conv.weight', 'layer1.0.conv2.bn0.weight',
            'layer1.0.conv2.fc1.bias', 'layer1.0.conv2.bn1.bias', 'layer1.0.conv2.fc2.bias',
            'layer1.0.bn3.weight', 'layer1.0.downsample.1.weight'} <= names
    assert not any(name.startswith('layer1.0.bn2') for name in names)


def test_depths():
    net = ResNeSt(depth=200, num_stages=2, strides=(1, 2), dilations=(1, 1), out_indices=(1, ),
                  **SMALL)
    assert (len(net.layer1), len(net.layer2)) == (3, 24)
    with pytest.raises(InputError, match=r'expected one of \[50, 101, 152, 200, 269\]'):
        ResNeSt(depth=34)
