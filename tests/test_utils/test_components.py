"""The connected parts of a mask."""
import cv2
import numpy as np
import pytest

from mmseg.utils.components import connected_parts, part_boxes, parts_in_window


def test_numbers_boxes_and_areas_of_parts():
    mask = np.array([[1, 1, 0, 0, 0, 1],
                     [0, 0, 1, 0, 0, 1],
                     [0, 0, 0, 0, 0, 0],
                     [1, 0, 1, 0, 0, 1]], np.uint8)
    ids, boxes = connected_parts(mask)
    assert ids.tolist() == [[1, 1, 0, 0, 0, 2],
                            [0, 0, 1, 0, 0, 2],
                            [0, 0, 0, 0, 0, 0],
                            [3, 0, 4, 0, 0, 5]]
    # left, top, width, height, area
    assert boxes.tolist() == [[0, 0, 0, 0, 0], [0, 0, 3, 2, 3], [5, 0, 1, 2, 2], [0, 3, 1, 1, 1],
                              [2, 3, 1, 1, 1], [5, 3, 1, 1, 1]]


def test_pixels_that_share_a_corner_are_two_parts_of_four_neighbours():
    mask = np.array([[1, 0], [0, 1]], np.uint8)
    assert len(connected_parts(mask)[1]) == 2
    assert len(connected_parts(mask, connectivity=4)[1]) == 3


@pytest.mark.parametrize('value', [0, 1])
@pytest.mark.parametrize('size', [(1, 1), (3, 4)])
def test_masks_of_one_value(value, size):
    ids, boxes = connected_parts(np.full(size, value, np.uint8))
    assert (ids == value).all()
    assert boxes.tolist() == [[0, 0, 0, 0, 0], [0, 0, size[1], size[0], size[0] * size[1]]][
        :1 + value]


@pytest.mark.parametrize('connectivity', [4, 8])
@pytest.mark.parametrize('share', [0.02, 0.3, 0.5, 0.9])
def test_noise_gives_what_opencv_gives(share, connectivity):
    mask = (np.random.default_rng(0).random((61, 83)) < share).astype(np.uint8)
    ids, boxes = connected_parts(mask, connectivity)
    _, expected, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)
    assert (ids == expected).all()
    assert (boxes[1:] == stats[1:]).all()


def test_parts_in_a_window_and_the_middles_of_their_pixels():
    mask = np.zeros((7, 9), np.uint8)
    mask[2:5, 4] = 1
    mask[4, 4:7] = 1  # an L: rows 2, 3 and three pixels of row 4
    mask[6, 2] = 1
    found = parts_in_window(mask)
    assert found.window == (slice(2, 7), slice(2, 7))
    assert found.ids.tolist() == [[0, 0, 1, 0, 0], [0, 0, 1, 0, 0], [0, 0, 1, 1, 1],
                                  [0, 0, 0, 0, 0], [2, 0, 0, 0, 0]]
    assert found.middles[1:].tolist() == [3.4, 6.]
    assert found.boxes.tolist() == part_boxes(mask).tolist() == [
        [0, 0, 0, 0, 0], [4, 2, 3, 3, 5], [2, 6, 1, 1, 1]]


def test_an_empty_mask_has_an_empty_window():
    found = parts_in_window(np.zeros((3, 4), np.uint8))
    assert found.ids.size == 0 and found.boxes.tolist() == [[0, 0, 0, 0, 0]]
