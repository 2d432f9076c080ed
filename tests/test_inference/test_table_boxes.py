"""Tables that become boxes with their rules."""
import numpy as np
import pytest

from mmseg.inference import TableBoxes

OPTIONS = TableBoxes(3, 4)
TABLE, SEPARATOR = 3, 4


def no_labels():
    return np.zeros((1120, 800), np.uint8)


def page_with_cells():
    """Four rows of letters from (200, 200) to (300, 500)."""
    page = np.full((1120, 800), 255, np.uint8)
    for top in (200, 230, 260, 290):
        page[top:top + 10, 200:500:12] = 0
        page[top:top + 10, 499] = 0
    return page


def test_a_table_becomes_the_box_of_what_it_shows():
    labels, expected = no_labels(), no_labels()
    labels[190:310, 190:490] = labels[230:280, 490:510] = TABLE
    labels[240:270, 470:480] = 0
    # the edges' outer pixels belong to the box
    expected[199:301, 199:501] = TABLE
    assert np.array_equal(OPTIONS.follow(labels, page_with_cells()), expected)


def test_a_table_on_noisy_paper_is_the_box_of_its_letters():
    random, labels = np.random.default_rng(0), no_labels()
    page = np.clip(page_with_cells() - random.integers(0, 40, (1120, 800)), 0, 255).astype(np.uint8)
    labels[180:320, 180:520] = TABLE
    rows, columns = (np.flatnonzero((OPTIONS.follow(labels, page) == TABLE).any(axis))
                     for axis in (1, 0))
    # grains are not edges; letters are from row 200 to 300 and column 200 to 500
    assert abs(rows[0] - 200) <= 4 and abs(rows[-1] - 299) <= 4
    assert abs(columns[0] - 200) <= 4 and abs(columns[-1] - 499) <= 4


def test_its_upper_and_lower_rules_are_part_of_it():
    page, labels, expected = page_with_cells(), no_labels(), no_labels()
    page[190], page[310] = 0, 0
    labels[195:305, 195:505] = TABLE
    labels[188:192, 180:520] = labels[308:312, 180:520] = SEPARATOR
    expected[188:312, 180:520] = TABLE
    assert np.array_equal(OPTIONS.follow(labels, page), expected)


@pytest.mark.parametrize('rows, columns', [
    ((150, 154), (180, 520)),  # too far above
    ((188, 192), (50, 750)),   # far longer than the table
    ((188, 192), (460, 700)),  # next to it for the most part
])
def test_other_separators_stay(rows, columns):
    labels = no_labels()
    labels[195:305, 195:505] = TABLE
    labels[slice(*rows), slice(*columns)] = SEPARATOR
    found = OPTIONS.follow(labels, page_with_cells())
    assert np.array_equal(found == SEPARATOR, labels == SEPARATOR)


def test_a_chain_of_rules_is_taken_as_far_as_it_goes():
    labels = no_labels()
    labels[195:305, 195:505] = TABLE
    for top in (315, 330, 375):
        labels[top:top + 4, 200:500] = SEPARATOR
    found = OPTIONS.follow(labels, page_with_cells())
    assert (found[199:334, 200:500] == TABLE).all()
    assert (found[375:379, 200:500] == SEPARATOR).all()


def test_a_ragged_table_keeps_its_outline_and_gets_its_rules():
    page, labels = page_with_cells(), no_labels()
    page[600:604, 200:300] = 0
    labels[195:395, 195:505] = labels[395:604, 195:305] = TABLE  # two thirds of its box
    labels[186:190, 200:500] = SEPARATOR
    found = TableBoxes(3, 4, share=.8, shown=.01).follow(labels, page)
    assert (found[186:190, 200:500] == TABLE).all()
    assert np.array_equal(found[195:] == TABLE, labels[195:] == TABLE)


def test_spurs_are_not_in_the_box():
    page, labels, expected = page_with_cells(), no_labels(), no_labels()
    page[100:1000:20, 50:750:20] = 0
    labels[195:305, 195:505] = TABLE
    labels[150:195, 200:260] = labels[250:270, 505:700] = TABLE
    expected[199:302, 199:501] = TABLE
    assert np.array_equal(OPTIONS.follow(labels, page), expected)


def test_text_and_figures_in_it_stay():
    labels = no_labels()
    labels[195:305, 195:505] = TABLE
    labels[230:240, 300:400], labels[260:270, 300:400] = 2, 1
    found = OPTIONS.follow(labels, page_with_cells())
    assert np.array_equal(found == 2, labels == 2) and np.array_equal(found == 1, labels == 1)
    assert (found[199:301, 199:501] == TABLE).sum() == 102 * 302 - 2 * 1000


def test_small_tables_stay():
    page, labels = page_with_cells(), no_labels()
    page[605:625:3, 205:235] = 0
    labels[600:630, 200:240] = TABLE  # 1200 square pixels
    assert np.array_equal(OPTIONS.follow(labels, page), labels)


def test_lengths_follow_the_size_of_the_page():
    page = page_with_cells().repeat(2, 0).repeat(2, 1)
    labels = np.zeros((2240, 1600), np.int64)
    labels[390:610, 390:1010] = TABLE
    labels[354:360, 400:1000] = SEPARATOR  # 39 pixels above, which are 19.5 of the reference
    found = OPTIONS.follow(labels, page)
    assert found.dtype == np.int64 and (found[354:360, 400:1000] == TABLE).all()


def test_small_and_random_pages_end():
    random = np.random.default_rng(0)
    for size in ((1, 1), (1, 60), (60, 1), (3, 3), (300, 200)):
        page = random.integers(0, 256, size, np.uint8)
        labels = random.choice(np.array([0, 2, 3, 4]), size)
        found = OPTIONS.follow(labels, page)
        assert found.dtype == labels.dtype and np.array_equal(found == 2, labels == 2)


def test_parts_on_blank_paper_become_background():
    labels = no_labels()
    labels[195:305, 195:505] = labels[400:460, 200:400] = TABLE
    expected = no_labels()
    expected[199:301, 199:501] = TABLE
    assert np.array_equal(OPTIONS.follow(labels, page_with_cells()), expected)
