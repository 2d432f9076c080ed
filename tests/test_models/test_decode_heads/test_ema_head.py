"""Bases of expectation-maximisation attention: how they are fitted, moved and kept."""
import torch
import torch.nn.functional as F

from mmseg.models.decode_heads.ema_head import EMAModule


def test_features_are_rebuilt_from_fitted_bases():
    module = EMAModule(channels=2, num_bases=2, num_stages=1, momentum=.25).eval()
    module.bases.copy_(torch.eye(2)[None])
    pixels = torch.tensor([[4., 0.], [0., 4.]])  # two pixels, each along one base
    near, far = torch.tensor([4., 0.]).softmax(0).tolist()
    # Base 0 is the mean of both pixels, the near one weighted by `near`, at length 1.
    base = F.normalize(torch.tensor([near, far]), dim=0)
    expected = near * base + far * base.flip(0)
    rebuilt = module(pixels.T.view(1, 2, 1, 2))
    torch.testing.assert_close(rebuilt[0, :, 0, 0], expected)
    torch.testing.assert_close(rebuilt[0, :, 0, 1], expected.flip(0))


def test_training_moves_the_bases_by_the_momentum_and_a_test_does_not():
    module = EMAModule(channels=3, num_bases=2, num_stages=2, momentum=.25)
    start, x = module.bases.clone(), torch.rand(2, 3, 4, 4)
    module.eval()(x)
    assert torch.equal(module.bases, start)
    fitted, _ = module._fit(x.flatten(2))
    module.train()(x)
    target = F.normalize(fitted.mean(0, keepdim=True), dim=1)
    torch.testing.assert_close(module.bases, .75 * start + .25 * target)


def test_no_gradient_passes_the_fit():
    x = torch.rand(1, 3, 4, 4, requires_grad=True)
    assert not EMAModule(3, 2, 3, .1)(x).requires_grad
