"""Twins: numbers of the reference, the mask of padded windows, errors."""
import pytest
import torch

from mmseg.models.backbones import PCPVT, SVT
from mmseg.models.backbones.twins import _padding_mask
from mmseg.utils.errors import InputError

SMALL = dict(embed_dims=[8, 16, 24], num_heads=[1, 2, 4], mlp_ratios=[4, 4, 2], depths=[2, 1, 2],
             sr_ratios=[4, 2, 1], qkv_bias=True)


@pytest.mark.parametrize('net, settings, size, shapes, means, deviations', [
    (PCPVT, {}, (64, 64), [(8, 16, 16), (16, 8, 8), (24, 4, 4)], (-.03504, -.02857, -.0412),
     (1.2562, 1.07943, 1.41215)),
    # The reference's layers keep plain layer norms where norm_cfg says otherwise.
    (PCPVT, dict(norm_after_stage=True, norm_cfg=dict(type='LN', eps=.01), qkv_bias=False),
     (50, 70), [(8, 13, 18), (16, 7, 9), (24, 4, 5)], (.01836, -.01183, .03942),
     (.97141, .97959, .99845)),
    # The first map is padded on both sides, which is masked.
    (SVT, dict(windiow_sizes=[7, 4, 3]), (64, 64), [(8, 16, 16), (16, 8, 8), (24, 4, 4)],
     (-.00806, -.00836, .03531), (1.00846, .98902, .98598)),
    # The first map is padded below alone, which is not.
    (SVT, dict(windiow_sizes=[4, 3, 3], norm_after_stage=False), (50, 64),
     [(8, 13, 16), (16, 7, 8), (24, 4, 4)], (.03997, -.0444, -.05732),
     (1.13475, 1.11946, 1.35808)),
])
def test_features_are_those_of_the_reference(net, settings, size, shapes, means, deviations,
                                             gives):
    gives(net(**dict(SMALL, **settings)), size, shapes, means, deviations)


def test_padding_is_masked_where_both_sides_have_it():
    # 1 x 1 tokens in a window of 2 x 2: the first is real, three are padding.
    apart = torch.tensor([[0, 1, 1, 1], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]]).float()
    assert torch.equal(_padding_mask(1, 1, 2, torch.device('cpu')), apart[None, None] * -1000)


@pytest.mark.parametrize('height, width', [(2, 1), (1, 2), (2, 2)])
def test_padding_on_one_side_is_not_masked(height, width):
    assert not _padding_mask(height, width, 2, torch.device('cpu')).any()


def test_local_layers_take_turns_with_global_ones():
    layers = SVT(**SMALL).layers
    assert [[hasattr(layer.attn, 'qkv') for layer in stage] for stage in layers] \
        == [[True, False], [True], [True, False]]


def test_pages_of_a_batch_do_not_mix(filled, waves):
    net, pages = filled(SVT(**SMALL)), waves(2, 3, 40, 56)
    for both, alone in zip(net(pages), net(pages[1:])):
        torch.testing.assert_close(both[1:], alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('net, settings, words', [
    (PCPVT, dict(strides=[4, 2]), ('strides=[4, 2]', '3 stages')),
    (PCPVT, dict(num_heads=[3, 2, 4]), ('embed_dims=8', 'num_heads=3')),
    (SVT, dict(windiow_sizes=[7, 7]), ('windiow_sizes=[7, 7]', '3 stages')),
    (SVT, dict(num_heads=[3, 2, 4]), ('embed_dims=8', 'num_heads=3')),
])
def test_settings_that_do_not_fit(net, settings, words):
    with pytest.raises(InputError) as error:
        net(**dict(SMALL, **settings))
    assert all(word in str(error.value) for word in words)
