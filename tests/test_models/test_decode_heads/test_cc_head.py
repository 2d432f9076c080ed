"""Criss-cross attention: its two lines, counted by hand, and the memory that they take."""
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from mmseg.models.decode_heads.cc_head import CrissCrossAttention


class _Largest(TorchDispatchMode):
    """Number of values of the largest tensor that is made."""

    count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for x in out if isinstance(out, (tuple, list)) else [out]:
            if isinstance(x, torch.Tensor):
                self.count = max(self.count, x.untyped_storage().nbytes() // x.element_size())
        return out


@pytest.mark.parametrize('height, width', [(3, 4), (3, 3)])
def test_each_pixel_sees_its_row_and_column_once(height, width, filled, waves):
    attention = filled(CrissCrossAttention(8))
    attention.gamma.scale.data.fill_(2.)
    x = waves(1, 8, height, width)
    query, key = attention.query_conv(x)[0], attention.key_conv(x)[0]
    value = attention.value_conv(x)[0]
    expected = x.clone()
    for i in range(height):
        for j in range(width):
            line = [(i, b) for b in range(width)] + [(a, j) for a in range(height) if a != i]
            weights = torch.stack([query[:, i, j] @ key[:, a, b] for a, b in line]).softmax(0)
            for weight, (a, b) in zip(weights, line):
                expected[0, :, i, j] += 2. * weight * value[:, a, b]
    torch.testing.assert_close(attention(x), expected)


def test_memory_grows_with_the_lines_and_not_with_the_square():
    attention = CrissCrossAttention(8).eval().requires_grad_(False)
    with _Largest() as largest:
        attention(torch.rand(1, 8, 40, 30))
    assert largest.count == 40 * 30 * (40 + 30)


def test_attention_begins_as_nothing(waves):
    x = waves(2, 8, 3, 5)
    assert torch.equal(CrissCrossAttention(8)(x), x)
