"""Positions of another grid."""
import numpy as np
import pytest
import torch

from mmseg.models.utils.positions import (
    _geometric_points,
    _spline_matrix,
    resize_distances,
    resize_grid,
)


def test_grid_is_stretched_row_by_row():
    tokens = torch.tensor([0., 0., 1., 1.])[None, :, None]  # 0 above, 1 below
    assert resize_grid(tokens, (2, 2), (2, 3), 'bilinear').flatten().tolist() == [0, 0, 0, 1, 1, 1]
    assert resize_grid(tokens, (2, 2), (4, 1), 'nearest').flatten().tolist() == [0, 0, 1, 1]


def test_same_grid_changes_nothing(waves):
    tokens = waves(1, 6, 4)
    assert torch.equal(resize_grid(tokens, (2, 3), (2, 3)), tokens)


def test_spline_goes_through_any_cubic():
    at, wanted = np.array([-3., -1., 0., 1.5, 4.]), np.linspace(-3, 4, 15)
    cubic = np.poly1d([1., -2., .5, 3.])
    np.testing.assert_allclose(_spline_matrix(at, wanted) @ cubic(at), cubic(wanted), atol=1e-10)


def test_spline_stays_at_its_ends():
    matrix = _spline_matrix(np.arange(5.), np.array([-1., 2., 7.]))
    np.testing.assert_allclose(matrix, [[1, 0, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 1]],
                               atol=1e-12)


def test_spline_between_the_points_of_a_known_one():
    # Through 0, 0, 1, 0, 0 at 0 to 4: one cubic up to 2, flat there, x (x - 1) (2 - .75 x).
    value = _spline_matrix(np.arange(5.), np.array([1.5, 2.5])) @ np.array([0, 0, 1, 0, 0])
    assert value == pytest.approx([.65625, .65625])


def test_distances_grow_by_one_factor():
    points = _geometric_points(7, 10)
    steps = np.diff(points[3:])
    np.testing.assert_allclose(points[3:][[0, 1, -1]], [0, 1, points[-1]])
    assert steps[1] / steps[0] == pytest.approx(steps[2] / steps[1])
    assert points[-1] == pytest.approx(1 + 1.5 + 1.5**2, abs=1e-4)  # 10 is out of reach: 1.5 most
    assert _geometric_points(7, 4)[-1] == pytest.approx(4, abs=1e-4)


def test_middle_of_the_distances_stays():
    table = torch.arange(25.)[:, None]
    larger = resize_distances(table, 5, (7, 9)).view(7, 9)
    assert larger[3, 4].item() == pytest.approx(12)
    assert larger[0, 0].item() == pytest.approx(0, abs=1e-4)
    assert larger[6, 8].item() == pytest.approx(24, abs=1e-4)
    assert resize_distances(table, 5, (5, 5)) is table
