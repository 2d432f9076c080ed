"""Baselines of many lines are those that each line has alone."""
import numpy as np
import pytest
from shapely import affinity
from shapely.geometry import Polygon, box

from mmseg.layout.baseline import find_baseline, find_baselines


def lines(number):
    """Lines of all lengths and turns, some of them bent."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(number):
        width, height = rng.uniform(100, 200), rng.uniform(4, 20)
        x = np.linspace(0, width, 12)
        bend = rng.choice([0., 0.6]) * height * np.sin(x / width * np.pi)
        line = Polygon([*zip(x, bend), *zip(x[::-1], bend[::-1] + height)])
        found.append(affinity.translate(affinity.rotate(line, rng.uniform(-20, 20)),
                                        *rng.uniform(0, 500, 2)))
    return found


@pytest.mark.parametrize('vertical', [False, True])
def test_lines_together_are_the_lines_alone(vertical):
    some = lines(300)
    for line, found in zip(some, find_baselines(some, vertical=vertical), strict=True):
        alone = find_baseline(line, vertical=vertical)
        np.testing.assert_allclose(found.points, alone.points, atol=1e-9)
        assert found.x_height is None


def test_short_lines_run_as_those_of_the_page_do():
    """A letter is higher than wide, and its smallest rectangle tells nothing."""
    letter = find_baselines([box(10, 20, 18, 38), box(40, 20, 240, 38)])[0]
    np.testing.assert_allclose(letter.points, [[10, 38], [18, 38]], atol=1e-4)
    turned = find_baselines([affinity.rotate(line, 10, origin=(0, 0))
                             for line in (box(10, 20, 18, 38), box(40, 20, 240, 38))])[0]
    slope = np.subtract(*turned.points[::-1])
    assert np.degrees(np.arctan2(slope[1], slope[0])) == pytest.approx(10, abs=0.1)


def test_without_ink_it_is_the_lower_side():
    level, steep = find_baselines([box(10, 20, 110, 32), box(0, 0, 100, 60)])
    np.testing.assert_allclose(level.points, [[10, 32], [110, 32]], atol=1e-4)
    np.testing.assert_allclose(steep.points, [[0, 60], [100, 60]], atol=1e-4)
    turned, = find_baselines([affinity.rotate(box(10, 20, 110, 32), 10, origin=(0, 0))])
    wanted = np.array(affinity.rotate(Polygon([(10, 32), (110, 32), (0, 0)]), 10, origin=(0, 0))
                      .exterior.coords)[:2]
    np.testing.assert_allclose(turned.points, wanted, atol=1e-3)


def test_a_vertical_line_has_its_middle():
    found, = find_baselines([box(20, 10, 30, 110)], vertical=True)
    np.testing.assert_allclose(found.points, [[25, 10], [25, 110]], atol=1e-4)
    assert find_baselines([]) == []


def test_the_baseline_of_a_single_letter_is_level():
    image = np.full((60, 60), 255, np.uint8)
    for column in range(10):  # its foot is slanted
        image[20:38 + column // 2, 20 + column] = 0
    letter = box(15, 14, 37, 48)
    (_, left), (_, right) = find_baseline(letter, image).points.tolist()
    assert left == right and 38 <= left <= 43
    text = np.tile(image, (1, 5))
    ends = find_baseline(box(15, 14, 275, 48), text).points[:, 1]
    assert abs(ends[1] - ends[0]) < 1 and 38 <= ends.min() <= 43
