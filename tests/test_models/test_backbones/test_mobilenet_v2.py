"""MobileNetV2."""
import pytest
import torch

from mmseg.models.backbones import MobileNetV2
from mmseg.utils.errors import InputError


@pytest.mark.parametrize('options, size, shapes, means, deviations', [
    (dict(widen_factor=.25), (64, 64), [(8, 16, 16), (8, 8, 8), (24, 4, 4), (80, 2, 2)],
     (.06255, -.21616, .20938, .00745), (.12232, .12226, .21616, .41664)),
    (dict(widen_factor=.35, strides=(1, 2, 2, 1, 1, 1, 1), dilations=(1, 1, 1, 2, 2, 4, 4),
          out_indices=(0, 3, 6)), (45, 71), [(8, 23, 36), (24, 6, 9), (112, 6, 9)],
     (-.03388, -.03782, .00185), (.25238, .53128, .47946)),
])
def test_features_are_those_of_the_reference(options, size, shapes, means, deviations, gives):
    gives(MobileNetV2(**options), size, shapes, means, deviations)


def test_only_the_first_block_of_a_layer_dilates():
    net = MobileNetV2(dilations=(1, 1, 1, 2, 2, 4, 4))
    assert [block.conv[1].conv.dilation[0] for block in net.layer4] == [2, 1, 1, 1]


def test_frozen_layers_do_not_learn(trained):
    assert trained(MobileNetV2(.1, frozen_stages=0)) == {f'layer{i}' for i in range(1, 8)}
    assert trained(MobileNetV2(.1, frozen_stages=5)) == {'layer6', 'layer7'}


def test_checkpointing_gives_the_same_gradients(gradients):
    plain, saving = (gradients(MobileNetV2(.1, with_cp=with_cp)) for with_cp in (False, True))
    torch.testing.assert_close(saving, plain)


@pytest.mark.parametrize('options, message', [
    (dict(out_indices=(1, 7)), 'out_indices has 7, but MobileNetV2 takes 0 to 6'),
    (dict(strides=(1, 2)), r'strides=\(1, 2\) needs one value for each of the 7 layers'),
])
def test_settings_that_do_not_fit(options, message):
    with pytest.raises(InputError, match=message):
        MobileNetV2(**options)
