"""Text that follows its ink."""
import numpy as np
import pytest

from mmseg.inference import TextInk

OPTIONS = TextInk(2)


def paper(grey=255):
    return np.full((1120, 800), grey, np.uint8)


def no_labels():
    return np.zeros((1120, 800), np.uint8)


def letters(page, top, left, count, ink=0):
    """Letters of 8 by 10 pixels every 12 pixels, the third with a tail of 4 more."""
    for number in range(count):
        x = left + 12 * number
        page[top:top + 10 + 4 * (number == 2), x:x + 8] = ink


@pytest.mark.parametrize('ground, ink', [(255, 0), (255, 200), (20, 250), (120, 60)])
def test_text_becomes_the_box_of_its_ink(ground, ink):
    page, labels = paper(ground), no_labels()
    letters(page, 500, 100, 10, ink)
    labels[502:512, 96:215] = 2
    expected = no_labels()
    # letters from row 500 to the tail's end, 514; the network's text and 2 pixels more across
    expected[500:514, 100:216] = 2
    assert np.array_equal(OPTIONS.follow(labels, page), expected)


def test_ink_further_than_the_margin_is_not_taken():
    page, labels = paper(), no_labels()
    letters(page, 500, 100, 10)
    labels[506:509, 100:216] = 2
    found = OPTIONS.follow(labels, page)
    assert np.flatnonzero((found == 2).any(1)).tolist() == list(range(503, 512))


def test_lines_that_the_network_joined_come_apart():
    page, labels = paper(), no_labels()
    for line in range(3):
        letters(page, 500 + 16 * line, 100, 2)
    labels[498:545, 98:125] = 2
    rows = np.flatnonzero((OPTIONS.follow(labels, page) == 2).any(1))
    assert rows.tolist() == [row for line in range(3)
                             for row in range(500 + 16 * line, 510 + 16 * line)]


def test_gaps_between_words_are_text_and_wider_ones_are_not():
    for gap, columns in ((20, 92 + 20 + 92), (30, 92 + 92)):
        page, labels = paper(), no_labels()
        letters(page, 500, 100, 2)
        letters(page, 500, 120 + gap, 2)
        labels[498:516, 90:300] = 2
        found = OPTIONS.follow(labels, page)
        assert (found[505] == 2).sum() == columns - 2 * 72


def test_gaps_of_tall_letters_are_wider():
    page, labels = paper(), no_labels()
    page[500:560, 100:140] = page[500:560, 190:230] = 0
    labels[498:562, 98:232] = 2
    found = OPTIONS.follow(labels, page)
    assert (found[500:560, 100:230] == 2).all() and (found == 2).sum() == 60 * 130


def test_other_classes_stay():
    page, labels = paper(), no_labels()
    letters(page, 500, 100, 10)
    labels[498:516, 96:216] = 2
    labels[500:504, 100:216] = 3
    found = OPTIONS.follow(labels, page)
    assert np.array_equal(found == 3, labels == 3) and (found[504:514, 100:216] == 2).all()


def noisy(page, grain):
    random = np.random.default_rng(0)
    return np.clip(page - random.integers(0, grain, page.shape), 0, 255).astype(np.uint8)


def test_pages_without_text_do_not_change():
    page = paper()
    letters(page, 500, 100, 10)
    assert not OPTIONS.follow(no_labels(), page).any()


@pytest.mark.parametrize('ink', [0, 150])
def test_noisy_paper_has_a_contrast_of_its_own(ink):
    page, labels, expected = paper(), no_labels(), no_labels()
    letters(page, 500, 100, 10, ink)
    labels[498:516, 96:216] = 2
    expected[500:514, 100:216] = 2
    assert np.array_equal(OPTIONS.follow(labels, noisy(page, 50)), expected)


def test_text_whose_ink_drowns_in_noise_stays():
    page, labels = paper(), no_labels()
    letters(page, 500, 100, 10)
    letters(page, 600, 100, 10, 230)
    labels[498:516, 96:216] = labels[598:616, 96:216] = 2
    found = OPTIONS.follow(labels, noisy(page, 50))
    assert np.array_equal(found[590:], labels[590:]) and (found[:590] == 2).sum() == 14 * 116


def test_grains_of_noisy_paper_are_not_ink():
    page, labels = noisy(paper(), 20), no_labels()
    letters(page, 500, 100, 10)
    page[498, 105:210:9] = page[515, 105:210:9] = 110  # between paper and ink, one pixel each
    labels[498:516, 96:216] = 2
    found = OPTIONS.follow(labels, page)
    assert np.flatnonzero((found == 2).any(1)).tolist() == list(range(500, 514))


def test_small_and_random_pages_end():
    random = np.random.default_rng(0)
    for size in ((1, 1), (1, 60), (60, 1), (3, 3), (300, 200)):
        page = random.integers(0, 256, size, np.uint8)
        labels = random.choice(np.array([0, 2, 3]), size)
        found = OPTIONS.follow(labels, page)
        assert found.dtype == labels.dtype and np.array_equal(found == 3, labels == 3)
        full = np.full(size, 2)
        assert set(np.unique(OPTIONS.follow(full, page))) <= {0, 2}
