"""Attention between feature maps."""
import pytest
import torch

from mmseg.models.utils import SelfAttentionBlock
from mmseg.utils.errors import InputError

PLAIN = dict(key_in_channels=2, query_in_channels=2, channels=2, out_channels=2,
             share_key_query=False, query_downsample=None, key_downsample=None,
             key_query_num_convs=1, value_out_num_convs=1, key_query_norm=False,
             value_out_norm=False, matmul_norm=False, with_out=False, conv_cfg=None,
             norm_cfg=None, act_cfg=None)


def as_identity(block):
    """The block whose projections change nothing."""
    for conv in (block.key_project, block.query_project, block.value_project):
        conv.weight.data = torch.eye(2)[..., None, None]
        conv.bias.data.zero_()
    return block


@pytest.mark.parametrize('matmul_norm, sharpness', [(False, 1.), (True, 2**-.5)])
def test_mean_of_the_values_by_fit_of_key_and_query(matmul_norm, sharpness):
    block = as_identity(SelfAttentionBlock(**dict(PLAIN, matmul_norm=matmul_norm)))
    query = torch.tensor([1., 2.]).view(1, 2, 1, 1)
    keys = torch.tensor([[3., 0., 1.], [0., 1., 1.]]).view(1, 2, 3, 1)
    weights = (torch.tensor([3., 2., 3.]) * sharpness).softmax(0)
    torch.testing.assert_close(block(query, keys).flatten(), keys[0, :, :, 0] @ weights)


def test_bare_projection_of_the_result_begins_at_zero():
    block = SelfAttentionBlock(**dict(PLAIN, with_out=True))
    assert block(torch.rand(1, 2, 3, 3), torch.rand(1, 2, 2, 2)).abs().max() == 0


def test_shared_projection_has_both_names_and_needs_one_width():
    block = SelfAttentionBlock(**dict(PLAIN, share_key_query=True))
    assert block.key_project is block.query_project
    assert {'key_project.weight', 'query_project.weight'} <= set(block.state_dict())
    with pytest.raises(InputError, match='key_in_channels=2 and query_in_channels=3'):
        SelfAttentionBlock(**dict(PLAIN, share_key_query=True, query_in_channels=3))
