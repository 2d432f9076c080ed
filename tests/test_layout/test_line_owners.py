"""Lines of text and of tables; lines are 10 high and 20 apart."""
import numpy as np
import shapely

from mmseg.layout.line_owners import divide_lines
from mmseg.layout.lines import FoundLine
from mmseg.layout.region import Region

TEXT, TABLE = 2, 3


def line(left, row, right, label):
    return FoundLine(shapely.box(left, 20 * row, right, 20 * row + 10), .9, label)


def table(left, top, right, bottom):
    return Region(TABLE, 'table', shapely.box(left, top, right, bottom), .8, np.zeros((4, 2)))


def divided(lines, *regions):
    """The numbers of lines that are text, and of those of each region."""
    alone, inside = divide_lines(lines, regions, [TEXT])
    places = [found.polygon.bounds for found in lines]
    for found, label in [(alone, TEXT), *((own, TABLE) for own in inside)]:
        assert all(one.label == label for one in found)
    return [[places.index(found.polygon.bounds) for found in group] for group in (alone, *inside)]


def test_a_line_is_of_the_region_of_its_class_that_it_overlaps_most():
    lines = [line(0, 0, 60, TABLE), line(0, 2, 60, TEXT)]
    assert divided(lines, table(0, 0, 20, 30), table(20, 0, 100, 30)) == [[1], [], [0]]


def test_a_line_of_a_table_without_a_table_is_text():
    assert divided([line(0, 0, 60, TABLE)]) == [[0]]
    assert divided([line(0, 0, 60, TABLE)], table(200, 0, 300, 30)) == [[0], []]


def test_text_among_the_lines_of_a_table_is_the_tables():
    lines = [line(0, 0, 60, TABLE), line(100, 0, 160, TABLE), line(0, 1, 60, TEXT),
             line(0, 2, 60, TABLE), line(0, 4, 60, TEXT)]
    assert divided(lines, table(0, 0, 160, 50)) == [[4], [0, 1, 2, 3]]


def test_text_and_lines_of_no_table_within_its_box_are_the_tables():
    """The network finds the table's box, and some of its lines."""
    lines = [line(0, 0, 60, TABLE), line(100, 0, 160, TABLE), line(0, 2, 60, TEXT),
             line(100, 2, 160, TABLE), line(0, 4, 60, TEXT)]
    outline = shapely.Polygon([(0, 0), (160, 0), (160, 20), (80, 20), (80, 60), (0, 60)])
    region = Region(TABLE, 'table', outline, .8, np.zeros((4, 2)))
    assert divided(lines, region) == [[4], [0, 1, 2, 3]]


def test_text_in_the_rows_of_a_table_does_not_count_against_it():
    lines = [*(line(0, row, 60, TABLE) for row in (0, 1)),
             *(line(left, row, left + 40, TEXT) for row in (0, 1) for left in (80, 140))]
    assert divided(lines, table(0, 0, 60, 30), ) == [[2, 3, 4, 5], [0, 1]]
    assert divided(lines, table(0, 0, 180, 30)) == [[], [0, 1, 2, 3, 4, 5]]


def test_more_text_than_lines_of_the_table_is_not():
    lines = [line(0, 0, 60, TABLE), *(line(200, row, 260, TEXT) for row in (1, 2, 3)),
             line(200, 4, 260, TABLE)]
    assert divided(lines, table(0, 0, 260, 100)) == [[1, 2, 3], [0, 4]]


def test_a_table_through_which_much_more_text_goes_has_no_lines():
    lines = [line(0, 0, 60, TABLE), *(line(0, row, 260, TEXT) for row in (1, 2, 3))]
    assert divided(lines, table(0, 0, 260, 100)) == [[0, 1, 2, 3], []]


def test_rows_of_text_and_of_a_table_are_what_most_of_them_are():
    def rows(*labels):
        return [line(left, row, left + width, label) for row, (one, two) in enumerate(labels)
                for left, width, label in ((0, 30 + 5 * row, one), (90, 100 - 20 * row, two))]

    mostly = rows((TABLE, TABLE), (TABLE, TABLE), (TEXT, TABLE), (TEXT, TEXT))
    assert divided(mostly, table(0, 0, 190, 50)) == [[], list(range(8))]
    text = rows((TABLE, TEXT), (TEXT, TEXT), (TEXT, TEXT), (TEXT, TABLE))
    assert divided(text, table(0, 0, 60, 12), table(90, 60, 150, 70)) == [list(range(8)), [], []]


def test_text_in_rows_of_two_tables_is_of_the_one_that_is_nearer():
    """Both have their columns at the same places."""
    def cells(row, right):
        return [line(0, row, 60, TABLE), line(100, row, 160, right)]

    lines = [one for row in range(4) for one in cells(row, TEXT if row == 3 else TABLE)]
    lines += [one for row in range(8, 12) for one in cells(row, TEXT if row < 10 else TABLE)]
    assert divided(lines, table(0, 0, 80, 75), table(0, 160, 80, 240)) == [
        [], list(range(8)), list(range(8, 16))]
