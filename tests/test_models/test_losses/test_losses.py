"""The losses by hand-computed values."""
import json
from math import log

import numpy as np
import pytest
import torch

from mmseg.models.builder import build_loss
from mmseg.models.losses.lovasz_loss import _falling_order, lovasz_grad, lovasz_hinge_flat
from mmseg.utils.errors import InputError

LN2 = log(2)
# Three pixels of two classes: undecided, 3 to 1 for class 1, ignored.
LOGITS = torch.tensor([[[[0., 0., 7.]], [[0., log(3), 0.]]]])
LABELS = torch.tensor([[[0, 1, 255]]])
EVEN = torch.zeros(1, 2, 1, 2)  # two pixels of score 1/2 each
PAIR = torch.tensor([[[0, 1]]])
HALF_IGNORED = torch.tensor([[[0, 255]]])


def loss_of(cfg, logits, labels, **kwargs):
    kwargs.setdefault('ignore_index', 255)
    return build_loss(cfg)(logits, labels, **kwargs)


@pytest.mark.parametrize('options, want', [
    ({}, (LN2 + log(4 / 3)) / 3),
    (dict(avg_non_ignore=True), (LN2 + log(4 / 3)) / 2),
    (dict(reduction='sum', loss_weight=.4), .4 * (LN2 + log(4 / 3))),
    (dict(class_weight=[1., 3.]), (LN2 + 3 * log(4 / 3)) / 3),
])
def test_cross_entropy(options, want):
    assert loss_of(dict(type='CrossEntropyLoss', **options), LOGITS, LABELS).item() == (
        pytest.approx(want, rel=1e-5))


def test_cross_entropy_weights_of_pixels_and_own_divisor():
    weight = torch.tensor([[[2., 1., 1.]]])
    loss = loss_of(dict(type='CrossEntropyLoss'), LOGITS, LABELS, weight=weight, avg_factor=10)
    assert loss.item() == pytest.approx((2 * LN2 + log(4 / 3)) / 10, rel=1e-5)
    with pytest.raises(InputError, match='avg_factor'):
        loss_of(dict(type='CrossEntropyLoss', reduction='sum'), LOGITS, LABELS, avg_factor=10)


@pytest.mark.parametrize('kind', ['CrossEntropyLoss', 'DiceLoss', 'FocalLoss', 'LovaszLoss',
                                  'TverskyLoss'])
def test_page_of_ignored_pixels_gives_a_finite_loss(kind):
    logits = LOGITS.clone().requires_grad_()
    options = dict(avg_non_ignore=True) if kind == 'CrossEntropyLoss' else {}
    loss = loss_of(dict(type=kind, **options), logits, torch.full_like(LABELS, 255))
    loss.backward()
    assert loss.isfinite() and logits.grad.isfinite().all()
    if kind in ('CrossEntropyLoss', 'FocalLoss', 'LovaszLoss'):
        assert loss == 0 and not logits.grad.any()


def test_sigmoid_cross_entropy_of_classes():
    # Pixel 0: both classes ln 2.  Pixel 1: class 0 (false) ln 2, class 1 (true) ln 4/3.
    loss = loss_of(dict(type='CrossEntropyLoss', use_sigmoid=True), LOGITS, LABELS)
    assert loss.item() == pytest.approx((3 * LN2 + log(4 / 3)) / 6, rel=1e-5)
    loss = loss_of(dict(type='CrossEntropyLoss', use_sigmoid=True, avg_non_ignore=True), LOGITS,
                   LABELS)
    assert loss.item() == pytest.approx((3 * LN2 + log(4 / 3)) / 4, rel=1e-5)


def test_sigmoid_class_weight_counts_the_positive_examples_of_its_class():
    cfg = dict(type='CrossEntropyLoss', use_sigmoid=True, class_weight=[5., 10.])
    loss = loss_of(cfg, LOGITS, LABELS)
    # true: pixel 0 of class 0 (5 ln 2), pixel 1 of class 1 (10 ln 4/3); the others once
    assert loss.item() == pytest.approx((5 * LN2 + 2 * LN2 + 10 * log(4 / 3)) / 6, rel=1e-5)


def test_sigmoid_of_one_logit_takes_labels_0_and_1():
    cfg = dict(type='CrossEntropyLoss', use_sigmoid=True)
    loss = loss_of(cfg, LOGITS[:, 1:], LABELS)
    assert loss.item() == pytest.approx((LN2 + log(4 / 3)) / 3, rel=1e-5)
    with pytest.raises(InputError, match='label 2; expected 0, 1 or ignore_index=255'):
        loss_of(cfg, LOGITS[:, 1:], torch.tensor([[[0, 2, 255]]]))


def test_mask_cross_entropy_looks_at_the_own_class_alone():
    masks = torch.zeros(2, 3, 1, 2)
    masks[0, 2] = log(3)
    target = torch.tensor([[[1., 1.]], [[1., 0.]]])
    loss = loss_of(dict(type='CrossEntropyLoss', use_mask=True), masks, target,
                   weight=torch.tensor([2, 0]), ignore_index=None)
    assert loss.tolist() == pytest.approx([(2 * log(4 / 3) + 2 * LN2) / 4], rel=1e-5)


def test_dice_by_hand():
    # overlap 1/2, sizes 1/4 + 1/4 and 1: 1 - (2 * 1/2 + 1) / (1/2 + 1 + 1)
    assert loss_of(dict(type='DiceLoss'), EVEN, PAIR).item() == pytest.approx(.2)
    # class 1 loses its overlap: 1 - 1 / 2.5
    assert loss_of(dict(type='DiceLoss'), EVEN, HALF_IGNORED).item() == pytest.approx(.4)
    cfg = dict(type='DiceLoss', class_weight=[1., 3.], loss_weight=2., smooth=0, exponent=1)
    # without smoothing, exponent 1: 1 - 1 / 2 of each class
    assert loss_of(cfg, EVEN, PAIR).item() == pytest.approx(2 * (.5 + 1.5) / 2)


def test_tversky_by_hand():
    # hit, false alarm and miss are 1/2 each: 1 - 1.5 / (.5 + .15 + .35 + 1)
    assert loss_of(dict(type='TverskyLoss'), EVEN, PAIR).item() == pytest.approx(.25)
    want = ((1 - 1.5 / 1.85) + (1 - 1 / 1.15)) / 2
    assert loss_of(dict(type='TverskyLoss'), EVEN, HALF_IGNORED).item() == pytest.approx(want)
    with pytest.raises(InputError, match='alpha=0.5 and beta=0.7'):
        build_loss(dict(type='TverskyLoss', alpha=.5))


@pytest.mark.parametrize('kind, first', [('DiceLoss', .2), ('TverskyLoss', 1 - 1.5 / 1.85)])
def test_ignored_class_adds_nothing_but_counts_in_the_mean(kind, first):
    assert loss_of(dict(type=kind, ignore_index=1), EVEN, PAIR).item() == pytest.approx(first / 2)


def test_focal_by_hand():
    # score 1/2: weight 1/2 * (1/2)^2 of ln 2
    assert loss_of(dict(type='FocalLoss'), EVEN, PAIR).item() == pytest.approx(LN2 / 8)
    cfg = dict(type='FocalLoss', gamma=1., alpha=[.1, .2], class_weight=[1., 10.], reduction='sum')
    want = LN2 / 2 * ((.1 + .9) + 10 * (.8 + .2))
    assert loss_of(cfg, EVEN, PAIR).item() == pytest.approx(want)
    every = loss_of(dict(type='FocalLoss', reduction='none'), EVEN, HALF_IGNORED)
    torch.testing.assert_close(every, torch.tensor([[[[LN2 / 8, 0]], [[LN2 / 8, 0]]]]))


def test_focal_takes_one_hot_targets_and_pixel_weights():
    hot = torch.tensor([[[[1., 0.]], [[0., 1.]]]])
    assert torch.equal(loss_of(dict(type='FocalLoss'), EVEN, hot),
                       loss_of(dict(type='FocalLoss'), EVEN, PAIR))
    weight = torch.tensor([[[2., 0.]]])
    assert loss_of(dict(type='FocalLoss'), EVEN, PAIR, weight=weight).item() == (
        pytest.approx(LN2 / 8))


def test_lovasz_slopes_by_hand():
    torch.testing.assert_close(lovasz_grad(torch.tensor([1., 0., 1.])),
                               torch.tensor([1 / 2, 1 / 6, 1 / 3]))
    assert lovasz_grad(torch.tensor([1.])).tolist() == [1.]
    # errors 2 (true), 1 (false), 0 (true)
    hinge = lovasz_hinge_flat(torch.tensor([1., -1., 0.]), torch.tensor([1, 1, 0]))
    assert hinge.item() == pytest.approx(2 / 2 + 1 / 6)


def test_lovasz_sorts_errors_of_any_sign():
    errors = torch.tensor([0., -1., 3., -.5, float('inf'), 2., 1e-30, -1e-30])
    assert _falling_order(errors).tolist() == [4, 2, 5, 6, 0, 7, 3, 1]
    many = torch.randn(10_000, generator=torch.Generator().manual_seed(0))
    assert torch.equal(many[_falling_order(many)], many.sort(descending=True)[0])


def test_lovasz_softmax_by_hand():
    logits = torch.tensor([[[[0., log(3)]], [[0., 0.]]]])  # scores of class 0: 1/2, 3/4
    # class 0: .75 / 2 + .5 / 2; class 1: .75
    assert loss_of(dict(type='LovaszLoss'), logits, PAIR).item() == pytest.approx(.6875)
    cfg = dict(type='LovaszLoss', classes=[1], class_weight=[1., 2.], loss_weight=3.)
    assert loss_of(cfg, logits, PAIR).item() == pytest.approx(3 * 2 * .75)


def test_lovasz_of_present_and_of_all_classes():
    logits = torch.tensor([[[[LN2]], [[0.]], [[0.]]]])  # scores 1/2, 1/4, 1/4
    label = torch.tensor([[[0]]])
    assert loss_of(dict(type='LovaszLoss'), logits, label).item() == pytest.approx(1 / 2)
    cfg = dict(type='LovaszLoss', classes='all')
    assert loss_of(cfg, logits, label).item() == pytest.approx((1 / 2 + 1 / 4 + 1 / 4) / 3)


def test_lovasz_of_each_page():
    logits = torch.tensor([[[[0., log(3)]], [[0., 0.]]]]).repeat(2, 1, 1, 1)
    labels = torch.cat([PAIR, HALF_IGNORED])
    each = loss_of(dict(type='LovaszLoss', per_image=True, reduction='none'), logits, labels)
    assert each.tolist() == pytest.approx([.6875, .5])
    binary = dict(type='LovaszLoss', loss_type='binary', per_image=True)
    pages = torch.tensor([[[[1., -1., 0.]]], [[[9., 9., 9.]]]])
    labels = torch.tensor([[[1, 1, 0]], [[1, 255, 255]]])
    assert loss_of(binary, pages, labels).item() == pytest.approx((1 + 1 / 6) / 2)


def test_class_weights_from_files(tmp_path):
    np.save(tmp_path / 'w.npy', [1., 3.])
    (tmp_path / 'w.json').write_text(json.dumps([1., 3.]))
    for name in ('w.npy', 'w.json'):
        cfg = dict(type='CrossEntropyLoss', class_weight=str(tmp_path / name))
        assert loss_of(cfg, LOGITS, LABELS).item() == pytest.approx((LN2 + 3 * log(4 / 3)) / 3)


@pytest.mark.parametrize('kind', ['CrossEntropyLoss', 'DiceLoss', 'FocalLoss', 'LovaszLoss',
                                  'TverskyLoss'])
def test_wrong_number_of_class_weights_is_named(kind):
    with pytest.raises(InputError, match='has 3 values for 2 classes'):
        loss_of(dict(type=kind, class_weight=[1., 1., 1.]), LOGITS, LABELS)


@pytest.mark.parametrize('kind, name', [
    ('CrossEntropyLoss', 'loss_ce'), ('DiceLoss', 'loss_dice'), ('FocalLoss', 'loss_focal'),
    ('LovaszLoss', 'loss_lovasz'), ('TverskyLoss', 'loss_tversky')])
def test_names_in_the_log(kind, name):
    assert build_loss(dict(type=kind)).loss_name == name
    assert build_loss(dict(type=kind, loss_name='loss_other')).loss_name == 'loss_other'
