import math

import pytest
import torch

from mmseg.models.detectors import (
    BBoxL1Cost,
    ClassificationCost,
    FocalLossCost,
    HungarianAssigner,
    IoUCost,
)
from mmseg.utils.errors import InputError


def test_the_cheapest_assignment_is_not_the_greedy_one():
    assigner = HungarianAssigner(cls_cost=dict(type='ClassificationCost', weight=0),
                                 reg_cost=dict(type='BBoxL1Cost', box_format='xywh'),
                                 iou_cost=dict(type='IoUCost', weight=0))
    # widths of predictions: .5, .6; of true boxes: .61, .9. The second prediction is nearest to
    # the first true box, but is needed by the other one.
    pred = torch.tensor([[.5, .5, .5, .4], [.5, .5, .6, .4]])
    true = torch.tensor([[19.5, 30, 80.5, 70], [5, 30, 95, 70]])
    found = assigner.assign(pred, torch.zeros(2, 3), true, torch.tensor([0, 1]), (100, 100))
    assert [part.tolist() for part in found] == [[0, 1], [0, 1]]


def test_no_true_box_is_matched_with_nothing():
    found = HungarianAssigner().assign(torch.full((3, 4), .5), torch.zeros(3, 2),
                                       torch.zeros(0, 4), torch.zeros(0, dtype=torch.long), (9, 9))
    assert [part.tolist() for part in found] == [[], []]


def test_more_true_boxes_than_predictions():
    true = torch.tensor([[0., 0, 4, 4], [4, 4, 8, 8], [2, 2, 6, 6]])
    query, truth = HungarianAssigner().assign(
        torch.tensor([[.75, .75, .5, .5]]), torch.zeros(1, 2), true,
        torch.tensor([0, 0, 0]), (8, 8))
    assert (query.tolist(), truth.tolist()) == ([0], [1])


def test_a_box_that_is_not_a_number_is_named():
    with pytest.raises(InputError, match='boxes cannot be matched'):
        HungarianAssigner().assign(torch.full((1, 4), math.nan), torch.zeros(1, 2),
                                   torch.tensor([[0., 0, 4, 4]]), torch.tensor([0]), (8, 8))


def test_costs_by_hand():
    logits = torch.tensor([[0., 2.]])
    label = torch.tensor([0])
    # at a score of 1/2: .25 * .25 * ln 2 - .75 * .25 * ln 2
    assert FocalLossCost(weight=2)(logits, label).item() == pytest.approx(-.25 * math.log(2))
    assert ClassificationCost()(logits, label).item() == pytest.approx(-1 / (1 + math.exp(2)))
    pred, true = torch.tensor([[.5, .5, .2, .4]]), torch.tensor([[.4, .4, .6, .6]])
    assert BBoxL1Cost(box_format='xywh')(pred, true).item() == pytest.approx(.2)
    assert BBoxL1Cost()(pred, true).item() == pytest.approx(.2)
    boxes = torch.tensor([[0., 0, 2, 2]]), torch.tensor([[4., 0, 6, 2]])
    assert IoUCost('iou')(*boxes).item() == 0
    assert IoUCost()(*boxes).item() == pytest.approx(1 / 3)  # a third of the hull is empty


@pytest.mark.parametrize('build, words', [
    (lambda: BBoxL1Cost(box_format='xy'), 'box_format'), (lambda: IoUCost('diou'), 'iou_mode')])
def test_unknown_modes_are_named(build, words):
    with pytest.raises(InputError, match=words):
        build()
