"""MobileNetV3."""
import pytest
import torch

from mmseg.models.backbones import MobileNetV3
from mmseg.utils.errors import InputError


@pytest.mark.parametrize('options, size, shapes, means, deviations', [
    (dict(), (45, 71), [(16, 23, 36), (16, 12, 18), (576, 6, 9)], (.08703, .00347, .24881),
     (.37367, .13303, .65395)),
    (dict(reduction_factor=2, out_indices=(3, 8, 11)), (64, 64),
     [(24, 8, 8), (48, 8, 8), (48, 8, 8)], (.01600, -.04925, -.02254), (.33562, .33953, .41513)),
    (dict(arch='large', out_indices=(1, 3, 16)), (45, 71),
     [(16, 23, 36), (24, 12, 18), (960, 6, 9)], (.08997, .00250, .56287),
     (.47528, .31025, 1.03945)),
])
def test_features_are_those_of_the_reference(options, size, shapes, means, deviations, gives):
    gives(MobileNetV3(**options), size, shapes, means, deviations)


def test_last_two_strides_are_dilations():
    net = MobileNetV3('large')
    convs = [getattr(net, f'layer{i}').depthwise_conv.conv for i in range(1, 16)]
    assert [conv.stride[0] for conv in convs] == [1, 2, 1, 2] + [1] * 11
    assert [conv.dilation[0] for conv in convs] == [1] * 6 + [2] * 6 + [4] * 3


def test_frozen_layers_do_not_learn(trained):
    assert trained(MobileNetV3(frozen_stages=10)) == {'layer11', 'layer12'}
    assert 'layer0' in trained(MobileNetV3(frozen_stages=-1))


def test_checkpointing_gives_the_same_gradients(gradients):
    options = dict(out_indices=(11, 12), reduction_factor=4)
    plain, saving = (gradients(MobileNetV3(with_cp=with_cp, **options))
                     for with_cp in (False, True))
    torch.testing.assert_close(saving, plain)


@pytest.mark.parametrize('options, message', [
    (dict(arch='smal'), "did you mean 'small'"),
    (dict(out_indices=(0, 13)), 'out_indices has 13, but MobileNetV3 takes 0 to 12'),
])
def test_settings_that_do_not_fit(options, message):
    with pytest.raises(InputError, match=message):
        MobileNetV3(**options)
