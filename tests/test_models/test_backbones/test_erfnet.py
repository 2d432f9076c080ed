"""ERFNet."""
import pytest
import torch
from torch import nn

from mmseg.models.backbones import ERFNet
from mmseg.models.backbones.erfnet import NonBottleneck1d
from mmseg.utils.errors import InputError

SMALL = dict(enc_downsample_channels=(8, 16, 24), enc_stage_non_bottlenecks=(1, 6),
             enc_non_bottleneck_dilations=(2, 3), enc_non_bottleneck_channels=(16, 24),
             dec_upsample_channels=(12, 8), dec_stages_non_bottleneck=(1, 2),
             dec_non_bottleneck_channels=(12, 8))


@pytest.mark.parametrize('options, size, shape, mean, deviation', [
    (dict(), (45, 71), (16, 24, 36), .15978, .11983),
    (SMALL, (64, 64), (8, 32, 32), .14118, .08842),
])
def test_features_are_those_of_the_reference(options, size, shape, mean, deviation, gives):
    gives(ERFNet(**options), size, [shape], [mean], [deviation])


def test_dilations_of_the_last_stage_repeat():
    blocks = [m for m in ERFNet(**SMALL).encoder if isinstance(m, NonBottleneck1d)]
    assert [b.convs_layers[5].dilation for b in blocks] == [(1, 1)] + [(2, 1), (3, 1)] * 3


def test_only_the_encoder_drops():
    rates = [m.p for m in ERFNet(dropout_ratio=.3, **SMALL).modules() if isinstance(m, nn.Dropout)]
    assert rates == [.3] * 7 + [0] * 3


def test_block_with_an_empty_branch_is_its_activation():
    block = NonBottleneck1d(2).eval()
    nn.init.zeros_(block.convs_layers[8].weight)
    x = torch.tensor([[[[-1., 2.]], [[3., -4.]]]])
    assert block(x).tolist() == [[[[0, 2]], [[3, 0]]]]


def test_eps_is_the_papers_unless_given():
    assert ERFNet(norm_cfg=dict(type='BN'), **SMALL).encoder[0].bn.eps == 1e-3
    assert ERFNet(norm_cfg=dict(type='BN', eps=.01), **SMALL).encoder[0].bn.eps == .01


@pytest.mark.parametrize('options, message', [
    (dict(enc_stage_non_bottlenecks=(1, 5)), '5, is not divisible by its 2'),
    (dict(enc_non_bottleneck_channels=(16, 32)), r'\(16, 32\) does not fit'),
    (dict(dec_non_bottleneck_channels=(12, 4)), r'\(12, 4\) does not fit dec_upsample_channels'),
    (dict(enc_stage_non_bottlenecks=(6, )), r'enc_stage_non_bottlenecks=\(6,\) needs 2 values'),
    (dict(enc_downsample_channels=(24, 16, 24), ), 'goes from 24 to 16'),
])
def test_settings_that_do_not_fit(options, message):
    with pytest.raises(InputError, match=message):
        ERFNet(**dict(SMALL, **options))
