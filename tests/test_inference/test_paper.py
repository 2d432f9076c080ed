"""The paper of a page: levels, noise and skew."""
import cv2
import numpy as np
import pytest

from mmseg.inference.paper import (
    level_of_share,
    on_straight_page,
    page_skew,
    paper_levels,
    paper_noise,
)


def skewed_lines(skew, count=10, label=2):
    labels = np.zeros((1120, 800), np.uint8)
    for number in range(count):
        y = 100 + 80 * number
        cv2.line(labels, (100, y), (700, round(y + 600 * skew)), label, 14)
    return labels


def test_levels_of_the_paper_do_not_see_letters_and_follow_the_light():
    page = np.tile(np.linspace(100, 200, 800).astype(np.uint8), (1120, 1))
    light = page.astype(int)
    page[200:210, 100:700:12] = 0
    assert np.abs(paper_levels(page).astype(int) - light).max() <= 4


def test_noise_is_that_of_the_blank_paper():
    depth = np.zeros((10, 10), np.uint8)
    depth[:, 5:] = 9
    blank = np.ones((10, 10), bool)
    assert paper_noise(depth, blank) == 9
    blank[:, 5:] = False
    assert paper_noise(depth, blank) == paper_noise(depth, ~(blank | True)) == 0


@pytest.mark.parametrize('share, level', [(.2, 0), (.25, 0), (.26, 3), (.75, 3), (.8, 200),
                                          (1, 200)])
def test_a_share_of_the_pixels_does_not_exceed_its_level(share, level):
    levels = np.array([[0, 3, 3, 200, 9]], np.uint8)
    assert level_of_share(levels, levels != 9, share) == level


@pytest.mark.parametrize('skew', [-.05, -.004, 0, .01, .08])
def test_skew_is_that_of_the_lines(skew):
    assert page_skew(skewed_lines(skew)) == pytest.approx(skew, abs=.0015)


def test_most_lines_tell_the_skew_and_other_shapes_do_not():
    labels = skewed_lines(.02)
    cv2.line(labels, (100, 950), (700, 1050), 2, 14)
    labels[1060:1110, 100:200] = 1
    assert page_skew(labels) == pytest.approx(.02, abs=.0015)
    assert page_skew(np.zeros((50, 50), np.uint8)) == 0


@pytest.mark.parametrize('skew', [0, .002, .3])
def test_straight_pages_and_pages_at_odd_angles_are_not_turned(skew):
    labels, seen = skewed_lines(skew), []
    on_straight_page(lambda *given: seen.append(given) or given[0], labels, labels)
    assert seen[0][0] is labels and seen[0][1] is labels


def test_lines_are_level_on_the_turned_page_and_changes_come_back():
    labels = skewed_lines(.05, label=7).astype(np.int64)
    page = np.where(labels > 0, 0, 255).astype(np.uint8)

    def follow(level, turned):
        assert page_skew(level) == pytest.approx(0, abs=.0015)
        assert (turned[level == 7] < 128).mean() > .98
        return np.where(level == 7, 0, level)

    found = on_straight_page(follow, labels, page)
    assert found.dtype == np.int64 and (found > 0).sum() < .02 * (labels > 0).sum()
    assert np.array_equal(on_straight_page(lambda level, _: level, labels, page), labels)
