"""The connected parts of the classes of a label map."""
import cv2
import numpy as np
import pytest

from mmseg.utils.runs import label_parts, label_runs

APART = np.array([[2, 2, 0, 0, 1],
                  [0, 0, 2, 0, 1],
                  [3, 0, 0, 0, 0],
                  [3, 0, 2, 2, 0]], np.uint8)


def test_runs_end_with_their_rows():
    runs = label_runs(np.array([[0, 5, 5], [5, 5, 0]], np.uint8))
    assert runs.label.tolist() == [0, 5, 5, 0]
    assert runs.row.tolist() == [0, 0, 1, 1]
    assert runs.first.tolist() == [0, 1, 0, 2]
    assert runs.length.tolist() == [1, 2, 2, 1]
    assert runs.painted(np.array([7, 8, 9, 6])).tolist() == [[7, 8, 8], [9, 9, 6]]


def test_parts_are_sorted_by_label_and_then_from_the_top():
    parts = label_parts(APART)
    assert parts.labels.tolist() == [1, 2, 2, 3]
    # left, top, width, height, area
    assert parts.boxes.tolist() == [[4, 0, 1, 2, 2], [0, 0, 3, 2, 3], [2, 3, 2, 1, 2],
                                    [0, 2, 1, 2, 2]]
    assert parts.painted(np.array([0, 10, 20, 30, 40])).tolist() == [
        [20, 20, 0, 0, 10], [0, 0, 20, 0, 10], [40, 0, 0, 0, 0], [40, 0, 30, 30, 0]]


@pytest.mark.parametrize('labels, numbers', [
    ([[1, 2], [0, 0]], [[1, 2], [0, 0]]),  # in a row
    ([[2, 0], [0, 1]], [[2, 0], [0, 1]]),  # at a corner
    ([[2, 0, 2], [0, 1, 0]], [[2, 0, 3], [0, 1, 0]])])  # one does not join two of another
def test_parts_of_two_labels_may_touch(labels, numbers):
    parts = label_parts(np.array(labels, np.uint8))
    assert parts.painted(np.arange(len(parts.labels) + 1)).tolist() == numbers


def test_labels_that_are_not_parts():
    assert label_parts(APART, (0, 2, 3)).labels.tolist() == [1]
    ignored = label_parts(np.array([[255, 1]], np.uint8))
    assert ignored.labels.tolist() == [1] and ignored.numbers.tolist() == [0, 1]
    empty = label_parts(np.zeros((3, 4), np.uint8))
    assert empty.boxes.shape == (0, 5) and not empty.painted(np.array([0])).any()


@pytest.mark.parametrize('share', [0.02, 0.5, 0.9])
def test_noise_gives_what_opencv_gives_for_each_label(share):
    rng = np.random.default_rng(0)
    labels = np.where(rng.random((61, 83)) < share, rng.integers(1, 4, (61, 83)), 0)
    parts, before = label_parts(labels), 0
    ids = parts.painted(np.arange(len(parts.labels) + 1))
    for label in (1, 2, 3):
        count, expected, stats, _ = cv2.connectedComponentsWithStats(
            (labels == label).astype(np.uint8), connectivity=8)
        assert (ids[labels == label] - before == expected[labels == label]).all()
        assert (parts.boxes[parts.labels == label] == stats[1:]).all()
        before += count - 1
