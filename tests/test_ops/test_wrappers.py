"""Resizing by hand-computed values."""
import pytest
import torch

from mmseg.ops import Upsample, resize


def test_bilinear_with_aligned_corners_by_hand():
    x = torch.tensor([[[[0., 2.], [4., 6.]]]])
    out = resize(x, size=(3, 3), mode='bilinear', align_corners=True)
    assert out[0, 0].tolist() == [[0, 1, 2], [2, 3, 4], [4, 5, 6]]


def test_bilinear_without_aligned_corners_by_hand():
    x = torch.tensor([[[[0., 4.]]]])
    out = resize(x, size=(1, 4), mode='bilinear', align_corners=False)
    assert out[0, 0].tolist() == [[0, 1, 3, 4]]


def test_aligned_corners_warn_only_where_they_shift_pixels(recwarn):
    x = torch.zeros(1, 1, 5, 5)
    resize(x, size=(9, 17), mode='bilinear', align_corners=True)
    resize(x, size=(3, 3), mode='bilinear', align_corners=True)
    resize(x, size=(10, 9), mode='bilinear', align_corners=True, warning=False)
    resize(torch.zeros(1, 1, 1, 1), size=(4, 4), mode='bilinear', align_corners=True)
    assert not recwarn.list
    with pytest.warns(UserWarning, match=r'\(5, 5\) to \(10, 9\)'):
        resize(x, size=(10, 9), mode='bilinear', align_corners=True)


def test_upsample_rounds_the_size_down():
    x = torch.arange(3.).view(1, 1, 1, 3)
    out = Upsample(scale_factor=(1, 1.5), mode='bilinear', align_corners=True)(x)
    assert out.shape == (1, 1, 1, 4)
    torch.testing.assert_close(out[0, 0, 0], torch.tensor([0., 2 / 3, 4 / 3, 2.]))
    assert Upsample(size=(2, 6))(x)[0, 0].tolist() == [[0, 0, 1, 1, 2, 2]] * 2


def test_traced_resize_follows_the_input_size():
    class Twice(torch.nn.Module):

        def __init__(self):
            super().__init__()
            self.up = Upsample(scale_factor=2)

        def forward(self, small, large):
            return resize(small, size=large.shape[2:]) + self.up(small).mean()

    net = Twice()
    traced = torch.jit.trace(net, (torch.rand(1, 1, 2, 2), torch.rand(1, 1, 4, 4)))
    small, large = torch.rand(1, 1, 3, 5), torch.rand(1, 1, 7, 9)
    assert torch.equal(traced(small, large), net(small, large))
