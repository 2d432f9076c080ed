"""Pages whose lines are not level."""
import cv2
import numpy as np
import pytest

from mmseg.inference.straight_page import Skew, on_straight_page, page_skew


def skewed_lines(skew, count=10, label=2, change=0):
    labels = np.zeros((1120, 800), np.uint8)
    for number in range(count):
        y = 100 + 80 * number
        slope = skew + change * (y / 1120 - .5)
        cv2.line(labels, (100, y), (700, round(y + 600 * slope)), label, 14)
    return labels


@pytest.mark.parametrize('skew', [-.05, -.004, 0, .01, .08])
def test_skew_is_that_of_the_lines(skew):
    found = page_skew(skewed_lines(skew))
    assert found.middle == pytest.approx(skew, abs=.0015) and found.change == 0


def test_most_lines_tell_the_skew_and_other_shapes_do_not():
    labels = skewed_lines(.02)
    cv2.line(labels, (100, 950), (700, 1050), 2, 14)
    labels[1060:1110, 100:200] = 1
    found = page_skew(labels)
    assert found.middle == pytest.approx(.02, abs=.0015) and found.change == 0
    assert page_skew(np.zeros((50, 50), np.uint8)) == Skew(0)


@pytest.mark.parametrize('skew', [0, .002, .3])
def test_straight_pages_and_pages_at_odd_angles_are_not_turned(skew):
    labels, seen = skewed_lines(skew), []
    on_straight_page(lambda *given: seen.append(given) or given[0], labels, labels)
    assert seen[0][0] is labels and seen[0][1] is labels


def test_lines_are_level_on_the_turned_page_and_changes_come_back():
    labels = skewed_lines(.05, label=7).astype(np.int64)
    page = np.where(labels > 0, 0, 255).astype(np.uint8)

    def follow(level, turned):
        assert page_skew(level).middle == pytest.approx(0, abs=.0015)
        assert (turned[level == 7] < 128).mean() > .98
        return np.where(level == 7, 0, level)

    found = on_straight_page(follow, labels, page)
    assert found.dtype == np.int64 and (found > 0).sum() < .02 * (labels > 0).sum()
    assert np.array_equal(on_straight_page(lambda level, _: level, labels, page), labels)


@pytest.mark.parametrize('skew, change', [(.03, .06), (0, -.03), (-.02, .1)])
def test_lines_of_a_page_that_was_seen_from_the_side_change_their_skew(skew, change):
    found = page_skew(skewed_lines(skew, change=change))
    assert found.middle == pytest.approx(skew, abs=.002)
    assert found.change == pytest.approx(change, abs=.006)


def test_few_lines_and_lines_of_any_skew_do_not_tell_a_change():
    assert page_skew(skewed_lines(0, 6, change=.1)).change == 0
    labels = skewed_lines(0, 8)
    for y, fall in ((760, 12), (840, -18), (920, 12), (1000, -15)):
        labels[y - 20:y + 60] = 0
        cv2.line(labels, (100, y), (700, y + fall), 2, 14)
    assert page_skew(labels) == Skew(0)


def test_a_page_that_was_seen_from_the_side_is_followed_as_seen_from_the_front():
    labels = skewed_lines(.02, label=7, change=.06)
    page = np.where(labels > 0, 0, 255).astype(np.uint8)

    def follow(level, turned):
        heights = [box[3] for box in map(cv2.boundingRect, cv2.findContours(
            (level == 7).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0])]
        assert len(heights) == 10 and max(heights) <= 18  # of lines of 15, which go down by 25
        assert (turned[level == 7] < 128).mean() > .98
        return np.where(level == 7, 3, level)

    found = on_straight_page(follow, labels, page)
    assert (found == 7).sum() < .03 * (labels == 7).sum()
    assert ((found == 3) & (labels == 7)).sum() > .97 * (labels == 7).sum()
    assert np.array_equal(on_straight_page(lambda level, _: level, labels, page), labels)
