"""Accuracy of a few hand-made predictions."""
import pytest
import torch

from mmseg.models.losses import Accuracy, accuracy

# Four elements of three classes; the best classes are 0, 1, 2, 1.
PRED = torch.tensor([[.8, .1, .1], [.2, .5, .3], [.3, .3, .4], [.1, .6, .3]])


def test_top_1_and_top_2():
    target = torch.tensor([0, 2, 2, 0])
    assert accuracy(PRED, target).tolist() == [50.]
    assert torch.cat(accuracy(PRED, target, topk=(1, 2))).tolist() == [50., 75.]


def test_ignored_elements_do_not_count():
    target = torch.tensor([0, 2, 255, 255])
    assert accuracy(PRED, target, ignore_index=255).tolist() == [50.]
    assert accuracy(PRED, torch.full((4, ), 255), ignore_index=255).tolist() == [100.]


def test_threshold_of_the_value():
    target = torch.tensor([0, 1, 2, 1])
    assert accuracy(PRED, target, thresh=.55).tolist() == [50.]


def test_pixels():
    pred = torch.tensor([[[[2., 0.], [0., 0.]], [[1., 1.], [1., 1.]]]])  # best: 0 1 / 1 1
    target = torch.tensor([[[0, 0], [1, 255]]])
    assert accuracy(pred, target, ignore_index=255).item() == pytest.approx(200 / 3)


def test_module_gives_a_list_by_default():
    assert [a.item() for a in Accuracy()(PRED, torch.tensor([0, 1, 2, 1]))] == [100.]
    assert Accuracy(topk=1, ignore_index=0)(PRED, torch.tensor([0, 1, 1, 1])).item() == (
        pytest.approx(200 / 3))
