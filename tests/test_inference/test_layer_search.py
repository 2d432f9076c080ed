"""Every choice of scales counted from one look at a page, compared with fusing it that way."""
from itertools import product

import numpy as np
import pytest
import torch

from mmseg.core.evaluation import intersect_and_union
from mmseg.inference import fuse, layer_search
from mmseg.inference.layer_search import LayerCounts, most_rivals, scale_sets
from mmseg.utils.errors import InputError

SCALES = (0.5, 1.0, 1.5)


def random_pages(classes=3, scales=SCALES, pages=2, sharpness=2., seed=0):
    """Scores (S, K, H, W) that agree at most pixels, and labels with ignored ones."""
    generator = torch.Generator().manual_seed(seed)
    for _ in range(pages):
        common = torch.randn(1, classes, 12, 17, generator=generator) * sharpness
        own = torch.randn(len(scales), classes, 12, 17, generator=generator)
        label = torch.randint(classes, (12, 17), generator=generator)
        label[0, :5] = 255
        yield (common + own).softmax(dim=1), label


def fused_areas(pages, scales, layers, classes):
    """What the test would count: fuse, argmax, compare."""
    total = np.zeros((3, classes))
    for scores, label in pages:
        pred = fuse([view[None] for view in scores], scales, layers)[0].argmax(dim=0)
        right, _, predicted, true = intersect_and_union(pred.numpy(), label.numpy(), classes, 255)
        total += np.stack([right, predicted, true])
    return total


def test_the_counts_of_every_choice_are_those_of_fusing_so():
    counts = LayerCounts(3, SCALES)
    for page in random_pages():
        counts.add(*page)
    assert counts.trimmed == 0 and len(counts._tables) == 4  # three pairs, and all three
    best = {}
    for choice in product(range(7), repeat=3):
        expected = fused_areas(random_pages(), SCALES, counts.layers(choice), 3)
        np.testing.assert_array_equal(np.stack(counts.areas(choice)), expected)
        right, predicted, true = expected
        best[choice] = (right / (predicted + true - right)).mean()
    assert best[counts.best()] == max(best.values())


def test_blocks_and_parts_count_the_same(monkeypatch):
    whole = LayerCounts(3, SCALES)
    for page in random_pages():
        whole.add(*page)
    monkeypatch.setattr(layer_search, '_BLOCK', 50)
    monkeypatch.setattr(layer_search, '_AT_ONCE', 500)
    parts = LayerCounts(3, SCALES)
    for page in random_pages():
        parts.add(*page)
    for choice in product(range(7), repeat=3):
        np.testing.assert_array_equal(parts.areas(choice), whole.areas(choice))


def test_changes_are_the_neighbours_of_a_choice():
    counts = LayerCounts(3, SCALES)
    for page in random_pages():
        counts.add(*page)
    found = counts.changes((0, 6, 3))
    for chosen in range(7):
        np.testing.assert_array_equal(found[0, chosen], counts.iou((chosen, 6, 3)))
        np.testing.assert_array_equal(found[2, chosen], counts.iou((0, 6, chosen)))


def two_lines():
    """Class 1 is seen at 1.0 alone, class 2 at 0.5 alone: by hand."""
    scores = torch.tensor([
        # at 0.5: background wins over the line, the table is seen
        [[.8, .8, .1, .1], [.1, .1, .0, .0], [.1, .1, .9, .9]],
        # at 1.0: the line is seen, the table falls apart
        [[.4, .3, .8, .8], [.6, .6, .1, .1], [.0, .1, .1, .1]],
    ])[:, :, None]
    return scores, torch.tensor([[1, 1, 2, 2]])


def test_a_layer_for_each_class_by_hand():
    counts = LayerCounts(3, (0.5, 1.0))
    counts.add(*two_lines())
    # the mean: background .6 and .55 over line .35; table .5 over background .45
    np.testing.assert_array_equal(counts.iou((2, 2, 2)), [0, 0, 1])
    # the line at 1.0 alone: .6 against .6 is a tie that the first class wins, .6 over .55
    np.testing.assert_array_equal(counts.iou((2, 1, 2)), [0, .5, 1])
    best = counts.best()
    np.testing.assert_array_equal(counts.iou(best), [np.nan, 1, 1])
    # background at 1.0 stays below the line there, and with .8 below the table's .9 of 0.5
    assert counts.layers(best) == {0: (1.0, ), 1: (1.0, ), 2: (0.5, )}


def test_ascent_where_there_are_too_many_choices(monkeypatch):
    monkeypatch.setattr(layer_search, '_EXHAUSTIVE', 0)
    counts = LayerCounts(3, SCALES)
    for page in random_pages():
        counts.add(*page)
    best = counts.best()
    scores = np.nanmean(counts.changes(best), axis=-1)
    assert np.nanmean(counts.iou(best)) == scores.max() > np.nanmean(counts.iou((6, 6, 6)))


def test_more_rivals_than_the_tables_hold_are_told(monkeypatch):
    monkeypatch.setattr(layer_search, 'most_rivals', lambda classes, sets: 2)
    counts = LayerCounts(3, SCALES)
    pages = list(random_pages(sharpness=0.1))
    for page in pages:
        counts.add(*page)
    assert counts.trimmed > 20
    exact = fused_areas(pages, SCALES, {}, 3)[0]
    assert np.abs(counts.areas((6, 6, 6))[0] - exact).sum() < counts.trimmed


@pytest.mark.parametrize('classes, sets, most', [(5, 7, 5), (2, 7, 2), (21, 7, 3), (150, 21, 2)])
def test_tables_stay_small(classes, sets, most):
    assert most_rivals(classes, sets) == most


def test_sets_of_scales():
    assert scale_sets(SCALES) == [(0, ), (1, ), (2, ), (0, 1), (0, 2), (1, 2), (0, 1, 2)]
    runs = scale_sets(range(6))
    assert len(runs) == 21 and (1, 2, 3) in runs and (0, 2) not in runs and len(runs[-1]) == 6


def test_what_cannot_be_counted():
    with pytest.raises(InputError, match='at least two classes'):
        LayerCounts(1, SCALES)
    with pytest.raises(InputError, match='holds 7, but there are 3 classes'):
        LayerCounts(3, SCALES).add(torch.rand(3, 3, 1, 1), torch.tensor([[7]]))
