"""Patches: padding, tokens in their order, merging."""
import pytest
import torch

from mmseg.models.utils import AdaptivePadding, PatchEmbed, PatchMerging
from mmseg.utils.errors import InputError


@pytest.mark.parametrize('settings, size, wanted', [
    (dict(kernel_size=16, stride=16), (15, 17), (1, 15)),
    (dict(kernel_size=16, stride=16), (32, 48), (0, 0)),
    (dict(kernel_size=3, stride=2), (7, 8), (2, 1)),
    (dict(kernel_size=3, stride=1, dilation=2), (9, 9), (4, 4)),
    (dict(kernel_size=1, stride=4), (5, 8), (0, 0)),  # the kernel lies within the first stride
    (dict(kernel_size=(2, 4), stride=(2, 4)), (3, 5), (1, 3)),
])
def test_what_padding_adds(settings, size, wanted):
    assert AdaptivePadding(**settings).get_pad_shape(size) == wanted


def test_where_padding_lies():
    x = torch.ones(1, 1, 2, 1)
    corner = AdaptivePadding(4, 4)(x)[0, 0]
    same = AdaptivePadding(4, 4, padding='same')(x)[0, 0]
    assert corner.tolist() == [[1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert same.tolist() == [[0, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]


def test_unknown_padding():
    with pytest.raises(InputError, match="'middle'"):
        PatchEmbed(padding='middle')


def test_tokens_are_the_sums_of_their_patches_row_by_row():
    embed = PatchEmbed(in_channels=1, embed_dims=1, kernel_size=2)
    torch.nn.init.ones_(embed.projection.weight)
    torch.nn.init.zeros_(embed.projection.bias)
    tokens, size = embed(torch.arange(12.).view(1, 1, 3, 4))
    assert size == (2, 2)
    # 0 1 2 3 / 4 5 6 7 / 8 9 10 11, and a row of zeros
    assert tokens.flatten().tolist() == [10, 18, 17, 21]


@pytest.mark.parametrize('settings, wanted', [
    (dict(kernel_size=16, input_size=(33, 64)), (3, 4)),
    (dict(kernel_size=7, stride=4, padding=3, input_size=33), (9, 9)),
    (dict(kernel_size=3, stride=2, padding=0, dilation=2, input_size=9), (3, 3)),
])
def test_patches_of_a_fixed_size(settings, wanted):
    embed = PatchEmbed(embed_dims=2, **settings)
    side = embed.init_input_size
    assert embed.init_out_size == wanted == embed(torch.zeros(1, 3, *side))[1]


def test_merging_takes_channel_by_channel():
    merge = PatchMerging(2, 8, norm_cfg=None)
    torch.nn.init.eye_(merge.reduction.weight)
    x = torch.arange(12.).view(1, 6, 2)  # 2 x 3 tokens, the last column is padded
    tokens, size = merge(x, (2, 3))
    assert size == (1, 2)
    assert tokens.tolist() == [[[0, 2, 6, 8, 1, 3, 7, 9], [4, 0, 10, 0, 5, 0, 11, 0]]]
