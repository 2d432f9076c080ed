"""The ink of lines that are 20 high; letters are 8 wide and 14 high."""
import numpy as np

from mmseg.layout.line_ink import letters_at_ends, line_ink

LINE = np.array([[10, 10, 60, 30]])


def page(*letters, ink=40, size=(50, 120)):
    """A page of grey level 240 with letters that begin at x."""
    grey = np.full(size, 240, np.uint8)
    for x in letters:
        grey[13:27, x:x + 8] = ink
    return grey


def test_levels_of_ink_and_white_at_both_ends():
    grey = page(15, 30)
    found = line_ink(grey, LINE)
    assert found.known.all() and found.dark.all()
    assert found.white.tolist() == [[5, 22]]  # 10 to 15, 38 to 60
    assert 40 <= found.full[0] <= found.level[0] < 240
    light = line_ink(255 - grey, LINE)
    assert light.known.all() and not light.dark.any() and light.white.tolist() == [[5, 22]]
    assert 40 <= light.full[0] <= light.level[0] < 240  # of the negative


def test_full_ink_is_half_way_between_the_mean_and_the_threshold():
    grey = page(15)
    grey[13:27, 30:38] = 60  # as many pixels as those of 40: the mean is 50
    found = line_ink(grey, LINE)
    assert found.level.tolist() == [60] and found.full.tolist() == [55]


def test_paper_without_ink_is_not_known():
    assert not line_ink(page(), LINE).known.any()
    assert len(line_ink(page(), np.empty((0, 4), int)).known) == 0


def test_letters_of_high_and_low_lines_are_told_by_their_own_grey_levels():
    grey = page(15, size=(150, 120))
    grey[60:130, 20:50] = 100  # as dark as the paper of no line
    found = line_ink(grey, np.array([[10, 10, 60, 30], [10, 50, 60, 140]]))
    assert found.white.tolist() == [[5, 37], [10, 10]]
    assert found.full.tolist() == [40, 100]


def test_boxes_around_the_letters_at_both_ends():
    grey = page(4, 15, 30, 45, 56, 90)  # that at 90 follows a wide gap
    boxes, line = letters_at_ends(grey, LINE, np.array([[0., 110.]]), line_ink(grey, LINE))
    # from the right end, where letters within the line's height of it count too, and the left one
    assert boxes.tolist() == [[45, 13, 64, 27], [4, 13, 23, 27]]
    assert line.tolist() == [0, 0]


def test_a_line_reaches_no_further_than_its_room():
    grey = page(15, 30, 45, 56)
    boxes, _ = letters_at_ends(grey, LINE, np.array([[10., 60.]]), line_ink(grey, LINE))
    assert boxes[0].tolist() == [45, 13, 60, 27]


def test_spots_that_are_lighter_than_the_letters_are_none():
    grey = page(15, 30)
    grey[18:22, 62:66] = 130
    ink = line_ink(grey, LINE)
    assert ink.level[0] < 130
    ink = ink._replace(level=np.array([140], np.uint8))
    boxes, _ = letters_at_ends(grey, LINE, np.array([[10., 110.]]), ink)
    assert boxes.tolist() == [[10, 13, 23, 27]]  # of the left end alone


def test_lines_without_ink_have_no_letters():
    boxes, line = letters_at_ends(page(), LINE, np.array([[0., 110.]]), line_ink(page(), LINE))
    assert boxes.shape == (0, 4) and line.shape == (0,)
