import pytest
import torch

from mmseg.core import build_pixel_sampler
from mmseg.utils.errors import InputError


def weights(label, **settings):
    sampler = build_pixel_sampler(dict(type='GapPixelSampler', **settings), context=None)
    label = torch.tensor(label)[None, None]
    return sampler.sample(torch.zeros(1, 5, *label.shape[2:]), label)[0].tolist()


def test_a_gap_between_two_lines_weighs_more_and_one_to_the_border_does_not():
    label = [[0, 0, 0, 0, 0],
             [0, 2, 2, 2, 0],
             [0, 0, 0, 0, 0],
             [0, 2, 2, 2, 0],
             [0, 0, 0, 0, 0]]
    assert weights(label, classes=(2,), width=1, weight=4.) == [
        [1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1],
        [1, 4, 4, 4, 1],
        [1, 1, 1, 1, 1],
        [1, 1, 1, 1, 1]]


def test_gaps_wider_than_width_and_other_classes_stay():
    label = [[2, 2, 2], [0, 0, 0], [0, 0, 0], [0, 0, 0], [2, 2, 2]]
    assert weights(label, classes=(2,), width=2) == [[1.] * 3] * 5
    assert weights(label, classes=(2,), width=3, weight=2.) == (
        [[1.] * 3] + [[2.] * 3] * 3 + [[1.] * 3])
    assert weights(label, classes=(1, 3), width=3) == [[1.] * 3] * 5


def test_other_objects_in_a_gap_are_not_background():
    label = [[2, 2], [4, 0], [255, 0], [2, 2]]
    assert weights(label, classes=(2,), width=2, weight=3.) == [[1, 1], [1, 3], [1, 3], [1, 1]]


def test_background_taken_for_a_class_weighs_what_is_said_for_it():
    sampler = build_pixel_sampler(
        dict(type='GapPixelSampler', classes=(2,), width=1, weight=3.,
             false_weights=(1, 1, 1, 5, 2)), context=None)
    label = torch.tensor([[[[2, 0, 2, 0, 0, 4, 255]]]])
    seen = torch.tensor([0, 4, 4, 4, 3, 4, 4])
    logit = torch.nn.functional.one_hot(seen, 5).T[None, :, None].float()
    assert sampler.sample(logit, label)[0].tolist() == [[1, 3, 1, 2, 5, 1, 1]]
    with pytest.raises(InputError, match='5 false_weights, the network 4 classes'):
        sampler.sample(logit[:, 1:], label)


@pytest.mark.parametrize('settings', [dict(width=0), dict(weight=0.5),
                                      dict(false_weights=(1, 1, 0.5))])
def test_numbers_below_one_are_refused(settings):
    with pytest.raises(InputError, match='expected 1 or more'):
        weights([[0]], classes=(2,), **settings)
