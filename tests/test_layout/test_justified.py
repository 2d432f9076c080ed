"""Pieces of justified lines, 10 pixels high and 14 apart."""
import numpy as np
import pytest
import shapely

from mmseg.layout.justified import justified_pairs

FULL = (0, 0, 200, 10)
NONE = shapely.STRtree([])


def pairs(boxes, walls=NONE):
    return justified_pairs(np.array(boxes, float), np.zeros(len(boxes)), walls).T.tolist()


@pytest.mark.parametrize('other', [(0, 0, 200, 10), (0, 28, 200, 38)])
def test_wide_gaps_within_a_line_that_is_as_long_as_its_neighbour(other):
    pieces = [(0, 14, 60, 24), (85, 14, 120, 24), (145, 14, 200, 24)]
    assert sorted(pairs([other, *pieces])) == [[1, 2], [2, 3]]


@pytest.mark.parametrize('boxes', [
    # the neighbour ends elsewhere, is far, or is not there; gaps are too wide; there is much white
    [(0, 0, 150, 10), (0, 14, 90, 24), (110, 14, 200, 24)],
    [FULL, (0, 30, 90, 40), (110, 30, 200, 40)],
    [(0, 14, 90, 24), (110, 14, 200, 24)],
    [FULL, (0, 14, 80, 24), (120, 14, 200, 24)],
    # two lines, next to which a piece is
    [FULL, (0, 12, 170, 24), (0, 17, 160, 29), (175, 14, 200, 26)],
    [FULL, (0, 14, 20, 24), (45, 14, 65, 24), (92, 14, 108, 24), (135, 14, 155, 24),
     (183, 14, 200, 24)],
])
def test_other_pieces_of_a_row_are_not_joined(boxes):
    assert pairs(boxes) == []


def test_nothing_is_joined_across_a_wall():
    boxes = [FULL, (0, 14, 90, 24), (110, 14, 200, 24)]
    assert pairs(boxes) == [[1, 2]]
    assert pairs(boxes, shapely.STRtree([shapely.box(99, 0, 101, 100)])) == []
