"""Pages made by hand, (left, top, right, bottom) of each box, 1000 high and 800 wide."""
import numpy as np
import pytest

from mmseg.layout import reading_order

SIZE = (1000, 800)


def order(page, **options):
    """The names in reading order, whatever the order in which they come."""
    for names in (list(page), list(page)[::-1], sorted(page)):
        found = [names[i] for i in reading_order([page[n] for n in names], SIZE, **options)]
        yield found


def check(page, expected, **options):
    for found in order(page, **options):
        assert found == expected.split()


def test_one_column():
    check(dict(a=(100, 100, 700, 200), b=(100, 220, 700, 400), c=(100, 430, 500, 500)), 'a b c')


def test_two_columns_with_gaps_at_the_same_height():
    check(dict(l1=(50, 100, 380, 300), l2=(50, 320, 380, 600), r1=(420, 100, 750, 300),
               r2=(420, 320, 750, 600)), 'l1 l2 r1 r2')


def test_a_heading_over_two_columns():
    check(dict(heading=(50, 50, 750, 90), l1=(50, 200, 380, 300), l2=(50, 400, 380, 600),
               r1=(420, 200, 750, 300), r2=(420, 400, 750, 600)), 'heading l1 l2 r1 r2')


def test_a_heading_between_two_sets_of_columns():
    check(dict(l1=(50, 100, 380, 300), r1=(420, 100, 750, 300), heading=(50, 350, 750, 380),
               l2=(50, 400, 380, 600), r2=(420, 400, 750, 600)), 'l1 r1 heading l2 r2')


def test_three_columns_with_a_figure_over_two():
    check(dict(a1=(50, 100, 270, 480), a2=(50, 500, 270, 900), b1=(290, 100, 510, 300),
               c1=(530, 100, 750, 300), figure=(290, 330, 750, 600), b2=(290, 640, 510, 900),
               c2=(530, 640, 750, 900)), 'a1 a2 b1 c1 figure b2 c2')


def test_right_to_left():
    page = dict(heading=(50, 100, 750, 190), l1=(50, 200, 380, 300), l2=(50, 400, 380, 600),
                r1=(420, 200, 750, 300), r2=(420, 400, 750, 600))
    check(page, 'heading r1 r2 l1 l2', right_to_left=True)


def test_running_header_and_footers_come_first_and_last():
    check(dict(header=(50, 40, 200, 60), l1=(50, 100, 380, 500), l2=(50, 510, 380, 900),
               r1=(420, 100, 750, 900), footer=(50, 950, 300, 970), number=(700, 950, 720, 970)),
          'header l1 l2 r1 footer number')


def test_the_last_lines_of_a_column_are_no_footer():
    page = dict(l1=(50, 100, 380, 880), l2=(50, 883, 380, 913), r1=(420, 100, 750, 860),
                footer=(50, 950, 300, 970), number=(700, 950, 720, 970))
    check(page, 'l1 l2 r1 footer number')
    del page['footer'], page['number']
    check(page, 'l1 l2 r1')


def test_headers_are_one_line_where_the_height_of_lines_is_known():
    page = dict(l1=(50, 60, 380, 95), l2=(50, 120, 380, 900), r1=(420, 60, 750, 95),
                r2=(420, 120, 750, 900))  # the first blocks are two lines
    check(page, 'l1 l2 r1 r2', line_height=16)
    check(page, 'l1 r1 l2 r2')


def test_the_first_lines_of_a_column_are_no_header():
    check(dict(header=(50, 40, 200, 60), rule=(50, 62, 750, 64), l1=(50, 110, 380, 900),
               r1=(420, 80, 750, 107), r2=(420, 110, 750, 900)), 'header rule l1 r1 r2')


def test_both_rows_of_a_footer_are_read_last():
    check(dict(l1=(50, 100, 380, 880), r1=(420, 100, 750, 900), rule=(50, 925, 750, 927),
               left=(50, 930, 200, 944), right=(600, 930, 750, 944), number=(390, 950, 410, 964)),
          'l1 r1 rule left right number')


def test_lines_of_a_header_are_read_one_after_the_other():
    check(dict(form=(50, 30, 300, 45), name=(600, 30, 750, 45), rule=(600, 47, 750, 49),
               title=(50, 80, 250, 100), text=(50, 200, 750, 500)), 'form name rule title text')


def test_a_logo_above_and_between_two_names():
    check(dict(title=(200, 100, 600, 150), logo=(350, 300, 450, 400), l=(100, 450, 300, 550),
               r=(500, 450, 700, 550)), 'title logo l r')


def test_a_sidebar():
    check(dict(title=(50, 100, 560, 200), text=(50, 220, 560, 900), side=(600, 100, 750, 500)),
          'title text side')


def test_a_separator_across_divides_above_from_below():
    page = dict(l1=(50, 100, 380, 300), r1=(420, 100, 750, 300), line=(50, 320, 750, 324),
                l2=(50, 340, 380, 600), r2=(420, 340, 750, 600))
    check(page, 'l1 r1 line l2 r2')
    del page['line']
    check(page, 'l1 l2 r1 r2')


def test_a_separator_between_columns_is_read_between_them():
    check(dict(heading=(50, 50, 750, 95), l=(50, 100, 395, 600), line=(398, 90, 402, 600),
               r=(405, 100, 750, 600)), 'heading l line r')


def test_boxes_within_others_follow_them():
    check(dict(a=(50, 100, 750, 200), table=(50, 300, 750, 600), cell=(60, 310, 300, 400),
               rule=(50, 420, 750, 422), below=(60, 430, 200, 590), z=(50, 700, 750, 800)),
          'a table cell rule below z')


def test_what_is_not_side_by_side_is_not_a_column():
    """A letter: the date is on the right, above the address on the left."""
    check(dict(date=(500, 200, 750, 220), address=(50, 240, 300, 330), text=(50, 400, 750, 700)),
          'date address text')


def test_slanted_columns_whose_boxes_overlap():
    check(dict(heading=(50, 150, 750, 225), l1=(50, 215, 400, 420), l2=(55, 405, 410, 700),
               r1=(390, 200, 750, 480), r2=(395, 470, 755, 690)), 'heading l1 l2 r1 r2')


def test_boxes_that_no_cut_divides_are_read_from_the_top():
    # four boxes around a middle, each over the end of the next
    pinwheel = dict(a=(100, 100, 510, 310), b=(490, 100, 700, 510), c=(290, 490, 700, 700),
                    d=(100, 290, 310, 700))
    for found in order(pinwheel):
        assert found[0] == 'a' and found[-1] == 'c'


def test_no_boxes_one_box_and_equal_boxes():
    assert reading_order([], SIZE) == []
    assert reading_order([(0, 0, 5, 5)], SIZE) == [0]
    assert sorted(reading_order([(0, 0, 5, 5)] * 3, SIZE)) == [0, 1, 2]


@pytest.mark.parametrize('seed', range(5))
def test_every_box_comes_once(seed):
    corners = np.random.default_rng(seed).integers(0, 800, (60, 2, 2))
    boxes = np.concatenate([corners.min(axis=1), corners.max(axis=1) + 1], axis=1)
    assert sorted(reading_order(boxes, SIZE)) == list(range(60))
