"""Copies without numbers."""
import pytest
import torch
from torch import nn

from mmseg.utils.meta import on_meta


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.head = nn.Linear(4, 2)
        self.register_buffer('scale', torch.ones(4, 1, 1))
        self.shift = torch.ones(4, 1, 1)  # a tensor that no device change would reach

    def forward(self, x):
        return self.norm(self.conv(x)) * self.scale + self.shift


def test_the_copy_has_shapes_and_the_original_stays():
    block = Block().train()
    twin = on_meta(block, leave_out=[block.head])
    y = twin(torch.empty(2, 3, 8, 6, device='meta'))
    assert y.shape == (2, 4, 6, 4) and y.is_meta
    assert not any(part.training for part in twin.modules())
    assert all(part.training for part in block.modules())
    assert block.norm.num_batches_tracked == 0 and block.conv.weight.device.type == 'cpu'
    assert list(twin.head.parameters()) == []


def test_no_weights_are_copied(monkeypatch):
    monkeypatch.setattr(torch.Tensor, '__deepcopy__', pytest.fail)
    on_meta(Block())
