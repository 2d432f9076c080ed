"""Pooling as matrix products: by hand, and against torch's own."""
import pytest
import torch
import torch.nn.functional as F

from mmseg.ops import adaptive_avg_pool, pool_spans


def test_overlapping_windows_by_hand():
    x = torch.tensor([[1., 2., 4., 8.]]).view(1, 1, 1, 4)
    # Three windows of four positions: [0, 2), [1, 3), [2, 4).
    assert adaptive_avg_pool(x, (1, 3)).flatten().tolist() == [1.5, 3., 6.]


def test_spans_choose_rows_and_columns():
    x = torch.arange(12.).view(1, 1, 3, 4)
    found = pool_spans(x, lambda n: (torch.tensor([0]), torch.tensor([2])),
                       lambda n: (torch.tensor([0, 2]), torch.tensor([1, 4])))
    # Rows 0 and 1: of column 0 the mean of 0 and 4, of columns 2 and 3 that of 2, 3, 6 and 7.
    assert found.flatten().tolist() == [2., 4.5]


@pytest.mark.parametrize('output', [1, 3, (2, 6), (None, 5), (7, None), (4, 9)])
def test_same_as_torch(output):
    x = torch.randn(2, 3, 7, 11, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(adaptive_avg_pool(x, output), F.adaptive_avg_pool2d(x, output),
                               atol=1e-6, rtol=0)


def test_a_trace_takes_another_size():
    traced = torch.jit.trace(lambda x: adaptive_avg_pool(x, (2, 3)), torch.ones(1, 1, 4, 5))
    x = torch.randn(2, 2, 9, 7, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(traced(x), F.adaptive_avg_pool2d(x, (2, 3)), atol=1e-6, rtol=0)
