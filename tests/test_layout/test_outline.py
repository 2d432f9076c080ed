"""Outlines of masks, and the centre lines of thin ones."""
import cv2
import numpy as np
import pytest
import shapely

from mmseg.layout.outline import centreline, outline, rotated_box, thin


def drawn(*rows):
    return np.array([[char == '#' for char in row] for row in rows]).astype(np.uint8)


def parts_of_noise(seed):
    """Connected parts of random masks: frayed, with holes, spurs and touching corners."""
    rng = np.random.default_rng(seed)
    noise = rng.random((40, 50)).astype(np.float32)
    for blur in (0, 1, 2):
        image = cv2.GaussianBlur(noise, (0, 0), blur) if blur else noise
        mask = (image > np.quantile(image, rng.uniform(.3, .7))).astype(np.uint8)
        count, ids = cv2.connectedComponents(mask, connectivity=8)
        for number in range(1, count):
            yield (ids == number).astype(np.uint8)


def contains_centres(polygon, mask):
    rows, cols = np.nonzero(mask)
    return shapely.contains_xy(polygon, cols + .5, rows + .5).all()


def test_a_rectangle_runs_along_the_edges_of_its_pixels():
    polygon = outline(np.ones((5, 10), np.uint8), (3, 4))
    assert polygon.equals(shapely.box(3, 4, 13, 9))


@pytest.mark.parametrize('shape, box', [
    ((1, 1), (0, 0, 1, 1)), ((1, 7), (0, 0, 7, 1)), ((6, 1), (0, 0, 1, 6)), ((2, 1), (0, 0, 1, 2))])
def test_parts_one_pixel_wide(shape, box):
    assert outline(np.ones(shape, np.uint8)).equals(shapely.box(*box))


def test_a_hole_is_kept_and_a_speck_of_one_is_filled():
    mask = np.ones((20, 30), np.uint8)
    mask[5:15, 10:20] = 0
    mask[2, 2] = 0
    polygon = outline(mask, min_hole=5)
    hole, = polygon.interiors
    assert hole.bounds == (10, 5, 20, 15)
    assert polygon.area == 600 - 100


def test_a_ring_one_pixel_thick():
    polygon = outline(drawn('####', '#..#', '####'))
    assert polygon.equals(shapely.box(0, 0, 4, 3) - shapely.box(1, 1, 3, 2))


def test_spurs_stay_part_of_the_outline():
    mask = drawn('###....',
                 '#######',
                 '###....')
    exact = shapely.union(shapely.box(0, 0, 3, 3), shapely.box(3, 1, 7, 2))
    # contours cut across inner corners
    assert outline(mask).symmetric_difference(exact).area < .7


@pytest.mark.parametrize('seed', range(8))
def test_outlines_of_anything_are_valid_and_hold_their_pixels(seed):
    for mask in parts_of_noise(seed):
        exact = outline(mask)
        assert exact.geom_type == 'Polygon' and exact.is_valid and not exact.is_empty
        assert contains_centres(exact, mask)
        for tolerance in (1., 3.):
            simple = outline(mask, tolerance=tolerance, min_hole=4)
            assert simple.geom_type == 'Polygon' and simple.is_valid and simple.area > 0
            assert simple.exterior.hausdorff_distance(exact.exterior) <= 2 * tolerance


def middle(mask):
    polygon = outline(mask)
    return centreline(mask, (0, 0), polygon, rotated_box(polygon))


@pytest.mark.parametrize('transpose', [False, True])
def test_a_straight_line(transpose):
    mask = np.ones((4, 100), np.uint8)
    points, thickness = middle(mask.T.copy() if transpose else mask)
    expected = np.array([[0, 2], [100, 2]], float)
    assert points == pytest.approx(expected[:, ::-1] if transpose else expected, abs=1e-3)
    assert thickness == pytest.approx(4)


def test_a_slanted_line():
    mask = np.zeros((200, 220), np.uint8)
    ends = np.array([[20., 20.], [180., 140.]])  # 200 pixels long
    across = np.array([-.6, .8]) * 3
    corners = np.concatenate([ends + across, ends[::-1] - across])
    cv2.fillPoly(mask, [np.rint(corners * 16).astype(int)], 1, shift=4)
    points, thickness = middle(mask)
    assert points == pytest.approx(ends + .5, abs=1.5)
    assert thickness == pytest.approx(6, abs=1.)  # fillPoly takes the pixels of the rim too


def test_a_bent_line():
    mask = np.zeros((100, 100), np.uint8)
    mask[9:92, 9:12] = mask[9:12, 9:92] = 1
    points, thickness = middle(mask)
    way = shapely.LineString(points)
    true = shapely.LineString([[10.5, 90.5], [10.5, 10.5], [90.5, 10.5]])
    assert way.hausdorff_distance(true) < 3
    assert thickness == pytest.approx(3, abs=.1)


def test_a_frame_runs_around():
    mask = np.ones((60, 100), np.uint8)
    mask[4:-4, 4:-4] = 0
    points, thickness = middle(mask)
    assert thickness == pytest.approx(4, abs=.1)
    assert np.array_equal(points[0], points[-1])
    assert shapely.Polygon(points).bounds == pytest.approx((2, 2, 98, 58), abs=.2)


def test_branches_are_left_out():
    mask = np.zeros((60, 200), np.uint8)
    mask[10:13] = 1
    mask[10:40, 150:153] = 1
    points, _ = middle(mask)
    assert np.abs(points[:, 1] - 11.5).max() <= 1.5
    assert points[-1, 0] - points[0, 0] > 190


def test_thinning_leaves_one_pixel_and_keeps_together():
    mask = np.zeros((12, 40), np.uint8)
    mask[3:8, 2:38] = 1
    skeleton = thin(mask)
    assert (skeleton.sum(axis=0) <= 1).all() and skeleton[5].sum() >= 30
    assert cv2.connectedComponents(skeleton, connectivity=8)[0] == 2
