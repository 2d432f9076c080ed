"""Tables that become the grids of their ruling lines."""
import numpy as np
import pytest

from mmseg.inference import RuledTables

OPTIONS = RuledTables(3, 2, 1)
FIGURE, TEXT, TABLE, SEPARATOR = 1, 2, 3, 4


def no_labels():
    return np.zeros((1120, 800), np.uint8)


def blank_page():
    return np.full((1120, 800), 255, np.uint8)


def draw(page, rows, columns, thickness=1):
    """Lines at these rows and columns, from the first to the last of each."""
    for row in rows:
        page[row:row + thickness, columns[0]:columns[-1] + thickness] = 0
    for column in columns:
        page[rows[0]:rows[-1] + thickness, column:column + thickness] = 0


def box(labels, rows, columns, margin=1):
    """The labels within lines at these rows and columns and their edges."""
    return labels[rows[0] - margin:rows[-1] + margin + 1,
                  columns[0] - margin:columns[-1] + margin + 1]


ROWS, COLUMNS = (200, 230, 260, 290), (100, 300, 500)


def test_a_grid_of_which_a_part_is_a_table_becomes_one():
    page, labels, expected = blank_page(), no_labels(), no_labels()
    draw(page, ROWS, COLUMNS)
    labels[201:290, 101:250] = TABLE
    labels[201:290, 320:480] = FIGURE
    labels[205:215, 260:310] = TEXT
    labels[198:202, 100:500] = SEPARATOR
    expected[198:202, 100:500] = SEPARATOR
    box(expected, ROWS, COLUMNS)[:] = TABLE
    assert np.array_equal(OPTIONS.follow(labels, page), expected)


@pytest.mark.parametrize('factor', [.5, 2])
def test_lengths_follow_the_size_of_the_page(factor):
    page, labels = (np.full((int(1120 * factor), int(800 * factor)), value, np.uint8)
                    for value in (255, 0))
    rows, columns = ([int(place * factor) for place in places] for places in (ROWS, COLUMNS))
    draw(page, rows, columns)
    labels[rows[0] + 1:rows[-1], columns[0] + 1:columns[1] - 20] = TABLE
    found = OPTIONS.follow(labels, page)
    expected = np.zeros_like(labels)
    box(expected, rows, columns)[:] = TABLE
    assert np.array_equal(found, expected)


def test_text_between_two_grids_is_not_a_table():
    page, labels, expected = blank_page(), no_labels(), no_labels()
    below = [row + 130 for row in ROWS]
    draw(page, ROWS, COLUMNS)
    draw(page, below, COLUMNS)
    labels[195:425, 100:500] = TABLE
    # 3 pixels around each grid are its edge, not text
    expected[295:326, 100:500] = TEXT
    box(expected, ROWS, COLUMNS)[:] = box(expected, below, COLUMNS)[:] = TABLE
    expected[195, 100:500] = TEXT
    assert np.array_equal(OPTIONS.follow(labels, page), expected)


def test_what_is_larger_than_the_grid_stays_a_table():
    page, labels = blank_page(), no_labels()
    draw(page, ROWS, COLUMNS)
    labels[200:290, 100:500] = labels[290:500, 100:500] = TABLE
    found = OPTIONS.follow(labels, page)
    assert (found[295:500, 100:500] == TABLE).all()
    assert (box(found, ROWS, COLUMNS) == TABLE).all()


def test_open_sides_are_those_of_a_table():
    page, labels = blank_page(), no_labels()
    for row in ROWS:
        page[row, 100:501] = 0
    page[200:291, 300] = 0
    labels[201:290, 101:300] = TABLE
    assert (box(OPTIONS.follow(labels, page), ROWS, COLUMNS) == TABLE).all()


@pytest.mark.parametrize('rows, columns, found', [
    ((200, 290), (100, 500), slice(101, 250)),             # a frame
    ((200, 230, 260, 290), (100, 500), slice(101, 250)),   # one column
    ((200, 290), (100, 300, 500), slice(101, 250)),        # one row
    (ROWS, COLUMNS, slice(101, 140)),                      # a tenth of it is a table
    ((200, 206, 212, 218), COLUMNS, slice(101, 250)),      # low as staves
])
def test_other_lines_change_nothing(rows, columns, found):
    page, labels = blank_page(), no_labels()
    draw(page, rows, columns)
    labels[rows[0] + 1:rows[-1], found] = TABLE
    assert np.array_equal(OPTIONS.follow(labels, page), labels)


def test_a_chart_with_curves_through_its_grid_stays():
    page, labels = blank_page(), no_labels()
    rows, columns = (200, 260, 320, 380), (100, 200, 300, 400, 500)
    draw(page, rows, columns)
    for x in range(101, 500):
        page[int(290 - 80 * np.sin(x / 25)) - 12:][:24, x] = 0
    labels[201:380, 101:300] = TABLE
    assert np.array_equal(OPTIONS.follow(labels, page), labels)


def test_faint_lines_and_grids_without_a_table_change_nothing():
    page, labels = blank_page(), no_labels()
    draw(page, ROWS, COLUMNS)
    assert not OPTIONS.follow(labels, page).any()
    labels[201:290, 101:250] = TABLE
    page[page == 0] = 240
    assert np.array_equal(OPTIONS.follow(labels, page), labels)


def open_table(tops, columns, left=100, right=500):
    """Rules at these rows, and letters in these columns between them."""
    page = blank_page()
    for top in tops:
        page[top, left:right] = 0
    for upper, lower in zip(tops[:-1], tops[1:]):
        for first, last in columns:
            page[upper + 8:lower - 8, first:last:3] = 0
    return page


TOPS, TWO = (200, 230, 400), ((100, 200), (300, 480))


def test_rules_with_columns_between_them_are_a_table():
    labels, expected = no_labels(), no_labels()
    labels[198:202, 100:300] = labels[398:403, 150:450] = SEPARATOR
    labels[240:390, 100:200] = TEXT
    labels[600:610, 100:500] = expected[600:610, 100:500] = TEXT
    expected[198:202, 100:300] = expected[398:403, 150:450] = SEPARATOR
    expected[200:401, 100:500] = TABLE
    assert np.array_equal(OPTIONS.follow(labels, open_table(TOPS, TWO)), expected)


@pytest.mark.parametrize('tops, columns', [
    ((200, 400), TWO),                                        # two rules
    (TOPS, ((100, 480),)),                                    # one column
    (TOPS, ((100, 294), (306, 480))),                         # white narrower than a gutter
    ((200, 204, 400), TWO),                                   # a double rule and another
    ((60, 90, 1060), TWO),                                    # a header above a page of two columns
])
def test_other_rules_are_not_a_table(tops, columns):
    assert not OPTIONS.follow(no_labels(), open_table(tops, columns)).any()


def test_an_open_table_over_most_of_the_page_has_three_columns():
    page = open_table((60, 90, 1060), ((100, 200), (300, 380), (420, 480)))
    assert (OPTIONS.follow(no_labels(), page)[60:1061, 100:500] == TABLE).all()


def test_rules_of_other_ends_are_of_other_tables():
    page = open_table(TOPS, TWO)
    page[230] = 255
    page[230, 100:450] = 0
    assert not OPTIONS.follow(no_labels(), page).any()


def test_text_between_open_tables_is_not_a_part_of_them():
    page = open_table((200, 230, 300, 400, 430, 500), TWO)
    page[308:392, 100:480:6] = 0
    expected = no_labels()
    expected[200:301, 100:500] = expected[400:501, 100:500] = TABLE
    assert np.array_equal(OPTIONS.follow(no_labels(), page), expected)


def test_a_figure_between_rules_stays():
    labels = no_labels()
    labels[240:390, 300:480] = FIGURE
    assert np.array_equal(OPTIONS.follow(labels, open_table(TOPS, TWO)), labels)


def test_a_double_rule_is_one():
    page = open_table(TOPS, TWO)
    page[197, 100:500] = 0
    found = OPTIONS.follow(no_labels(), page)
    assert (found[197:401, 100:500] == TABLE).all() and np.count_nonzero(found) == 204 * 400
