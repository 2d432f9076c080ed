"""Figures that become boxes of what the page shows."""
import numpy as np
import pytest

from mmseg.inference import FigureBoxes

OPTIONS = FigureBoxes(1)


def no_labels():
    return np.zeros((1120, 800), np.uint8)


def paper():
    return np.full((1120, 800), 255, np.uint8)


def grey_box(page, top, bottom, left, right):
    page[top:bottom, left:right] = 128


def test_a_figure_becomes_the_box_of_what_the_page_shows():
    page, labels, expected = paper(), no_labels(), no_labels()
    grey_box(page, 100, 200, 100, 300)
    labels[95:204, 110:320] = 1
    # the box, its edges' outer pixels, on the left as far as the margin reaches
    expected[99:201, 104:301] = 1
    assert np.array_equal(OPTIONS.follow(labels, page), expected)


def test_parts_with_holes_become_one_box():
    page, labels, expected = paper(), no_labels(), no_labels()
    grey_box(page, 100, 200, 100, 200)
    grey_box(page, 100, 200, 210, 300)
    labels[100:200, 100:200] = labels[100:200, 210:300] = 1
    labels[140:160, 140:160] = 0
    expected[99:201, 99:301] = 1
    assert np.array_equal(OPTIONS.follow(labels, page), expected)


def test_pictures_further_apart_than_the_gap_are_two_though_the_network_joined_them():
    page, labels, expected = paper(), no_labels(), no_labels()
    grey_box(page, 100, 200, 100, 200)
    grey_box(page, 100, 200, 230, 300)
    labels[100:200, 100:300] = 1
    expected[99:201, 99:201] = expected[99:201, 229:301] = 1
    assert np.array_equal(OPTIONS.follow(labels, page), expected)


@pytest.mark.parametrize('ground', [255, 40])
def test_plain_paper_and_plain_grounds_are_no_figures(ground):
    labels = no_labels()
    labels[100:400, 100:400] = 1
    page = np.full((1120, 800), ground, np.uint8)
    page += np.linspace(0, .9, 800)[None].astype(np.uint8)
    assert not OPTIONS.follow(labels, page).any()


def test_a_picture_that_the_network_hardly_found_is_no_figure():
    page, labels = paper(), no_labels()
    random = np.random.default_rng(0)
    page[100:300, 100:300] = random.integers(0, 256, (200, 200))
    labels[100:150, 100:300] = 1
    found = OPTIONS.follow(labels, page)
    # as far as the margin reaches, not the whole picture
    assert np.flatnonzero((found == 1).any(1)).tolist() == list(range(99, 156))


def test_a_noisy_scan_has_figures_of_the_same_size():
    page, labels = paper(), no_labels()
    grey_box(page, 100, 300, 100, 300)
    labels[90:310, 90:310] = 1
    random = np.random.default_rng(0)
    noisy = np.clip(page - random.integers(0, 40, page.shape), 0, 255).astype(np.uint8)
    rows = np.flatnonzero((OPTIONS.follow(labels, noisy) == 1).any(1))
    assert abs(rows[0] - 100) <= 4 and abs(rows[-1] - 299) <= 4


def test_other_classes_within_the_box_stay():
    page, labels = paper(), no_labels()
    grey_box(page, 100, 200, 100, 300)
    labels[100:200, 100:300] = 1
    labels[190:200, 150:250] = 0
    labels[192:198, 160:240] = 2
    found = OPTIONS.follow(labels, page)
    assert np.array_equal(found == 2, labels == 2)
    assert (found == 1).sum() == 102 * 202 - 6 * 80


@pytest.mark.parametrize('height, kept', [(38, False), (39, True)])
def test_specks_become_background(height, kept):
    page, labels = paper(), no_labels()
    grey_box(page, 0, height, 0, 19)
    labels[0:height, 0:19] = 1  # 39 or 40 rows of 20 pixels with the edge's outer pixels
    assert (OPTIONS.follow(labels, page) == 1).any() == kept


def test_a_figure_that_fills_less_than_half_of_its_box_stays():
    page, labels = paper(), no_labels()
    for part in (np.s_[100:400, 100:140], np.s_[360:400, 100:400]):
        labels[part], page[part] = 1, 128
    grey = FigureBoxes(1, margin=1).follow(labels, page)
    assert grey[200, 300] == 1  # the page's edges are one part, and its box is a figure
    page[360:400, 100:170] = 255
    labels[360:400, 100:170] = 0
    assert OPTIONS.follow(labels, page)[200, 300] == 0


def test_lengths_follow_the_size_of_the_page():
    labels, page = np.zeros((2240, 1600), np.int64), np.full((2240, 1600), 255, np.uint8)
    for part in (np.s_[200:400, 200:400], np.s_[200:400, 424:600], np.s_[1000:1048, 100:160]):
        labels[part], page[part] = 1, 128  # the last: 3100 square pixels of 3200
    labels[200:400, 400:424] = 1
    found = FigureBoxes(1).follow(labels, page)
    assert found.dtype == np.int64
    assert (found[199:401, 199:601] == 1).all() and not found[900:].any()
    assert (found == 1).sum() == 202 * 402


def test_small_and_random_pages_end():
    random = np.random.default_rng(0)
    for size in ((1, 1), (1, 60), (60, 1), (3, 3), (300, 200)):
        page = random.integers(0, 256, size, np.uint8)
        labels = random.choice(np.array([0, 1, 3]), size)
        found = OPTIONS.follow(labels, page)
        assert found.dtype == labels.dtype and np.array_equal(found == 3, labels == 3)
