"""PointRend: the positions of its points, the pixels it replaces, settings that are missing."""
import pytest
import torch

from mmseg.models.builder import build_head
from mmseg.models.decode_heads.point_head import calculate_uncertainty, point_sample
from mmseg.ops import resize
from mmseg.utils.errors import InputError

TEST = dict(subdivision_steps=1, subdivision_num_points=1, scale_factor=2)
TRAIN = dict(num_points=8, oversample_ratio=4, importance_sample_ratio=.75)


@pytest.fixture
def head():
    return build_head(dict(type='PointHead', in_channels=[4], in_index=[0], channels=5,
                           num_classes=2)).eval()


@pytest.fixture
def unsure():
    """Logits ``(1, 2, 4, 4)``, sure but for row 1, column 2."""
    logits = torch.zeros(1, 2, 4, 4)
    logits[:, 0] = 5.
    logits[0, 0, 1, 2] = .5
    return logits


def test_uncertainty_is_the_lead_of_the_first_class():
    logits = torch.tensor([3., 1., 2.5]).view(1, 3, 1, 1)
    assert calculate_uncertainty(logits).tolist() == [[[[-.5]]]]


def test_points_are_x_then_y():
    page = torch.arange(6.).view(1, 1, 2, 3)
    points = torch.tensor([[[.5, .25], [5 / 6, .75], [.5, .5]]])  # two centres, and between rows
    assert point_sample(page, points).flatten().tolist() == pytest.approx([1., 5., 2.5], abs=1e-5)


def test_least_sure_pixel_is_found(head, unsure):
    places, points = head.get_points_test(unsure, calculate_uncertainty, TEST)
    assert places.tolist() == [[6]]
    assert points.tolist() == [[[.625, .375]]]


def test_no_more_points_than_pixels(head, unsure):
    places, _ = head.get_points_test(unsure, calculate_uncertainty,
                                     dict(subdivision_num_points=99))
    assert sorted(places[0].tolist()) == list(range(16))


def test_only_the_unsure_pixel_is_replaced(head, unsure):
    head.fc_seg.bias.data = torch.tensor([7., 8.])
    head.fc_seg.weight.data.zero_()
    refined = head.forward_test([torch.zeros(1, 4, 4, 4)], unsure, None, TEST)
    coarse = resize(unsure, scale_factor=2, mode='bilinear', align_corners=False)
    changed = (refined != coarse).any(dim=1)[0]
    place = calculate_uncertainty(coarse).flatten().argmax()
    assert changed.nonzero().tolist() == [[place // 8, place % 8]]
    assert refined[0, :, changed].flatten().tolist() == [7., 8.]


def test_most_points_of_the_training_are_unsure(head):
    logits = torch.zeros(2, 2, 8, 8)
    logits[:, 0] = torch.tensor([5., 5., 5., 5., -5., -5., -5., -5.])
    torch.manual_seed(0)
    points = head.get_points_train(logits, calculate_uncertainty, dict(TRAIN, oversample_ratio=40))
    assert points.shape == (2, 8, 2)
    # The classes draw between the two middle columns; the last two points lie anywhere.
    assert (points[:, :6, 0] - .5).abs().max() < .03
    assert (points[:, 6:, 0] - .5).abs().min() > .03


def test_losses_have_names_of_their_own(head):
    losses = head.losses(torch.tensor([[[9., 0., 0.], [0., 9., 9.]]]), torch.tensor([[0, 1, 0]]))
    assert set(losses) == {'pointloss_ce', 'acc_point'}
    assert losses['acc_point'].item() == pytest.approx(200 / 3, abs=1e-3)
    assert losses['pointloss_ce'].item() == pytest.approx(3.0001, abs=1e-3)


def test_missing_settings_are_named(head, unsure):
    features = [torch.zeros(1, 4, 4, 4)]
    with pytest.raises(InputError, match=r'test_cfg\.subdivision_steps'):
        head.forward_test(features, unsure, None, dict(mode='whole'))
    with pytest.raises(InputError, match=r'train_cfg\.num_points'):
        head.forward_train(features, unsure, [{}], torch.zeros(1, 1, 8, 8).long(), None)
    with pytest.raises(InputError, match='oversample_ratio of at least 1'):
        head.get_points_train(unsure, calculate_uncertainty, dict(TRAIN, oversample_ratio=.5))
