"""A window of a resized picture is that part of the resized picture."""
import numpy as np
import pytest

from mmseg.datasets.pipelines.resized import ResizedView, resize


@pytest.mark.parametrize('size', [(41, 67), (90, 60), (133, 201), (60, 80)])
def test_windows_are_those_of_the_whole(size):
    generator = np.random.RandomState(0)
    image = generator.randint(0, 256, (60, 80, 3), dtype=np.uint8)
    label = generator.randint(0, 256, (60, 80), dtype=np.uint8)
    whole, labels = resize(image, size).astype(int), resize(label, size, nearest=True)
    for top, left in ((0, 0), (7, 13), (size[0] - 20, size[1] - 25)):
        window = np.s_[top:top + 20, left:left + 25]
        found = ResizedView(image, size)[window].astype(int)
        assert np.abs(found - whole[window]).max() <= 1
        np.testing.assert_array_equal(ResizedView(label, size, nearest=True)[window],
                                      labels[window])


def test_a_window_near_the_start_is_the_same_to_the_bit():
    image = np.random.RandomState(0).randint(0, 256, (60, 80, 3), dtype=np.uint8)
    for size in ((41, 67), (90, 120), (133, 201)):
        window = np.s_[5:25, 3:30]
        np.testing.assert_array_equal(ResizedView(image, size)[window],
                                      resize(image, size)[window])


@pytest.mark.parametrize('kind', [np.uint8, np.int64])
def test_windows_of_labels_by_hand(kind):
    label = np.array([[1, 2, 3, 4], [5, 6, 7, 8]], dtype=kind)
    view = ResizedView(label, (4, 8), nearest=True)
    assert view[1:3, 3:8].tolist() == [[2, 3, 3, 4, 4], [6, 7, 7, 8, 8]]
    view = ResizedView(label, (1, 2), nearest=True)
    assert view[0:1, 0:2].tolist() == [[1, 3]]


@pytest.mark.parametrize('channels', [1, 2, 6])
def test_other_numbers_of_channels(channels):
    image = np.random.RandomState(0).randint(0, 256, (30, 30, channels), dtype=np.uint8)
    whole = resize(image, (90, 90))
    window = ResizedView(image, (90, 90))[10:20, 30:45]
    assert window.shape == (10, 15, channels)
    assert np.abs(window.astype(int) - whole[10:20, 30:45]).max() <= 1


def test_a_window_is_cut_at_the_border():
    view = ResizedView(np.arange(16, dtype=np.uint8).reshape(4, 4), (8, 8), nearest=True)
    assert view.shape == (8, 8)
    assert view[6:20, 5:20].tolist() == [[14, 15, 15], [14, 15, 15]]


@pytest.mark.parametrize('size', [(8, 12), (5, 7), (4, 6)])
def test_enlarged_every_pixel_is_seen_where_it_says(size):
    label = np.arange(24, dtype=np.uint8).reshape(4, 6)
    view = ResizedView(label, size, nearest=True)
    whole = resize(label, size, nearest=True)
    for row in range(4):
        for column in range(6):
            assert whole[view.seen_at(row, column)] == label[row, column]
