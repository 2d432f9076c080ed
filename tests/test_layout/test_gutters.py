"""Columns that are near to each other; lines are 20 high and 30 apart."""
import numpy as np
import shapely

from mmseg.layout.blocks import group_lines
from mmseg.layout.gutters import across_gutters, split_at_gutters
from mmseg.layout.lines import FoundLine

ROWS = 5
LEFT = [(20, 30 * row, 320, 30 * row + 20) for row in range(ROWS)]
RIGHT = [(334, 30 * row, 634, 30 * row + 20) for row in range(ROWS)]
PAIRS = np.array([range(ROWS), range(ROWS, 2 * ROWS)])


def gutters(boxes):
    return across_gutters(np.array(boxes, float), PAIRS).tolist()


def test_white_below_white_between_columns_is_a_gutter():
    assert gutters(LEFT + RIGHT) == [True] * ROWS
    ragged = [(left - 20 * (number == 2), *rest) for number, (left, *rest) in enumerate(RIGHT)]
    assert gutters(LEFT + ragged) == [True] * ROWS


def test_a_line_in_two_pieces_among_whole_ones_has_none():
    whole = [(20, 30 * row, 634, 30 * row + 20) for row in range(1, ROWS)]
    assert across_gutters(np.array([LEFT[0], RIGHT[0], *whole], float),
                          np.array([[0], [1]])).tolist() == [False]


def test_numbers_before_titles_are_no_column():
    assert gutters([(280, *rest) for _, *rest in LEFT] + RIGHT) == [False] * ROWS


def test_a_heading_over_both_columns_does_not_matter():
    """Either the lines above or those below tell."""
    heading = [(20, -30 * row, 634, -30 * row + 20) for row in (1, 2)]
    assert gutters(LEFT + RIGHT + heading) == [True] * ROWS


def test_indented_lines_tell_where_those_of_the_other_column_end_at_the_gutter():
    """The right column is a listing in a frame."""
    listing = [(left + 20 * (number > 0) * (2 + number % 2), *rest)
               for number, (left, *rest) in enumerate(RIGHT)]
    assert gutters(LEFT + listing)[0]
    ragged = [(left, top, right - 60 * (number > 0), bottom)
              for number, (left, top, right, bottom) in enumerate(LEFT)]
    assert not gutters(ragged + listing)[0]


def test_lines_of_near_columns_are_different_blocks():
    blocks = group_lines(np.array(LEFT + RIGHT, float), np.zeros(2 * ROWS))
    assert blocks.tolist() == [0] * ROWS + [1] * ROWS


def test_a_line_that_a_network_joined_across_a_gutter_becomes_two():
    image = np.full((ROWS * 30, 660, 3), 255, np.uint8)
    for left, top, right, bottom in LEFT + RIGHT:
        image[top + 4:bottom - 4, left:right:4] = 0
    lines = [FoundLine(shapely.box(*box), .9, 2) for box in LEFT[1:] + RIGHT[1:]]
    lines.insert(0, FoundLine(shapely.box(20, 0, 634, 20), .9, 2))
    found = split_at_gutters(lines, image)
    assert [one.polygon.bounds for one in found[:3]] == [
        (20, 0, 317, 20), (334, 0, 634, 20), (20, 30, 320, 50)]
    assert len(found) == 2 * ROWS and split_at_gutters([], image) == []
    blank = np.full_like(image, 255)
    assert split_at_gutters(lines, blank) == lines
