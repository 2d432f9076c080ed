"""Regions found, split and merged, counted by hand."""
import math

import cv2
import numpy as np
import pytest
import torch

from mmseg.core.components import Components
from mmseg.core.evaluation import (
    PageCounts,
    RegionFinder,
    evaluate_counts,
    region_counts,
    region_scores,
    result_names,
    sum_counts,
)
from mmseg.utils.errors import InputError

NAMES = ('background', 'figure', 'text')
TEXT = 2


def parts(labels):
    """Connected parts of each class."""
    ids, kinds = np.zeros(labels.shape, int), [0]
    for label in set(np.unique(labels)) - {0}:
        count, found = cv2.connectedComponents((labels == label).astype(np.uint8))
        ids[found > 0] = found[found > 0] + len(kinds) - 1
        kinds += [label] * (count - 1)
    return Components(ids, np.array(kinds), [])


def page(*boxes):
    """A label map 40 x 100 with (label, left, top, right, bottom)."""
    labels = np.zeros((40, 100), np.uint8)
    for label, left, top, right, bottom in boxes:
        labels[top:bottom, left:right] = label
    return labels


def counted(pred, label):
    """What was counted of text: regions, predicted, matched at 50 and 75, splits, merges."""
    counts = region_counts(pred, label, 3, RegionFinder(parts, parts))
    assert counts.shape == (6, 3) and counts.dtype == torch.float64
    return counts[:, TEXT].tolist()


def test_a_region_that_is_found():
    there = page((TEXT, 10, 10, 50, 20))
    assert counted(there, there) == [1, 1, 1, 1, 0, 0]


def test_one_that_is_found_in_part():
    # 40 x 10 against 28 x 10 within it: IoU 0.7
    assert counted(page((TEXT, 10, 10, 38, 20)), page((TEXT, 10, 10, 50, 20))) == [
        1, 1, 1, 0, 0, 0]
    # 16 x 10: 0.4
    assert counted(page((TEXT, 10, 10, 26, 20)), page((TEXT, 10, 10, 50, 20))) == [
        1, 1, 0, 0, 0, 0]


def test_the_thresholds_themselves_match():
    assert counted(page((TEXT, 10, 10, 30, 20)), page((TEXT, 10, 10, 50, 20)))[2:4] == [1, 0]
    assert counted(page((TEXT, 10, 10, 40, 20)), page((TEXT, 10, 10, 50, 20)))[2:4] == [1, 1]


def test_a_merged_pair_is_one_merge():
    true = page((TEXT, 10, 5, 90, 15), (TEXT, 10, 18, 90, 28))
    pred = page((TEXT, 10, 5, 90, 28))
    # 80 x 23 against 80 x 10: no match either
    assert counted(pred, true) == [2, 1, 0, 0, 0, 1]


def test_three_merged_are_two_merges():
    true = page((TEXT, 10, 5, 90, 10), (TEXT, 10, 15, 90, 20), (TEXT, 10, 25, 90, 30))
    assert counted(page((TEXT, 10, 5, 90, 30)), true) == [3, 1, 0, 0, 0, 2]


def test_a_region_in_two_halves_is_one_split_and_one_match():
    true = page((TEXT, 10, 5, 91, 15))
    pred = page((TEXT, 10, 5, 50, 15), (TEXT, 51, 5, 91, 15))
    assert counted(pred, true) == [1, 2, 0, 0, 1, 0]
    # two exact halves: only one of them can match
    true, pred = page((TEXT, 10, 5, 50, 15)), page((TEXT, 10, 5, 30, 15))
    halves = Components(parts(pred).ids + 2 * parts(page((TEXT, 30, 5, 50, 15))).ids,
                        np.array([0, TEXT, TEXT]), [])
    finder = RegionFinder(lambda labels: halves, parts)
    assert region_counts(pred, true, 3, finder)[:, TEXT].tolist() == [1, 2, 1, 0, 1, 0]


def test_another_class_does_not_match():
    true, pred = page((TEXT, 10, 5, 50, 15)), page((1, 10, 5, 50, 15))
    counts = region_counts(pred, true, 3, RegionFinder(parts, parts))
    assert counts[:, TEXT].tolist() == [1, 0, 0, 0, 0, 0]
    assert counts[:, 1].tolist() == [0, 1, 0, 0, 0, 0]


def test_ignored_pixels_belong_to_no_region():
    true = page((255, 0, 0, 40, 40), (TEXT, 50, 5, 90, 15))
    pred = page((TEXT, 5, 5, 30, 15), (TEXT, 50, 5, 90, 15))
    assert counted(pred, true) == [1, 1, 1, 1, 0, 0]


def test_pages_without_regions():
    assert counted(page(), page()) == [0] * 6
    assert counted(page((TEXT, 5, 5, 9, 9)), page()) == [0, 1, 0, 0, 0, 0]


def test_scores_out_of_sums():
    counts = torch.zeros(6, 3, dtype=torch.float64)
    counts[:, TEXT] = torch.tensor([8., 4, 3, 2, 1, 5])
    summary, classes = region_scores(counts, NAMES)
    assert list(classes) == ['figure', 'text']
    text = classes['text']
    assert text['regions'] == 8 and text['splits'] == 1 and text['merges'] == 5
    assert (text['precision_50'], text['recall_50'], text['f1_50']) == (.75, .375, .5)
    assert (text['precision_75'], text['recall_75'], text['f1_75']) == (.5, .25, pytest.approx(1/3))
    assert math.isnan(classes['figure']['f1_50'])
    # a class that nowhere occurs is left out of the mean
    assert summary['region_f1_50'] == .5 and summary['region_merges'] == 5


def sample_counts(regions):
    return PageCounts([torch.ones(3)] * 4, pages=1, regions=regions)


def test_regions_in_addition_to_miou():
    one, two = torch.zeros(6, 3), torch.zeros(6, 3)
    one[:, TEXT] = torch.tensor([2., 2, 2, 1, 0, 0])
    two[:, TEXT] = torch.tensor([2., 0, 0, 0, 0, 3])
    assert sum_counts([sample_counts(one), sample_counts(two)]).regions[:, TEXT].tolist() == [
        4, 2, 2, 1, 0, 3]
    scores = evaluate_counts([sample_counts(one), sample_counts(two)], NAMES, ['mIoU', 'regions'])
    assert scores['mIoU'] == 1 and scores['region_f1_50'] == pytest.approx(.6667)
    assert scores['region_precision_50'] == 1 and scores['region_recall_50'] == .5
    assert scores['region_f1_75.text'] == pytest.approx(.3333) and scores['region_merges'] == 3
    assert set(scores) == set(result_names(NAMES, ['mIoU', 'regions']))
    report = scores.report['regions']
    assert report['classes']['text']['merges'] == 3 and report['classes']['figure']['f1_50'] is None
    assert report['summary']['region_f1_50'] == pytest.approx(2 / 3)
    assert 'text  |    4    |     2' in scores.text and 'Summary of regions' in scores.text


def test_regions_alone_and_unwanted():
    counts = sample_counts(torch.zeros(6, 3))
    assert evaluate_counts([counts], NAMES, 'regions')['mIoU'] == 1
    assert 'region_f1_50' not in evaluate_counts([counts], NAMES, 'mIoU')


def test_regions_that_were_not_counted():
    with pytest.raises(InputError, match="region_finder was not set"):
        evaluate_counts([sample_counts(None)], NAMES, ['mIoU', 'regions'])
    with pytest.raises(InputError, match='of some pages were counted and those of others were not'):
        sum_counts([sample_counts(None), sample_counts(torch.zeros(6, 3))])
    with pytest.raises(InputError, match="'region' is not an evaluation metric.* regions"):
        evaluate_counts([sample_counts(None)], NAMES, ['mIoU', 'region'])
