"""Necks after plain transformers: numbers of the reference and what cannot be."""
import pytest
import torch

from mmseg.models.builder import build_neck
from mmseg.utils.errors import InputError

BN = dict(type='BN')
MLA = dict(type='MLANeck', in_channels=[8] * 4, out_channels=4, norm_cfg=BN,
           act_cfg=dict(type='ReLU'))
PYRAMID = dict(type='Feature2Pyramid', embed_dim=8, norm_cfg=BN)


@pytest.fixture
def features(waves):
    return [waves(2, 8, 6, 5) * (i + 1) / 2 for i in range(4)]


# Of each output the mean of the squares and three channels of a pixel, from MMSegmentation 0.30.0
# under the same weights and inputs.
@pytest.mark.parametrize('cfg, outputs', [
    (MLA, [(.00752, (0, .11579, .06057)), (.01023, (0, .16455, .02453)),
           (.01484, (.01138, .18551, 0)), (.02531, (.00728, .24852, 0))]),
    (PYRAMID, [(.00659, (-.11571, -.06915, .04596)), (.01787, (-.23185, -.08977, -.08216)),
               (1.12412, (.02265, 1.02204, 1.49437)), (3.01614, (1.97921, 1.87038, 1.64673))])])
def test_features_are_those_of_the_reference(cfg, outputs, filled, features):
    got = filled(build_neck(cfg))(features)
    for x, (square, pixel) in zip(got, outputs, strict=True):
        assert x.square().mean().item() == pytest.approx(square, abs=2e-5)
        assert x[1, :3, -1, 1].tolist() == pytest.approx(pixel, abs=2e-5)


def test_sums_grow_from_the_last_layer_to_the_first(filled, features):
    neck = filled(build_neck(MLA))
    before = neck(features)
    after = neck([features[0] + features[1], *features[1:]])
    unchanged = [torch.equal(x, y) for x, y in zip(before, after)]
    assert unchanged == [True, True, True, False]


def test_sizes_of_the_pyramid(features):
    neck = build_neck(dict(PYRAMID, rescales=[.25, 2, 1, 4]))
    assert [tuple(x.shape[2:]) for x in neck(features)] == [(1, 1), (12, 10), (6, 5), (24, 20)]
    assert {name.split('.')[0] for name in neck.state_dict()} == {'upsample_4x', 'upsample_2x'}


@pytest.mark.parametrize('cfg, sentence', [
    (dict(PYRAMID, rescales=[4, 2, 1, .125]), '0.125 is none of'),
    (dict(MLA, in_channels=8), 'in_channels=8; expected a list')])
def test_configs_that_cannot_be(cfg, sentence):
    with pytest.raises(InputError, match=sentence):
        build_neck(cfg)


@pytest.mark.parametrize('cfg, sentence', [
    (PYRAMID, r'takes 4 feature maps .* of 8 channels'), (MLA, 'MLANeck has 4 in_channels')])
def test_other_inputs_than_promised(cfg, sentence, features):
    with pytest.raises(InputError, match=sentence):
        build_neck(cfg)(features[:3])


@pytest.mark.parametrize('cfg', [PYRAMID, MLA])
def test_other_widths_than_promised(cfg, waves):
    with pytest.raises(InputError, match='6'):
        build_neck(cfg)([waves(2, 6, 6, 5)] * 4)
