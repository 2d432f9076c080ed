"""Which pixels lie in a polygon."""
import numpy as np
import pytest
from shapely.geometry import GeometryCollection, LineString, MultiPolygon, Polygon, box

from mmseg.utils.polygons import fill_polygon, largest_polygon, polygon_runs


def test_runs_are_row_first_column_and_the_one_behind_the_last():
    # the slanted side crosses the centres of the last two rows at x = 4 and 2
    corners = np.array([(1, 1), (5, 1), (5, 2), (1, 4)], float)
    assert polygon_runs(corners, (6, 6)).tolist() == [[1, 1, 5], [2, 1, 4], [3, 1, 2]]
    assert polygon_runs(corners, (3, 3)).tolist() == [[1, 1, 3], [2, 1, 3]]


def test_a_row_may_have_several_runs():
    comb = np.array([(0, 0), (5, 0), (5, 2), (4, 2), (4, 1), (1, 1), (1, 2), (0, 2)], float)
    assert polygon_runs(comb, (9, 9)).tolist() == [[0, 0, 5], [1, 0, 1], [1, 4, 5]]


@pytest.mark.parametrize('nothing', [
    np.zeros((0, 2)), np.array([(1.6, 1), (2.4, 1), (2.4, 3), (1.6, 3)]), np.full((3, 2), -2.)])
def test_no_centres_are_no_runs(nothing):
    assert polygon_runs(nothing, (5, 5)).shape == (0, 3)


def test_runs_are_those_of_the_mask():
    rng = np.random.default_rng(0)
    for number in range(200):  # most cross themselves, and some leave the page
        corners = rng.uniform(-3, 12, (rng.integers(3, 9), 2))
        corners = np.round(corners * 2) / 2 if number % 2 else corners
        (top, left), inside = fill_polygon(corners, (9, 8))
        mask, runs = np.zeros((9, 8), bool), np.zeros((9, 8), bool)
        mask[top:top + inside.shape[0], left:left + inside.shape[1]] = inside[:9, :8 - left]
        for row, first, behind in polygon_runs(corners, (9, 8)):
            assert not runs[row, max(first - 1, 0):behind + 1].any()  # no run touches another
            runs[row, first:behind] = True
        assert np.array_equal(mask, runs)


def test_the_largest_polygon_of_a_shape():
    small, large = box(0, 0, 1, 2), box(5, 0, 8, 1)
    line = LineString([(0, 0), (9, 9)])
    assert largest_polygon(small) is not None and largest_polygon(small).equals(small)
    assert largest_polygon(GeometryCollection([line, small, MultiPolygon([large])])).equals(large)
    assert largest_polygon(line) is None and largest_polygon(Polygon()) is None
