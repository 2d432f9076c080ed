"""Separators that follow the ruling lines of a page."""
import cv2
import numpy as np
import pytest

from mmseg.inference import RulingLines

OPTIONS = RulingLines(4)


def paper():
    return np.full((1120, 800), 255, np.uint8)


def no_labels():
    return np.zeros((1120, 800), np.uint8)


def box_of(mask):
    """Top, bottom, left and right of the pixels, half-open; they must fill the box."""
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = int(rows[0]), int(rows[-1]) + 1, int(cols[0]), int(cols[-1]) + 1
    assert mask.sum() == (box[1] - box[0]) * (box[3] - box[2])
    return box


def both_ways(page, labels):
    """The page and its labels, and both turned by 90 degrees."""
    return [(page, labels, np.array), (page.T.copy(), labels.T.copy(), np.transpose)]


def test_a_separator_takes_the_length_and_thickness_of_its_line():
    page, labels = paper(), no_labels()
    page[500:503, 100:700] = 0
    labels[500:502, 150:600] = 4
    for turned, given, back in both_ways(page, labels):
        found = OPTIONS.follow(given, turned)
        # edges in rows 499, 500, 502 and 503: their middle is 501
        assert box_of(back(found) == 4) == (499, 503, 100, 700)


def test_only_background_becomes_separator():
    page, labels = paper(), no_labels()
    page[500:503, 100:700] = 0
    labels[500:502, 150:600] = 4
    labels[495:510, 650:700] = 2
    found = OPTIONS.follow(labels, page)
    assert box_of(found == 4) == (499, 503, 100, 650)
    assert (found == 2).sum() == 750


def test_half_of_a_line_makes_the_whole_a_separator_and_less_does_not():
    for covered, right in ((300, 700), (299, 399)):
        page, labels = paper(), no_labels()
        page[500:503, 100:700] = 0
        labels[500:502, 100:100 + covered] = 4
        found = OPTIONS.follow(labels, page)
        assert box_of(found == 4)[2:] == (100, right)


@pytest.mark.parametrize('fill', [255, 230])
def test_sides_of_frames_become_background(fill):
    page, labels = paper(), no_labels()
    cv2.rectangle(page, (100, 300), (600, 500), fill, -1)
    cv2.rectangle(page, (100, 300), (600, 500), 0, 1)
    labels[299:302, 120:580] = 4
    labels[320:480, 599:602] = 4
    labels[800:803, 100:400] = 4  # no line: left as it is
    found = OPTIONS.follow(labels, page)
    assert box_of(found == 4) == (800, 803, 100, 400)


def test_a_line_with_one_corner_or_corners_to_two_sides_is_no_frame():
    for corners in ([(100, 60)], [(100, 60), (699, -60)]):
        page, labels = paper(), no_labels()
        page[500:503, 100:700] = 0
        for x, down in corners:
            page[min(500, 500 + down):max(503, 503 + down), x - 1:x + 2] = 0
        labels[500:502, 150:600] = 4
        assert (OPTIONS.follow(labels, page) == 4).sum() >= 4 * 590


def test_lengths_follow_the_size_of_the_page():
    page, labels = np.full((560, 400), 255, np.uint8), np.zeros((560, 400), np.int64)
    page[250:252, 50:350] = 0
    labels[250, 75:300] = 4
    found = OPTIONS.follow(labels, page)
    assert found.dtype == np.int64
    assert box_of(found == 4) == (249, 251, 50, 350)  # two pixels thick


def test_thick_and_uneven_pages_change_nothing():
    page, labels = paper(), no_labels()
    labels[100:200, 100:700] = 4
    page[100:200, 100:700] = 0
    labels[400:402, 100:700] = 4
    assert np.array_equal(OPTIONS.follow(labels, page), labels)
    assert not OPTIONS.follow(no_labels(), page).any()
    for size in ((1, 1), (1, 50), (50, 1), (2, 2)):
        labels = np.full(size, 4)
        assert (OPTIONS.follow(labels, np.zeros(size, np.uint8)) == 4).all()


def test_noise_ends():
    random = np.random.default_rng(0)
    page = random.integers(0, 256, (600, 400), np.uint8)
    labels = random.choice(np.array([0, 2, 4]), (600, 400))
    found = OPTIONS.follow(labels, page)
    assert set(np.unique(found)) <= {0, 2, 4} and np.array_equal(found == 2, labels == 2)


@pytest.mark.parametrize('size', [(1120, 800), (300, 420)])
def test_corners_are_the_same_where_they_are_looked_for_one_by_one(monkeypatch, size):
    random = np.random.default_rng(1)
    page, labels = np.full(size, 255, np.uint8), np.zeros(size, np.uint8)
    for number in range(12):
        y, x = (int(random.integers(0, side - 20)) for side in size)
        height, width = (int(length) for length in random.integers(15, 200, 2))
        if number % 2:
            cv2.rectangle(page, (x, y), (x + width, y + height), 0, 2)
        else:
            page[y:y + 2, x:x + width] = 0
        cv2.rectangle(labels, (x, y), (x + width, y + height), 4, 2)
    page[:, -1] = labels[:, -1] = 0  # a separator at the edge of the page
    labels[:, -1] = 4
    found = []
    for few in (0, 10_000):
        monkeypatch.setattr('mmseg.inference.ruling_lines._FEW_SEPARATORS', few)
        found.append(OPTIONS.follow(labels, page))
    assert (found[0] == found[1]).all()
    assert 0 < (found[0] == 4).sum() != (labels == 4).sum()


def scanned(page, grain=25, sigma=1.2):
    """The page out of focus, and with noise of up to ``grain`` grey levels."""
    random = np.random.default_rng(0)
    blurred = cv2.GaussianBlur(page, (0, 0), sigma).astype(int)
    return np.clip(blurred - random.integers(0, grain, page.shape), 0, 255).astype(np.uint8)


def test_a_side_of_a_frame_on_a_scan_is_background():
    page, labels = paper(), no_labels()
    cv2.rectangle(page, (100, 500), (700, 600), 160, 2)
    labels[498:503, 98:702] = 4
    for turned, given, _ in both_ways(scanned(page), labels):
        assert not OPTIONS.follow(given, turned).any()


def test_a_line_on_a_scan_makes_a_separator_of_its_length():
    page, labels = paper(), no_labels()
    page[500:503, 100:700] = 120
    labels[500:502, 150:600] = 4
    for turned, given, back in both_ways(scanned(page), labels):
        top, bottom, left, right = box_of(back(OPTIONS.follow(given, turned)) == 4)
        assert (top, bottom) == (499, 503) and abs(left - 100) <= 4 and abs(right - 700) <= 4
