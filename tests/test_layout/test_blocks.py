"""Lines into blocks; boxes are (left, top, right, bottom), lines are 10 high and 14 apart."""
import numpy as np
import pytest

from mmseg.layout.blocks import group_lines, order_in_block


def column(left, top, right, count, step=14, height=10):
    return [(left, top + step * i, right, top + step * i + height) for i in range(count)]


def blocks(boxes, **more):
    """The lines of each block, for any order of the lines."""
    found = []
    for order in (np.arange(len(boxes)), np.random.default_rng(1).permutation(len(boxes))):
        numbers = group_lines(np.array(boxes, float)[order], np.zeros(len(boxes)), **more)
        found.append(sorted(sorted(order[numbers == n].tolist()) for n in set(numbers)))
    assert found[0] == found[1]
    return found[0]


def test_lines_below_each_other_are_a_block():
    assert blocks(column(0, 0, 200, 4)) == [[0, 1, 2, 3]]


def test_columns_stay_apart_though_lines_are_level():
    assert blocks(column(0, 0, 200, 3) + column(215, 0, 415, 3)) == [[0, 1, 2], [3, 4, 5]]


def test_a_line_over_two_columns_belongs_to_neither():
    boxes = [(0, 0, 415, 10)] + column(0, 14, 200, 3) + column(215, 14, 415, 3)
    assert blocks(boxes) == [[0], [1, 2, 3], [4, 5, 6]]
    below = column(0, 0, 200, 3) + column(215, 0, 415, 3) + [(0, 42, 415, 52)]
    assert blocks(below) == [[0, 1, 2], [3, 4, 5], [6]]


def test_a_wider_step_begins_a_paragraph():
    assert blocks(column(0, 0, 200, 3) + column(0, 49, 200, 3)) == [[0, 1, 2], [3, 4, 5]]


def test_baselines_tell_steps_where_outlines_are_ragged():
    lines = [(0, 0, 200, 11), (0, 14, 200, 24), (0, 28, 200, 39), (0, 47, 200, 56)]
    assert blocks(lines) == [[0, 1, 2, 3]]
    numbers = group_lines(np.array(lines, float), np.zeros(4), baselines=[9, 23, 37, 56])
    assert numbers.tolist() == [0, 0, 0, 1]


def test_wide_steps_throughout_are_one_paragraph():
    assert blocks(column(0, 0, 200, 4, step=20)) == [[0, 1, 2, 3]]


def test_far_lines_are_blocks_of_their_own():
    assert blocks(column(0, 0, 200, 3, step=40)) == [[0], [1], [2]]


def test_an_indentation_begins_a_paragraph():
    lines = column(0, 0, 200, 6)
    lines[2] = (0, 28, 90, 38)
    lines[3] = (15, 42, 200, 52)
    assert blocks(lines) == [[0, 1, 2], [3, 4, 5]]


def test_lines_that_begin_at_the_right_are_indented_there():
    lines = column(0, 0, 200, 6)
    lines[2] = (110, 28, 200, 38)
    lines[3] = (0, 42, 185, 52)
    assert blocks(lines, right_to_left=True) == [[0, 1, 2], [3, 4, 5]]


def test_a_last_line_that_is_short_stays_with_its_paragraph():
    lines = column(0, 0, 200, 3) + [(0, 42, 170, 52), (0, 56, 200, 66), (0, 70, 200, 80)]
    assert blocks(lines) == [[0, 1, 2, 3, 4, 5]]
    assert blocks(column(0, 0, 200, 2) + [(30, 28, 200, 38), (0, 42, 200, 52)],
                  right_to_left=True) == [[0, 1, 2, 3]]


def test_a_picture_that_reaches_into_a_column_parts_none_of_its_lines():
    lines = column(0, 0, 200, 4)
    assert blocks(lines, obstacles=np.array([[120, -30, 400, 100]])) == [[0, 1, 2, 3]]
    assert blocks(lines, obstacles=np.array([[20, 11, 180, 13]])) == [[0], [1, 2, 3]]


def test_centred_lines_are_one_block():
    assert blocks([(0, 0, 200, 10), (40, 14, 160, 24), (0, 28, 200, 38)]) == [[0, 1, 2]]


def test_a_larger_heading_is_a_block():
    assert blocks([(0, 0, 150, 20)] + column(0, 26, 200, 3)) == [[0], [1, 2, 3]]


def test_short_lines_of_low_letters_stay():
    boxes = column(0, 0, 200, 2) + [(0, 31, 30, 37)]
    assert blocks(boxes) == [[0, 1, 2]]


def test_nothing_goes_across_a_separator():
    boxes = column(0, 0, 200, 4)
    assert blocks(boxes, obstacles=np.array([[0, 25.5, 200, 26.5]])) == [[0, 1], [2, 3]]
    row = [(0, 0, 100, 10), (106, 0, 200, 10)]
    assert blocks(row) == [[0, 1]]
    assert blocks(row, obstacles=np.array([[102, 0, 104, 50]])) == [[0], [1]]
    assert blocks(boxes, obstacles=np.array([[220, 0, 222, 60]])) == [[0, 1, 2, 3]]


def test_parts_of_a_row_belong_together():
    boxes = [(0, 0, 60, 10), (66, 0, 200, 10)] + column(0, 14, 200, 2)
    assert blocks(boxes) == [[0, 1, 2, 3]]


def test_lines_of_other_classes_are_other_blocks():
    boxes = np.array(column(0, 0, 200, 4), float)
    assert group_lines(boxes, [2, 2, 5, 5]).tolist() == [0, 0, 1, 1]


def test_no_line_and_one():
    assert group_lines(np.empty((0, 4)), []).tolist() == []
    assert group_lines(np.array([[0, 0, 9, 9]]), [1]).tolist() == [0]


def test_rows_are_read_from_their_beginning():
    boxes = np.array([(66, 1, 200, 11), (0, 14, 200, 24), (0, 0, 60, 10)], float)
    assert order_in_block(boxes).tolist() == [2, 0, 1]
    assert order_in_block(boxes, right_to_left=True).tolist() == [0, 2, 1]


@pytest.mark.parametrize('columns', [1, 2, 20])
def test_work_and_memory_grow_with_the_number_of_lines(columns, effort):
    """Five times the lines are less than eight times the steps; pairs of all would be 25 times."""
    def group(count):
        lines = [box for x in range(columns)
                 for box in column(x * 220, 0, x * 220 + 200, count // columns)]
        return group_lines(np.array(lines, float), np.zeros(count), np.array([[0, -50, 9, -40]]))

    (some, few), (more, many) = effort(lambda: group(1000)), effort(lambda: group(5000))
    assert more < 8 * some and many < 8 * few
    assert len(set(group(5000).tolist())) == columns
