"""Page-type scores out of confusion counts."""
import math

import pytest
import torch

from mmseg.core import page_confusion, page_type_metrics
from mmseg.utils.errors import InputError


def test_one_page_is_a_one_at_truth_and_prediction():
    assert page_confusion(pred=2, label=0, num_page_classes=3).tolist() == [
        [0, 0, 1], [0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize('pred, label', [(2, 0), (0, -1)])
def test_a_class_that_is_not_there(pred, label):
    with pytest.raises(InputError, match=r'\[0, 2\)'):
        page_confusion(pred, label, 2)


def test_accuracy_and_recall():
    scores = page_type_metrics(torch.tensor([[3, 1, 0], [1, 1, 0], [0, 0, 0]]), ('a', 'b', 'c'))
    assert scores['page_acc'] == pytest.approx(4 / 6)
    assert scores['page_recall.a'] == 0.75
    assert scores['page_recall.b'] == 0.5
    assert math.isnan(scores['page_recall.c'])
    assert scores['page_mRecall'] == 0.625  # over the classes that occur
    assert all(type(score) is float for score in scores.values())


def test_no_page_at_all_is_nan():
    assert all(math.isnan(s) for s in page_type_metrics(torch.zeros(2, 2), 'ab').values())


def test_as_many_names_as_classes():
    with pytest.raises(InputError, match='2 page classes: a, b'):
        page_type_metrics(torch.zeros(3, 3), ('a', 'b'))
