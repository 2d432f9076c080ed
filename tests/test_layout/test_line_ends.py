"""Lines made whole; letters are 8 wide, 14 high and 12 apart, in lines that are 20 high."""
import cv2
import numpy as np
import pytest
import shapely

from mmseg.layout.line_ends import complete_lines, join_pieces, with_ink, without_nested
from mmseg.layout.lines import FoundLine


def page(*rows, size=(120, 420)):
    """A page with letters from x to x of each row, whose baseline is y."""
    image = np.full((*size, 3), 255, np.uint8)
    for first, last, base in rows:
        for x in range(first, last, 12):
            image[base - 14:base, x:x + 8] = 0
    return image


def line(left, top, right, bottom, label=2):
    return FoundLine(shapely.box(left, top, right, bottom), .9, label)


def completed(image, *lines):
    return [tuple(round(edge) for edge in found.polygon.bounds)
            for found in complete_lines(lines, image)]


def test_letters_that_an_outline_cut_or_missed_are_included():
    image = page((40, 352, 60))  # the last letter ends at 348
    assert completed(image, line(58, 43, 320, 63)) == [(40, 43, 348, 63)]
    assert completed(255 - image, line(58, 43, 320, 63)) == [(40, 43, 348, 63)]
    assert completed(image[..., 0], line(58, 43, 320, 63)) == [(40, 43, 348, 63)]


def test_a_line_that_has_its_letters_stays_as_it_is():
    assert completed(page((40, 352, 60)), line(36, 43, 352, 63)) == [(36, 43, 352, 63)]


def test_wide_white_at_its_ends_is_left_out():
    image = page((100, 220, 60))  # the last letter ends at 216
    assert completed(image, line(40, 43, 300, 63)) == [(99, 43, 217, 63)]
    assert completed(image, line(92, 43, 224, 63)) == [(92, 43, 224, 63)]


def test_wide_gaps_and_other_lines_of_the_row_end_it():
    image = page((40, 112, 60), (140, 352, 60))  # 108 to 140 is white
    assert completed(image, line(40, 43, 90, 63)) == [(40, 43, 108, 63)]
    both = completed(page((40, 352, 60)), line(40, 43, 150, 63), line(190, 43, 350, 63))
    assert both[0][2] <= 190 and both[1][0] >= 150


def test_rules_and_the_lines_above_and_below_are_not_letters():
    image = page((40, 112, 60), (40, 352, 90), (40, 352, 30))
    image[20:100, 113:115] = 0  # a rule close to the last letter
    image[46:60, 118:126] = 0
    assert completed(image, line(40, 43, 90, 63)) == [(40, 43, 108, 63)]


def test_a_skewed_line_is_completed_along_its_slope():
    image = page((40, 352, 60))
    turn = cv2.getRotationMatrix2D((210, 60), -3, 1)
    image = cv2.warpAffine(image, turn, (420, 120), borderValue=(255, 255, 255))
    corners = np.array([[58, 43], [320, 43], [320, 63], [58, 63]]) @ turn[:, :2].T + turn[:, 2]
    found, = complete_lines([FoundLine(shapely.Polygon(corners), .9, 2)], image)
    whole = np.array([[41, 47], [347, 47], [347, 59], [41, 59]]) @ turn[:, :2].T + turn[:, 2]
    assert found.polygon.buffer(1).covers(shapely.Polygon(whole))
    assert found.polygon.area == pytest.approx(308 * 20, rel=.1)


def test_a_vertical_line_is_completed_at_its_top_and_its_end():
    image = np.ascontiguousarray(page((40, 352, 60)).transpose(1, 0, 2))
    found, = completed(image, line(43, 58, 63, 320))
    assert found == (43, 40, 63, 348)


def test_pages_without_ink_or_lines_have_none_to_complete():
    blank = np.full((120, 420, 3), 255, np.uint8)
    assert completed(blank, line(40, 43, 90, 63)) == [(40, 43, 90, 63)]
    assert complete_lines([], blank) == []
    beyond = line(-30, -10, 10, 10)
    assert complete_lines([beyond], blank) == [beyond]


def test_a_hyphen_before_an_option_is_a_letter():
    image = page((60, 340, 60))
    image[52:54, 48:54] = 0
    assert completed(image, line(60, 43, 350, 63)) == [(48, 43, 350, 63)]
    image[52:54, 20:48] = 0  # a rule
    assert completed(image, line(60, 43, 350, 63)) == [(60, 43, 350, 63)]


def test_a_line_goes_on_over_dots_that_are_further_apart_than_letters():
    image = page((60, 200, 60))
    for x in (216, 234):
        image[57:60, x:x + 3] = 0
    assert completed(image, line(60, 43, 203, 63)) == [(60, 43, 237, 63)]


def test_spots_of_the_paper_are_no_letters():
    image = page((40, 340, 60))
    clean = completed(image, line(40, 43, 90, 63))
    image[46:60, 348:400:12] = image[46:60, 349:400:12] = 120  # darker than the threshold
    assert completed(image, line(40, 43, 90, 63)) == clean


def test_lines_of_noise_are_left_out():
    image = np.full((120, 420, 3), 220, np.uint8)
    image[:, ::2] -= 8
    image[46:60, 40:340:4] = 0
    found = [line(40, 43, 340, 63), line(40, 80, 300, 100)]
    assert with_ink(found, image) == found[:1]
    assert with_ink([], image) == []


def test_faint_lines_stay_where_there_are_no_others():
    image = np.full((120, 420, 3), 220, np.uint8)
    image[46:60, 40:340:4] = 205
    found = [line(40, 43, 340, 63)]
    assert with_ink(found, image) == found


def test_a_rule_that_is_taken_for_a_low_line_is_none_but_dots_are():
    image = page((40, 340, 60), (40, 340, 90))
    image[100:103, 40:340] = 0
    image[111:114, 40:340:12] = 0  # dots, as in a table of contents
    for x in (41, 42):
        image[111:114, x:340:12] = 0
    letters = [line(40, 43, 340, 63), line(40, 73, 340, 93)]
    rule, dots, hyphen = line(40, 97, 340, 106), line(40, 108, 340, 117), line(50, 97, 70, 106)
    found = [*letters, *letters, dots, hyphen]
    assert with_ink([*found, rule], image) == found


def pieces(*boxes, walls=(), labels=None):
    lines = [line(*box, label=label) for box, label in zip(boxes, labels or [2] * len(boxes))]
    found = join_pieces(lines, np.array(boxes, float), np.array(walls, float).reshape(-1, 4))
    return sorted(one.polygon.bounds for one in found)


def test_pieces_with_a_gap_of_a_word_are_one_line():
    assert pieces((110, 1, 200, 21), (0, 0, 100, 20), (208, 0, 300, 20)) == [(0, 0, 300, 21)]


def test_pieces_of_a_vertical_line_are_apart_by_the_room_of_a_mark():
    lines = [line(0, 0, 100, 20), line(120, 0, 200, 20), line(226, 0, 300, 20)]
    boxes, walls = np.array([one.polygon.bounds for one in lines]), np.empty((0, 4))
    found = join_pieces(lines, boxes, walls, vertical=True)  # as boxes of a page that is turned
    assert [one.polygon.bounds for one in found] == [(0, 0, 200, 20), (226, 0, 300, 20)]
    assert len(join_pieces(lines, boxes, walls)) == 3


@pytest.mark.parametrize('second, more', [
    ((115, 0, 200, 20), {}),  # too far
    ((105, 11, 200, 31), {}),  # too low
    ((105, 4, 120, 13), {}),  # a superscript is as good as none
    ((105, 0, 200, 20), {'walls': [(102, -5, 103, 30)]}),  # a rule between
    ((105, 0, 200, 20), {'labels': [2, 3]}),
])
def test_what_is_not_of_one_line_stays_apart(second, more):
    assert pieces((0, 0, 100, 20), second, **more) == [(0, 0, 100, 20), second]


def test_dots_within_a_line_are_no_lines():
    lines = [line(40, 40, 340, 60), line(100, 50, 104, 53), line(350, 50, 356, 56)]
    assert without_nested(lines) == [lines[0], lines[2]]
    assert without_nested(lines[1:2]) == [lines[1]]
    halves = [line(40, 40, 340, 60), line(40, 41, 200, 59)]  # not a small part
    assert without_nested(halves) == halves


def test_marks_of_punctuation_belong_to_the_line_that_they_end():
    """A quote is lower than half of the line; a wall or another line between keeps it out."""
    boxes = np.array([[40, 40, 200, 60], [206, 40, 212, 48], [240, 40, 400, 60.]])
    lines = [FoundLine(shapely.box(*box), .9, 2) for box in boxes]
    joined = join_pieces(lines, boxes, np.empty((0, 4)))
    assert [found.polygon.bounds for found in joined] == [(40, 40, 212, 60), (240, 40, 400, 60)]
    assert len(join_pieces(lines, boxes, np.array([[203, 0, 204, 100.]]))) == 3
    superscript = boxes + [[0, 0, 0, 0], [0, -8, 0, -8], [0, 0, 0, 0]]
    assert len(join_pieces(lines, superscript, np.empty((0, 4)))) == 3
