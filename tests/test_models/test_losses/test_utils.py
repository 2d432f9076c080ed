"""Reduction of losses."""
import pytest
import torch

from mmseg.models.losses import reduce_loss, weight_reduce_loss, weighted_loss
from mmseg.utils.errors import InputError

LOSS = torch.tensor([1., 2., 6.])


def test_reductions():
    assert reduce_loss(LOSS, 'none') is LOSS
    assert reduce_loss(LOSS, 'mean') == 3 and reduce_loss(LOSS, 'sum') == 9
    with pytest.raises(InputError, match="'avg'"):
        reduce_loss(LOSS, 'avg')


def test_weights_and_divisor():
    weight = torch.tensor([1., 0., .5])
    assert weight_reduce_loss(LOSS, weight).item() == pytest.approx(4 / 3)
    assert weight_reduce_loss(LOSS, weight, avg_factor=2).item() == pytest.approx(2)
    assert weight_reduce_loss(LOSS, weight, 'none', avg_factor=2).tolist() == [1, 0, 3]


def test_weighted_loss_adds_the_common_arguments():

    @weighted_loss
    def l1(pred, target, scale=1):
        return scale * (pred - target).abs()

    pred, target = torch.tensor([0., 4.]), torch.tensor([1., 1.])
    assert l1(pred, target) == 2
    assert l1(pred, target, torch.tensor([1., 2.]), reduction='sum', scale=10) == 70
