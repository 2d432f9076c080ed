"""Columns that are read row by row; lines are 10 high and 14 apart."""
import numpy as np
import shapely

from mmseg.layout.blocks import group_lines
from mmseg.layout.rows import row_links


def rows_of(boxes, walls=()):
    """The lines that are in groups of rows, for any order of the lines."""
    found = []
    for order in (np.arange(len(boxes)), np.random.default_rng(0).permutation(len(boxes))):
        own = np.array(boxes, float)[order]
        links = row_links(own, np.zeros(len(own)), own[:, 3],
                          shapely.STRtree([shapely.box(*wall) for wall in walls]))
        found.append(sorted(order[np.unique(links)].tolist()))
    assert found[0] == found[1]
    return found[0]


def column(left, widths, top=0, step=14):
    return [(left, top + step * row, left + width, top + step * row + 10)
            for row, width in enumerate(widths) if width]


NAMES = (30, 45, 25, 40)
PROSE = (200, 198, 200, 199, 200, 197, 200, 120)


def test_names_and_their_values_are_rows():
    assert rows_of(column(0, NAMES) + column(90, (180, 120, 200, 90))) == list(range(8))


def test_an_option_has_the_lines_of_its_description():
    options = column(0, (40, 0, 50, 0, 0, 35)) + column(90, (200, 120, 200, 200, 90, 60))
    assert rows_of(options) == list(range(9))
    numbers = group_lines(options, np.zeros(9))
    assert len(set(numbers)) == 1


def test_titles_and_numbers_of_pages_are_rows():
    contents = column(0, (120, 90, 150, 60, 130)) + column(300, (6, 6, 12, 12, 12))
    assert rows_of(contents) == list(range(10))


def test_columns_of_running_text_are_not():
    assert rows_of(column(0, PROSE) + column(215, PROSE)) == []


def test_columns_of_an_index_are_not():
    assert rows_of(column(0, (90, 60, 110, 75)) + column(215, (60, 105, 70, 95))) == []


def test_centred_names_next_to_each_other_are_not():
    centred = [(middle - width / 2, 14 * row, middle + width / 2, 14 * row + 10)
               for middle in (40, 150) for row, width in enumerate((60, 20, 40, 74))]
    assert rows_of(centred) == []


def test_a_note_in_the_margin_is_not():
    text = column(100, (200, ) * 12)
    assert rows_of(column(0, (0, 0, 60, 70, 50, 0, 0, 0, 65, 40)) + text) == []


def test_two_rows_say_nothing_and_others_of_the_page_with_the_same_white_do():
    two = column(0, NAMES[:2]) + column(90, (180, 120))
    assert rows_of(two) == []
    heading, more = [(20, 32, 200, 42)], column(0, NAMES[2:], 46) + column(90, (200, 90), 46)
    assert rows_of(two + heading + more) == [0, 1, 2, 3, 5, 6, 7, 8]


def test_a_rule_between_rows_parts_them():
    boxes = column(0, NAMES) + column(90, (180, 120, 200, 90))
    numbers = group_lines(boxes, np.zeros(8), [(0, 25, 290, 27)])
    assert numbers.tolist() == [0, 0, 1, 1, 0, 0, 1, 1]


def test_five_thousand_lines_take_linear_work(effort):
    def work(number):
        rows = np.arange(number // 5)
        boxes = np.concatenate([np.stack([
            np.full(len(rows), 100. * place), 14. * rows, 100. * place + 30 + rows % 20,
            14. * rows + 10], axis=1) for place in range(5)])
        return lambda: row_links(boxes, np.zeros(len(boxes)), boxes[:, 3], shapely.STRtree([]))
    assert len(np.unique(work(5000)())) == 5000
    (some, few), (more, many) = effort(work(1000)), effort(work(5000))
    assert more < 7 * some and many < 7 * few
