"""Swin Transformer: numbers of the reference, the mask of shifted windows, freezing, files."""
import pytest
import torch

from mmseg.models.backbones import SwinTransformer
from mmseg.models.backbones.swin import WindowMSA, shift_mask
from mmseg.utils.errors import InputError

SMALL = dict(embed_dims=8, depths=[2, 2, 2], num_heads=[2, 2, 4], strides=(4, 2, 2),
             window_size=4, out_indices=(0, 1, 2))


def swin(**settings):
    return SwinTransformer(**dict(SMALL, **settings))


@pytest.mark.parametrize('settings, size, shapes, means, deviations', [
    ({}, (64, 64), [(8, 16, 16), (16, 8, 8), (32, 4, 4)], (.0972, -.00794, -.00735),
     (.96785, 1.04005, .96092)),
    (dict(window_size=5, qk_scale=.5, patch_norm=False, qkv_bias=False, out_indices=(2, )),
     (50, 70), [(32, 4, 5)], (.0154, ), (1.00604, )),
    (dict(pretrain_img_size=(48, 64), use_abs_pos_embed=True, mlp_ratio=2), (48, 64),
     [(8, 12, 16), (16, 6, 8), (32, 3, 4)], (.05087, .01867, -.01073),
     (.98966, 1.02944, 1.01842)),
    (dict(patch_size=2, strides=(2, 2, 1)), (33, 26), [(8, 17, 13), (16, 9, 7), (32, 9, 7)],
     (.09689, -.01439, -.0084), (.97392, 1.00548, .96044)),
])
def test_features_are_those_of_the_reference(settings, size, shapes, means, deviations, gives):
    gives(swin(**settings), size, shapes, means, deviations)


def test_shifted_windows_see_neighbours_only():
    # One window of 2 x 2 in a row of two: the second holds column 3 and, wrapped, column 0.
    mask = shift_mask(2, 4, 2, torch.device('cpu'))
    # Both also hold row 1 over row 0, which are not neighbours after the shift.
    below = torch.tensor([[0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 0, 0]]).bool()
    apart = torch.tensor([[0, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 0]]).bool()
    assert torch.equal(mask, torch.stack([below, apart]) * -100.)


def test_distances_of_two_by_two_tokens():
    # Rows of the table: 3 * (down + 1) + right + 1, from the second token to the first.
    wanted = torch.tensor([[4, 3, 1, 0], [5, 4, 2, 1], [7, 6, 4, 3], [8, 7, 5, 4]])
    assert torch.equal(WindowMSA(4, 2, 2).relative_position_index, wanted)


def test_pages_of_a_batch_do_not_mix(filled, waves):
    net, pages = filled(swin()), waves(2, 3, 40, 56)
    for both, alone in zip(net(pages), net(pages[1:])):
        torch.testing.assert_close(both[1:], alone, rtol=1e-4, atol=1e-5)


def test_absolute_positions_follow_the_page(filled, waves):
    net = filled(swin(pretrain_img_size=64, use_abs_pos_embed=True))
    assert net(waves(1, 3, 40, 56))[0].shape == (1, 8, 10, 14)


def test_recomputed_blocks_have_the_same_gradients(gradients):
    settings = dict(drop_path_rate=0.)
    for kept, recomputed in zip(gradients(swin(**settings)),
                                gradients(swin(with_cp=True, **settings))):
        torch.testing.assert_close(kept, recomputed)


@pytest.mark.parametrize('stages, learning', [
    (-1, {'patch_embed', 'absolute_pos_embed', 'stages', 'norm0', 'norm1', 'norm2'}),
    (0, {'stages', 'norm0', 'norm1', 'norm2'}),
    (2, {'stages', 'norm2'}),
    (3, set()),
])
def test_frozen_stages_stay_out_of_training(stages, learning, trained):
    net = swin(use_abs_pos_embed=True, frozen_stages=stages).train()
    assert trained(net) == learning
    assert [stage.training for stage in net.stages] == [i >= stages for i in range(3)]


def test_tables_of_a_file_with_smaller_windows(filled, tmp_path):
    source = filled(swin(window_size=3))
    torch.save(source.state_dict(), tmp_path / 'weights.pth')
    net = swin(pretrained=str(tmp_path / 'weights.pth'))
    net.init_weights()
    table, stored = (n.stages[0].blocks[0].attn.w_msa.relative_position_bias_table
                     for n in (net, source))
    wanted = torch.nn.functional.interpolate(stored.T.reshape(1, 2, 5, 5), (7, 7), mode='bicubic')
    torch.testing.assert_close(table.T.reshape(2, 7, 7), wanted[0])
    torch.testing.assert_close(net.stages[2].blocks[1].ffn.layers[1].weight,
                               source.stages[2].blocks[1].ffn.layers[1].weight)


@pytest.mark.parametrize('settings, words', [
    (dict(patch_size=2), ('patch_size=2', 'strides[0]=4')),
    (dict(num_heads=[2, 2]), ('num_heads=[2, 2]', '3 stages')),
    (dict(num_heads=[3, 2, 4]), ('embed_dims=8', 'num_heads=3')),
    (dict(out_indices=(3, )), ('out_indices has 3', '0 to 2')),
    (dict(frozen_stages=4), ('frozen_stages has 4', '-1 to 3')),
])
def test_settings_that_do_not_fit(settings, words):
    with pytest.raises(InputError) as error:
        swin(**settings)
    assert all(word in str(error.value) for word in words)
