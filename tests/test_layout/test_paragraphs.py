"""Paragraphs of a column; lines are 10 high and 14 apart, and the column 200 wide."""
import numpy as np
import pytest

from mmseg.layout.blocks import group_lines
from mmseg.layout.words import LineStart, LineStarts

# Five letters, then a space.
PLAIN = LineStart(0., 25., 28., 25., 3.)
# A bullet four pixels wide, and text 15 pixels from where it begins.
BULLET = LineStart(0., 4., 15., 4., 3.)


def blocks(lines, **more):
    """Sizes of blocks from the top down; lines are (left, right) or (left, right, start)."""
    boxes = [(line[0], 14 * number, line[1], 14 * number + 10)
             for number, line in enumerate(lines)]
    starts = LineStarts.of([line[2] if len(line) > 2 else PLAIN for line in lines])
    found = group_lines(np.array(boxes, float), np.zeros(len(lines)), starts=starts, **more)
    return np.unique(found, return_counts=True)[1].tolist() if (np.diff(found) >= 0).all() else None


FULL = (0, 200)


def test_a_line_with_room_for_the_next_word_ends_a_paragraph():
    assert blocks([FULL, FULL, (0, 90), FULL, FULL, (0, 120)]) == [3, 3]


def test_a_long_word_had_no_room():
    long = LineStart(0., 130., 133., 130., 3.)
    assert blocks([FULL, FULL, (0, 90), (0, 200, long), FULL, (0, 120)]) == [6]


def test_lines_that_are_all_short_are_one_block():
    assert blocks([(0, 200), (0, 60), (0, 90), (0, 40), (0, 80), (0, 50)]) == [6]


def test_centred_lines_stay_together():
    assert blocks([FULL, FULL, (70, 130), FULL]) == [4]


@pytest.mark.parametrize('lines, wanted', [
    # items of one line, and of several that hang
    ([(0, 90, BULLET), (0, 150, BULLET), (0, 60, BULLET)], [1, 1, 1]),
    ([(0, 200, BULLET), (15, 120), (0, 200, BULLET), (15, 200), (15, 80)], [2, 3]),
    # of a list in a list
    ([(0, 100, BULLET), (15, 100, BULLET), (15, 110, BULLET), (0, 100, BULLET)], [1, 1, 1, 1]),
    # text before and after it
    ([FULL, FULL, (10, 200, BULLET), (25, 200), FULL, FULL], [2, 2, 2]),
])
def test_items_of_lists_are_blocks(lines, wanted):
    assert blocks(lines) == wanted


def test_an_item_by_itself_is_told_by_nothing():
    assert blocks([FULL, (0, 200, BULLET), FULL]) == [3]


def test_an_indented_paragraph_below_a_numbered_heading_is_no_item():
    boxes = [(0, 0, 120, 10), (15, 20, 200, 30), (0, 34, 200, 44), (0, 48, 200, 58),
             (0, 80, 120, 90), (15, 100, 200, 110), (0, 114, 90, 124)]
    starts = LineStarts.of([BULLET, *[PLAIN] * 3, BULLET, PLAIN, PLAIN])
    found = group_lines(np.array(boxes, float), np.zeros(7), starts=starts)
    assert found.tolist() == [0, 1, 1, 1, 2, 3, 3]


def test_entries_of_a_table_of_contents_are_one_block():
    lines = [(0, 200, BULLET), (15, 200, BULLET), (15, 200, BULLET), (0, 200, BULLET)]
    assert blocks(lines) == [1, 1, 1, 1]
    assert blocks(lines, entries=[True] * 4) == [4]


def test_lines_whose_ink_tells_nothing_go_on():
    unknown = LineStart(0., np.inf, np.inf, np.inf, 0.)
    with np.errstate(all='raise'):
        assert blocks([(0, 200, unknown), (0, 90, unknown), (0, 200, unknown)]) == [3]


def test_a_short_first_word_is_no_bullet():
    short = LineStart(0., 8., 11., 8., 3.)  # the white after it is that of the line
    assert blocks([(0, 200, short), (0, 200, short), (0, 200, short)]) == [3]


def test_a_bullet_that_is_a_piece_by_itself():
    lines = [(20, 14 * number, 200, 14 * number + 10) for number in range(3)]
    dots = [(0, 14 * number + 3, 4, 14 * number + 8) for number in range(3)]
    boxes = np.array(dots + lines, float)
    starts = LineStarts.of([LineStart(0., 4., np.inf, 4., 2.8)] * 3 + [PLAIN] * 3)
    # bullets that are near enough to be of the row
    boxes[:3, [0, 2]] += 8
    found = group_lines(boxes, np.zeros(6), starts=starts)
    assert found[:3].tolist() == found[3:].tolist() and len(set(found.tolist())) == 3


def test_lists_that_are_read_from_the_right():
    lines = [(80, 200, BULLET), (0, 200, BULLET), (60, 185)]
    assert blocks(lines, right_to_left=True) == [1, 2]
