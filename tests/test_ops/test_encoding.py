"""Texture encoding by hand-computed values."""
import torch

from mmseg.ops import Encoding


def test_distances_and_residuals_by_hand():
    x = torch.tensor([[[1., 2.], [0., 0.]]])  # two positions of two channels
    words = torch.tensor([[0., 0.], [1., 1.], [0., 3.]])
    scale = torch.tensor([1., -2., 10.])
    distances = Encoding.scaled_l2(x, words, scale)
    torch.testing.assert_close(distances, torch.tensor([[[5., -2., 20.], [0., -4., 90.]]]))
    weights = torch.tensor([[[1., 0., .5], [0., 1., .5]]])
    residuals = Encoding.aggregate(weights, x, words)
    assert residuals.tolist() == [[[1, 2], [-1, -1], [.5, -2]]]


def test_forward_is_softmax_of_distances_times_residuals():
    layer = Encoding(channels=1, num_codes=2)
    with torch.no_grad():
        layer.codewords.copy_(torch.tensor([[0.], [1.]]))
        layer.scale.copy_(torch.tensor([-1., -1.]))
    out = layer(torch.tensor([[[[0., 1.]]]]))
    near, far = 1 / (1 + torch.e**-1), torch.e**-1 / (1 + torch.e**-1)
    # position 0 adds near*0 and far*(0-1); position 1 adds far*(1-0) and near*0
    torch.testing.assert_close(out, torch.tensor([[[far], [-far]]]))
    assert near > far


def test_initial_ranges():
    layer = Encoding(channels=4, num_codes=16)
    assert layer.codewords.shape == (16, 4) and layer.codewords.abs().max() <= 1 / 8
    assert layer.scale.shape == (16, ) and -1 <= layer.scale.min() <= layer.scale.max() <= 0
