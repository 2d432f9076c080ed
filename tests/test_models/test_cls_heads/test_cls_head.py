"""The page-type head by hand-computed values."""
from math import log

import pytest
import torch

from mmseg.models.builder import build_head
from mmseg.utils.errors import InputError


def head(**options):
    made = build_head(dict(type='ClsHead', in_channels=2, num_classes=2, dropout_ratio=0,
                           **options))
    with torch.no_grad():
        made.fc.weight.copy_(torch.eye(2))
        made.fc.bias.zero_()
    return made


def pages(*labels):
    return [dict(filename=f'p{i}.png', cls_label=label) for i, label in enumerate(labels)]


# Channel means 0 and ln 3: scores 1/4 and 3/4.
FEATURE = torch.tensor([[[[-1., 1.]], [[0., 2 * log(3)]]]])


def test_logits_are_a_linear_map_of_the_page_mean():
    other = torch.rand(1, 7, 3, 3)
    torch.testing.assert_close(head()([other, FEATURE]), torch.tensor([[0., log(3)]]))
    torch.testing.assert_close(head(in_index=0)([FEATURE, other]), torch.tensor([[0., log(3)]]))
    assert {k: tuple(v.shape) for k, v in head().state_dict().items()} == {
        'fc.weight': (2, 2), 'fc.bias': (2, )}


@pytest.mark.parametrize('options, want', [
    ({}, (log(4) + log(4 / 3)) / 2),
    (dict(loss_weight=.5), (log(4) + log(4 / 3)) / 4),
    (dict(class_weight=[3., 1.]), (3 * log(4) + log(4 / 3)) / 2),
    (dict(label_smoothing=.2), (log(4) + log(4 / 3)) / 2),
])
def test_loss_and_accuracy_by_hand(options, want):
    losses = head(**options).forward_train([FEATURE.repeat(2, 1, 1, 1)], pages(0, 1))
    assert set(losses) == {'loss_ce', 'acc'}
    assert losses['loss_ce'].item() == pytest.approx(want, rel=1e-5)
    assert losses['acc'].item() == 50


def test_label_smoothing_spreads_the_target():
    loss = head(label_smoothing=.2).forward_train([FEATURE], pages(1))['loss_ce']
    assert loss.item() == pytest.approx(.9 * log(4 / 3) + .1 * log(4), rel=1e-5)


@pytest.mark.parametrize('metas, words', [
    ([dict(filename='a/b.png')], 'a/b.png has no page label'),
    (pages(2), 'p0.png has the page label 2; expected 0 to 1'),
    (pages(-1), 'p0.png has the page label -1'),
    ([dict(ori_filename='b.png', cls_label=None)], 'b.png has no page label'),
])
def test_missing_and_wrong_labels_name_the_page(metas, words):
    with pytest.raises(InputError, match=words):
        head().forward_train([FEATURE], metas)


def test_pages_of_unknown_type_take_no_part():
    losses = head(class_weight=[3., 1.]).forward_train([FEATURE.repeat(3, 1, 1, 1)],
                                                       pages(0, 255, 1))
    assert losses['loss_ce'].item() == pytest.approx((3 * log(4) + log(4 / 3)) / 2, rel=1e-5)
    assert losses['acc'].item() == 50
    feature = FEATURE.clone().requires_grad_()
    losses = head(label_smoothing=.2).forward_train([feature], pages(255))
    losses['loss_ce'].backward()
    assert losses['loss_ce'].item() == 0 and losses['acc'].isnan()
    assert feature.grad.abs().sum() == 0


def test_settings_that_do_not_fit():
    with pytest.raises(InputError, match='num_classes=1'):
        build_head(dict(type='ClsHead', in_channels=2, num_classes=1))
    with pytest.raises(InputError, match='3 values for num_classes=2'):
        head(class_weight=[1, 2, 3])
    with pytest.raises(InputError, match='in_channels=2 .* has 5 channels; set in_channels=5'):
        head()([torch.rand(1, 5, 2, 2)])
    with pytest.raises(InputError, match='in_index=4 .* 1 feature maps'):
        head(in_index=4)([FEATURE])


def test_dropout_works_in_training_alone():
    dropping = build_head(dict(type='ClsHead', in_channels=64, num_classes=3, dropout_ratio=.5))
    x = [torch.ones(1, 64, 2, 2)]
    assert not torch.equal(dropping(x), dropping(x))
    dropping.eval()
    assert torch.equal(dropping(x), dropping(x))
