"""Windows: their order, and the way back."""
import torch

from mmseg.models.utils import join_windows, pad_to_windows, split_windows


def test_windows_go_row_by_row():
    x = torch.arange(8).view(1, 2, 4, 1)
    assert split_windows(x, 2)[..., 0].tolist() == [[[0, 1, 4, 5], [2, 3, 6, 7]]]


def test_joined_windows_are_the_map(waves):
    x = waves(2, 6, 9, 4)
    assert torch.equal(join_windows(split_windows(x, 3), 3, 6, 9), x)


def test_padding_to_whole_windows():
    padded = pad_to_windows(torch.ones(1, 3, 4, 1), 4)
    assert padded[0, ..., 0].tolist() == [[1, 1, 1, 1]] * 3 + [[0, 0, 0, 0]]
