"""Context encoding: the classes of an image, with and without their loss."""
import pytest
import torch

from mmseg.models.builder import build_head

COMMON = dict(type='EncHead', in_channels=[6, 8], in_index=[0, 1], channels=4, num_classes=3,
              num_codes=2)


@pytest.fixture
def label():
    """Two pages, one with classes 0 and 2, one with 1 and pixels outside the classes."""
    return torch.tensor([[[[0, 2], [2, 0]]], [[[1, 255], [3, 1]]]])


def test_classes_present_in_each_image(label):
    assert build_head(COMMON)._present(label).tolist() == [[1, 0, 1], [0, 1, 0]]


def test_loss_of_the_classes_by_hand(label):
    head = build_head(dict(COMMON, loss_se_decode=dict(
        type='CrossEntropyLoss', use_sigmoid=True, loss_weight=.5)))
    label[1, 0, 1, 0] = 1
    losses = head.losses((torch.zeros(2, 3, 2, 2), torch.zeros(2, 3)), label)
    # At logits of 0 every class of every image costs log 2.
    assert losses['loss_se'].item() == pytest.approx(.5 * .693147, abs=1e-5)
    assert set(losses) == {'loss_ce', 'loss_se', 'acc_seg'}


def test_without_that_loss_there_is_no_layer_for_it(label, waves):
    head = build_head(dict(COMMON, use_se_loss=False, add_lateral=True))
    assert not [name for name in head.state_dict() if name.startswith('se_layer')]
    label[1, 0, 1, 0] = 1
    losses = head.forward_train([waves(2, 6, 4, 4), waves(2, 8, 2, 2)], [{}, {}], label, None)
    assert set(losses) == {'loss_ce', 'acc_seg'}
