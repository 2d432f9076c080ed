"""How lines begin, by ink that is 10 pixels high."""
import numpy as np
import pytest

from mmseg.layout.words import LineStart, LineStarts, line_starts


def ink(*runs, width=200):
    found = np.zeros((14, width), np.float32)
    for first, last in runs:
        found[2:12, first:last] = 1
    return found


def starts(*lines, scale=1., **more):
    return line_starts(lines, np.full(len(lines), 10.), np.full(len(lines), scale), **more)


def test_first_word_and_the_white_after_it():
    found, = starts(ink((3, 8), (9, 20), (24, 40), (43, 60)))
    assert found == LineStart(ink=3, word=20, text=24, clear=20, usual=3)


def test_the_only_word_of_a_line_has_nothing_after_it():
    found, = starts(ink((0, 50)))
    assert found == LineStart(ink=0, word=50, text=np.inf, clear=50, usual=pytest.approx(2.8))


def test_where_a_wide_gap_is_near_narrow_ones_may_be_within_a_word():
    found, = starts(ink((0, 5), (7, 12), (14, 20), (26, 60)))
    assert (found.word, found.clear) == (5, 20)
    far, = starts(ink((0, 5), (7, 130), (136, 150)))
    assert far.clear == 5


def test_several_lines_keep_apart_and_are_in_pixels():
    one, two, none = starts(ink((0, 10), (15, 30)), ink((5, 20), (23, 40)), ink(), scale=2.)
    assert (one.word, one.text, two.ink, two.word, two.text) == (20, 30, 10, 40, 46)
    assert none.ink == 0 and none.word == none.text == np.inf


def test_lines_that_begin_at_the_right():
    found, = starts(ink((100, 150), (160, 195)), mirrored=True)
    assert (found.ink, found.word, found.text) == (5, 40, 50)


def test_lines_whose_ink_is_unknown_have_no_first_word():
    found = LineStarts.of([LineStart(1, 2, 3, 2, 1), None])
    assert found.text.tolist() == [3, np.inf] and found.some(np.array([0])).ink.tolist() == [1]
