"""Mix Vision Transformer: numbers of the reference, gradients, sizes of the paper, errors."""
import pytest
import torch

from mmseg.models.backbones import MixVisionTransformer
from mmseg.utils.errors import InputError

SMALL = dict(embed_dims=4, num_stages=3, num_layers=[1, 1, 2], num_heads=[1, 2, 4],
             patch_sizes=[7, 3, 3], strides=[4, 2, 2], sr_ratios=[4, 2, 1], out_indices=(0, 1, 2))


@pytest.mark.parametrize('settings, size, shapes, means, deviations', [
    ({}, (64, 64), [(4, 16, 16), (8, 8, 8), (16, 4, 4)], (.0339, -.0006, .03239),
     (1.05076, 1.00978, 1.06729)),
    (dict(qkv_bias=False, strides=[4, 2, 1], mlp_ratio=2, out_indices=(1, 2),
          norm_cfg=dict(type='LN', eps=.01)), (50, 70), [(8, 7, 9), (16, 7, 9)],
     (-.01358, .02252), (1.02063, 1.05176)),
])
def test_features_are_those_of_the_reference(settings, size, shapes, means, deviations, gives):
    gives(MixVisionTransformer(**dict(SMALL, **settings)), size, shapes, means, deviations)


def test_recomputed_layers_have_the_same_gradients(gradients):
    for kept, recomputed in zip(gradients(MixVisionTransformer(**SMALL)),
                                gradients(MixVisionTransformer(with_cp=True, **SMALL))):
        torch.testing.assert_close(kept, recomputed)


@pytest.mark.parametrize('width, layers, million', [
    (32, [2, 2, 2, 2], 3.3), (64, [2, 2, 2, 2], 13.2), (64, [3, 4, 6, 3], 24.2),
    (64, [3, 4, 18, 3], 44.1), (64, [3, 8, 27, 3], 60.8), (64, [3, 6, 40, 3], 81.4)])
def test_sizes_of_the_paper(width, layers, million):
    """B0 to B5; table 1a of the paper counts the encoder alone, as here."""
    with torch.device('meta'):
        net = MixVisionTransformer(embed_dims=width, num_layers=layers, num_heads=[1, 2, 5, 8])
    assert sum(p.numel() for p in net.parameters()) / 1e6 == pytest.approx(million, abs=.7)


def test_convolutions_start_with_the_variance_of_their_output():
    torch.manual_seed(0)
    net = MixVisionTransformer(embed_dims=32, num_layers=[1, 1, 1, 1])
    net.init_weights()
    neighbours = net.layers[3][1][0].ffn.layers[1]  # depthwise: 9 weights a channel
    assert neighbours.weight.std().item() == pytest.approx((2 / 9)**.5, rel=.05)
    assert not neighbours.bias.any()


@pytest.mark.parametrize('settings, words', [
    (dict(sr_ratios=[4, 2]), ('sr_ratios=[4, 2]', '3 stages')),
    (dict(out_indices=(0, 4)), ('out_indices has 4', '0 to 2')),
])
def test_settings_that_do_not_fit(settings, words):
    with pytest.raises(InputError) as error:
        MixVisionTransformer(**dict(SMALL, **settings))
    assert all(word in str(error.value) for word in words)
