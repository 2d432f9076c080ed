"""Attention: torch's own numbers, merged tokens, rates of skipped branches."""
import pytest
import torch

from mmseg.models.utils import FFN, MultiheadAttention, SpatialReductionAttention, drop_path_rates
from mmseg.utils.errors import InputError


@pytest.mark.parametrize('bias', [True, False])
def test_attention_to_others_is_that_of_torch(bias, filled, waves):
    attention = filled(MultiheadAttention(8, 2, bias=bias))
    x, context = waves(2, 5, 8), waves(2, 3, 8) * 2
    wanted, _ = attention.attn(x, context, context)
    torch.testing.assert_close(attention(x, context), wanted)
    assert (attention.attn.out_proj.bias is not None) == bias


def test_merged_tokens_are_those_of_the_patches(filled, waves):
    attention = filled(SpatialReductionAttention(4, 2, sr_ratio=2))
    x = waves(1, 8, 4)  # 2 x 4 tokens, two patches
    rows = x.view(2, 4, 4)
    patches = torch.stack([rows[:, :2], rows[:, 2:]])  # (patch, y, x, C)
    merged = torch.einsum('pyxi,oiyx->po', patches, attention.sr.weight) + attention.sr.bias
    wanted = MultiheadAttention.forward(attention, x, attention.norm(merged)[None])
    torch.testing.assert_close(attention(x, (2, 4)), wanted)


def test_map_smaller_than_the_merged_patches(waves):
    attention = SpatialReductionAttention(4, 2, sr_ratio=4)
    with pytest.raises(InputError, match='map of 3 x 5 tokens .* patches of 4 x 4'):
        attention(waves(1, 15, 4), (3, 5))


def test_weights_are_dropped_while_training_alone(waves):
    torch.manual_seed(0)
    attention, x = MultiheadAttention(8, 2, attn_drop=.5), waves(1, 6, 8)
    assert not torch.equal(attention(x), attention(x))
    attention.eval()
    assert torch.equal(attention(x), attention(x))


def test_skipped_branch_is_nothing(waves):
    branch = FFN(4, 8, drop_path=1 - 1e-9)
    assert not branch(waves(1, 2, 4)).any()
    assert branch.eval()(waves(1, 2, 4)).any()


def test_deeper_blocks_are_skipped_more():
    assert drop_path_rates(.4, [2, 3]) == [[0., pytest.approx(.1)],
                                           [pytest.approx(r) for r in (.2, .3, .4)]]
