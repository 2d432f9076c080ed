"""Hard example mining on a page of five pixels."""
from types import SimpleNamespace

import pytest
import torch

from mmseg.core.seg import build_pixel_sampler
from mmseg.models.builder import build_loss

# Scores of the true class: .9, .6, .3, .2; the last pixel is ignored.
SCORES = torch.tensor([.9, .6, .3, .2, .1])
LABEL = torch.tensor([[[[0, 1, 0, 1, 255]]]])


def logits():
    of_class_1 = torch.where(LABEL[0, 0, 0] == 1, SCORES, 1 - SCORES)
    return torch.stack([1 - of_class_1, of_class_1]).log().view(1, 2, 1, 5)


def weights(context=None, **options):
    context = context or SimpleNamespace(ignore_index=255)
    sampler = build_pixel_sampler(dict(type='OHEMPixelSampler', **options), context=context)
    return sampler.sample(logits(), LABEL)[0, 0].tolist()


@pytest.mark.parametrize('thresh, min_kept, want', [
    (.7, 2, [0, 1, 1, 1, 0]),  # three lie below .7
    (.25, 2, [0, 0, 1, 1, 0]),  # one lies below: the bar rises to the third score, .6
    (.25, 100, [0, 1, 1, 1, 0]),  # never beyond the last score
    (.95, 2, [1, 1, 1, 1, 0]),
])
def test_pixels_of_low_score(thresh, min_kept, want):
    assert weights(thresh=thresh, min_kept=min_kept) == want


@pytest.mark.parametrize('min_kept, want', [(2, [0, 0, 1, 1, 0]), (3, [0, 1, 1, 1, 0]),
                                            (100, [1, 1, 1, 1, 0])])
def test_pixels_of_high_loss(min_kept, want):
    loss = build_loss(dict(type='CrossEntropyLoss'))
    for losses in (loss, torch.nn.ModuleList([loss, loss])):
        context = SimpleNamespace(ignore_index=255, loss_decode=losses)
        assert weights(context, min_kept=min_kept) == want


def test_one_logit_of_two_classes():
    context = SimpleNamespace(ignore_index=255)
    sampler = build_pixel_sampler(dict(type='OHEMPixelSampler', thresh=.5, min_kept=2),
                                  context=context)
    single = torch.tensor([3., 3., -3., -3.]).view(1, 1, 1, 4)
    label = torch.tensor([1, 0, 1, 0]).view(1, 1, 1, 4)
    assert sampler.sample(single, label)[0, 0].tolist() == [0, 1, 1, 0]


def test_page_of_ignored_pixels_has_no_weights():
    for options in (dict(thresh=.5), {}):
        context = SimpleNamespace(ignore_index=255,
                                  loss_decode=build_loss(dict(type='CrossEntropyLoss')))
        sampler = build_pixel_sampler(dict(type='OHEMPixelSampler', **options), context=context)
        assert not sampler.sample(logits(), torch.full_like(LABEL, 255)).any()
