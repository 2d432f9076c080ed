"""Tokens and maps: their order, and the way there and back."""
import torch

from mmseg.models.utils import nchw2nlc2nchw, nchw_to_nlc, nlc2nchw2nlc, nlc_to_nchw


def test_tokens_go_row_by_row():
    x = torch.arange(12).view(1, 2, 2, 3)
    tokens = nchw_to_nlc(x)
    assert tokens.tolist() == [[[0, 6], [1, 7], [2, 8], [3, 9], [4, 10], [5, 11]]]
    assert torch.equal(nlc_to_nchw(tokens, (2, 3)), x)


def test_there_and_back(waves):
    features = waves(1, 4, 2, 3)
    linear = torch.nn.Linear(4, 5)
    wanted = torch.einsum('nchw,oc->nohw', features, linear.weight) + linear.bias[:, None, None]
    torch.testing.assert_close(nchw2nlc2nchw(linear, features, contiguous=True), wanted)
    conv = torch.nn.Conv2d(4, 4, 3, padding=1)
    torch.testing.assert_close(nlc2nchw2nlc(conv, nchw_to_nlc(features), (2, 3)),
                               nchw_to_nlc(conv(features)))
