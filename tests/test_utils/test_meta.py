"""Networks without numbers for a while."""
import pytest
import torch
from torch import nn

from mmseg.utils.meta import evaluating, meta_tensors


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


def test_it_has_shapes_within_and_is_the_same_afterwards():
    block = Block().train()
    attributes = [dict(vars(part)) for part in block.modules()]
    weight, state = block.conv.weight, {k: v.clone() for k, v in block.state_dict().items()}
    with meta_tensors(block):
        y = block(torch.empty(2, 3, 8, 6, device='meta'))
        assert y.shape == (2, 4, 6, 4) and y.is_meta
        assert not any(part.training for part in block.modules())
        block.seen, block.shift = y, None  # as a forward may keep
    assert [dict(vars(part)) for part in block.modules()] == attributes
    assert block.conv.weight is weight and block.norm.num_batches_tracked == 0
    assert all(torch.equal(block.state_dict()[name], value) for name, value in state.items())
    assert block(torch.ones(2, 3, 8, 6)).device.type == 'cpu'
    assert block.norm.num_batches_tracked == 1


def test_an_evaluation_leaves_training_mode_and_attributes_as_they_were():
    block = Block().train()
    block.norm.eval()
    with evaluating(block):
        assert not block.training
        block.seen = block(torch.ones(2, 3, 8, 6))
    assert block.training and not block.norm.training and not hasattr(block, 'seen')
    assert block.norm.num_batches_tracked == 0


def test_it_is_the_same_after_an_error():
    block = Block()
    with pytest.raises(RuntimeError, match='channel'), meta_tensors(block):
        block(torch.empty(2, 5, 8, 6, device='meta'))
    assert block.training and block(torch.ones(2, 3, 8, 6)).shape == (2, 4, 6, 4)


def test_no_weights_are_copied_and_shared_ones_stay_shared(monkeypatch):
    monkeypatch.setattr(torch.Tensor, '__deepcopy__', pytest.fail)
    block = Block()
    block.other = nn.Conv2d(3, 4, 3, bias=False)
    block.other.weight = block.conv.weight
    with meta_tensors(block):
        assert block.other.weight is block.conv.weight and block.conv.weight.is_meta
    assert block.other.weight is block.conv.weight and not block.conv.weight.is_meta
