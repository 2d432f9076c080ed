"""Parts of text pixels are split into lines where rows have no ink."""
import numpy as np
import pytest
from shapely.geometry import Polygon, box

from mmseg.layout.ink import Grids, evenly, inks, row_sums, split_lines


def test_each_part_is_split_into_its_own_lines():
    image = np.full((100, 200), 250, np.uint8)
    for top in (12, 32, 62):  # letters of 8 rows, 4 columns wide
        for left in range(12, 90, 8):
            image[top:top + 8, left:left + 4] = 20
    image[62:70, 110:180:8] = 20
    parts = [box(10, 10, 92, 42), box(10, 60, 92, 72), box(105, 50, 185, 80), box(10, 80, 92, 98)]
    two, low, one, blank = split_lines(parts, image, np.eye(2))
    # halfway between the rows of ink, which end at 20 and begin at 32
    assert [line.bounds for line in two] == [(10, 10, 92, 26), (10, 26, 92, 42)]
    assert (low, one, blank) == ([parts[1]], [parts[2]], [parts[3]])
    assert split_lines([], image, np.eye(2)) == []


def test_a_part_in_two_pieces_within_a_row_keeps_the_larger_one():
    image = np.full((60, 120), 250, np.uint8)
    for top in (4, 24):
        image[top:top + 8, 4:100:2] = 20
    # the part's lower half consists of two legs, the left one is wider
    part = Polygon([(0, 0), (110, 0), (110, 36), (90, 36), (90, 16), (60, 16), (60, 36), (0, 36)])
    [lines] = split_lines([part], image, np.eye(2))
    assert [line.bounds for line in lines] == [(0, 0, 110, 18), (0, 18, 60, 36)]


def test_parts_of_a_turned_page_are_split_as_their_lines_run():
    image = np.full((80, 60), 250, np.uint8)
    for left in (12, 32):  # lines that run down the page
        image[10:70:2, left:left + 8] = 20
    quarter = np.array([[0., -1.], [1., 0.]])  # the right column comes to the top
    [lines] = split_lines([box(8, 4, 44, 76)], image, quarter)
    assert [tuple(np.round(line.bounds, 9)) for line in lines] == [(26, 4, 44, 76), (8, 4, 26, 76)]


def test_ranges_follow_each_other_with_their_own_steps():
    ends = (np.array([0., 5.]), np.array([1., 9.]))
    assert evenly(*ends, np.array([3, 2])).tolist() == [0, 0.5, 1, 5, 9]
    assert evenly(np.empty(0), np.empty(0), np.empty(0, int)).tolist() == []


def test_ink_of_lines_is_looked_at_in_the_rows_of_each():
    image = np.full((20, 40), 250, np.uint8)
    image[5:10, 10:20], image[2:4, 30:34] = 20, 20
    grids = Grids(along=np.array([[5.5, 7.5], [15.5, 7.5], [25.5, 7.5], [31., 3.], [39.5, 3.]]),
                  width=np.array([3, 2]),
                  across=np.array([[0., 0.], [0., 4.], [0., -1.], [0., 0.], [0., 6.]]),
                  height=np.array([2, 3]))
    two, one = inks(grids, [box(2, 2, 28, 14), box(29, 0, 40, 10)], image)
    # a place between two pixels of ink and two of paper has half
    assert two.tolist() == [[0, 1, 0], [0, 0, 0]]
    assert one.tolist() == [[0.5, 0], [1, 0], [0, 0]]
    assert inks(grids, [box(2, 15, 28, 19), box(29, 12, 40, 19)], image) == [None, None]
    assert inks(Grids(*(part[:0] for part in grids)), [], image) == []


def test_the_ink_of_a_page_is_what_there_is_less_of():
    image = np.full((20, 40), 20, np.uint8)
    image[5:10, 10:20] = 250
    grids = Grids(np.array([[15.5, 7.5], [2.5, 7.5], [27.5, 7.5]]), np.array([3]),
                  np.array([[0., 0.], [0., -6.], [0., 6.]]), np.array([3]))
    [ink] = inks(grids, [box(2, 2, 28, 14)], image)
    assert ink.tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize('turned', [False, True])
def test_the_ink_of_rows_is_that_of_their_places(turned):
    image = np.full((20, 40), 250, np.uint8)
    image[5:10, 10:20], image[2:4, 36:40] = 20, 20
    parts = [box(2, 2, 28, 14), box(29, 0, 40, 10), box(2, 15, 28, 19)]
    along = np.array([[5.5, 0], [10, 0], [15.5, 0], [30, 0], [40, 0], [5, 0], [9, 0]])
    across = np.array([[0, 7.5], [0, 10], [0, 0], [0, 3.5], [0, 16.5], [0, 17.5]])
    if turned:  # the rows run down the page
        image, along, across = image.T, along[:, ::-1], across[:, ::-1]
        parts = [box(*np.array(part.bounds)[[1, 0, 3, 2]]) for part in parts]
    grids = Grids(along, np.array([3, 2, 2]), across, np.array([2, 2, 2]))
    # between two pixels, or one and the edge of the page, a place has half of each
    assert row_sums(grids, parts, image).tolist() == [1.5, 0.75, 0, 0.5, 0, 0]


def test_a_band_of_dots_belongs_to_the_letters_below_it():
    image = np.full((60, 120), 250, np.uint8)
    image[30:40, 10:110:4] = 20
    image[26:28, 10:110:8] = 20  # as of letters i
    assert split_lines([box(0, 20, 120, 50)], image, np.eye(2)) == [[box(0, 20, 120, 50)]]
    image[6:14, 10:110:4] = 20
    [lines] = split_lines([box(0, 0, 120, 50)], image, np.eye(2))
    assert [line.bounds for line in lines] == [(0, 0, 120, 20), (0, 20, 120, 50)]
