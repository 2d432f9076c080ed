"""Figures that become boxes."""
import numpy as np
import pytest

from mmseg.inference import FigureBoxes

PAGE = np.full((1120, 800), 255, np.uint8)
OPTIONS = FigureBoxes(1)


def no_labels():
    return np.zeros((1120, 800), np.uint8)


def test_parts_with_holes_become_one_box():
    labels = no_labels()
    labels[100:200, 100:200] = labels[100:200, 210:300] = 1
    labels[140:160, 140:160] = 0
    expected = no_labels()
    expected[100:200, 100:300] = 1
    assert np.array_equal(OPTIONS.follow(labels, PAGE), expected)


def test_parts_further_apart_than_the_gap_stay_two():
    labels = no_labels()
    labels[100:200, 100:200] = labels[100:200, 220:300] = 1
    assert np.array_equal(OPTIONS.follow(labels, PAGE), labels)


def test_other_classes_within_the_box_stay():
    labels = no_labels()
    labels[100:200, 100:300] = 1
    labels[190:200, 150:250] = 0
    labels[192:198, 160:240] = 2
    found = OPTIONS.follow(labels, PAGE)
    assert np.array_equal(found == 2, labels == 2)
    assert (found == 1).sum() == 100 * 200 - 6 * 80


@pytest.mark.parametrize('height, kept', [(39, False), (40, True)])
def test_specks_become_background(height, kept):
    labels = no_labels()
    labels[0:height, 0:20] = 1  # 780 or 800 square pixels, in a corner
    assert (OPTIONS.follow(labels, PAGE) == 1).any() == kept


def test_a_figure_that_fills_less_than_half_of_its_box_stays():
    labels = no_labels()
    labels[100:400, 100:140] = labels[360:400, 100:400] = 1
    assert np.array_equal(OPTIONS.follow(labels, PAGE), labels)


def test_lengths_follow_the_size_of_the_page():
    labels = np.zeros((2240, 1600), np.int64)
    labels[200:400, 200:400] = labels[200:400, 428:600] = 1
    labels[1000:1050, 100:160] = 1  # 3000 square pixels of 3200
    found = FigureBoxes(1).follow(labels, np.zeros((2240, 1600), np.uint8))
    assert found.dtype == np.int64
    assert (found[200:400, 200:600] == 1).all() and (found == 1).sum() == 200 * 400
