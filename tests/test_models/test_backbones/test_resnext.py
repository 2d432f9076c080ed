"""ResNeXt: groups in the 3x3 convolutions."""
import pytest

from mmseg.models.backbones import ResNeXt
from mmseg.utils.errors import InputError

SMALL = dict(stem_channels=8, base_channels=4)
SHAPES = [(16, 16, 16), (32, 8, 8), (64, 4, 4), (128, 2, 2)]


@pytest.mark.parametrize('options, means, deviations', [
    (dict(base_width=16), (.34343, .56271, 1.17641, 1.96459), (.38471, .68102, 1.03286, 2.15333)),
    (dict(base_width=32, style='caffe'), (.37981, .64382, 1.72830, .95676),
     (.43991, .58525, 1.53556, 1.04986)),
])
def test_features_are_those_of_the_reference(options, means, deviations, gives):
    gives(ResNeXt(depth=50, groups=4, **options, **SMALL), (64, 64), SHAPES, means, deviations)


def test_width_of_a_group():
    net = ResNeXt(depth=50, groups=32, base_width=4)
    conv = net.layer2[1].conv2  # twice the first stage's: 32 groups of 8 channels
    assert (conv.in_channels, conv.groups) == (256, 32)


def test_every_deformable_block_has_offsets():
    net = ResNeXt(depth=50, groups=4, base_width=16, stage_with_dcn=(False, True, False, False),
                  dcn=dict(type='DCN', deform_groups=1, fallback_on_stride=True), **SMALL)
    offsets = {name.split('.conv2')[0] for name in net.state_dict() if 'conv_offset' in name}
    assert offsets == {f'layer2.{i}' for i in range(4)}


def test_shallow_networks_have_no_groups():
    with pytest.raises(InputError, match='ResNeXt has no depth=18'):
        ResNeXt(depth=18)
