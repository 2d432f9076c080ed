import pytest
import torch

from mmseg.models.losses import GIoULoss, L1Loss

NEAR = torch.tensor([[0., 0, 2, 2]])
FAR = torch.tensor([[4., 0, 6, 2]])


def test_l1_by_hand():
    pred, target = torch.tensor([[1., 2], [3, 5]]), torch.tensor([[0., 2], [3, 3]])
    assert L1Loss()(pred, target).item() == .75
    assert L1Loss(loss_weight=5)(pred, target, avg_factor=2).item() == pytest.approx(7.5)
    assert L1Loss()(pred, target, torch.tensor([[1., 1], [0, 0]]), avg_factor=1).item() == \
        pytest.approx(1)
    assert L1Loss(reduction='none')(pred, target).tolist() == [[1, 0], [0, 2]]


def test_giou_by_hand():
    # overlap 0, a third of the hull belongs to neither
    assert GIoULoss()(NEAR, FAR).item() == pytest.approx(4 / 3, abs=1e-6)
    assert GIoULoss()(NEAR, NEAR).item() == pytest.approx(0, abs=1e-6)
    pair = torch.cat([NEAR, NEAR]), torch.cat([FAR, NEAR])
    assert GIoULoss(loss_weight=2)(*pair, torch.tensor([1., 0]), avg_factor=1).item() == \
        pytest.approx(8 / 3, abs=1e-5)
    assert GIoULoss()(*pair, torch.tensor([[1.] * 4, [0] * 4]), avg_factor=1).item() == \
        pytest.approx(4 / 3, abs=1e-6)


def test_nothing_matched_costs_nothing_and_has_a_gradient():
    pred = torch.zeros(0, 4, requires_grad=True)
    loss = L1Loss()(pred, torch.zeros(0, 4), avg_factor=1) + GIoULoss()(
        pred, torch.zeros(0, 4), avg_factor=1)
    loss.backward()
    assert loss.item() == 0
