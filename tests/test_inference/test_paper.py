"""The paper of a page: levels and noise."""
import numpy as np
import pytest

from mmseg.inference.paper import is_noisy, level_of_share, paper_levels, paper_noise


def test_levels_of_the_paper_do_not_see_letters_and_follow_the_light():
    page = np.tile(np.linspace(100, 200, 800).astype(np.uint8), (1120, 1))
    light = page.astype(int)
    page[200:210, 100:700:12] = 0
    assert np.abs(paper_levels(page).astype(int) - light).max() <= 4


def test_noise_is_that_of_the_blank_paper():
    depth = np.zeros((10, 10), np.uint8)
    depth[:, 5:] = 9
    blank = np.ones((10, 10), bool)
    assert paper_noise(depth, blank) == 9
    blank[:, 5:] = False
    assert paper_noise(depth, blank) == paper_noise(depth, ~(blank | True)) == 0


@pytest.mark.parametrize('share, level', [(.2, 0), (.25, 0), (.26, 3), (.75, 3), (.8, 200),
                                          (1, 200)])
def test_a_share_of_the_pixels_does_not_exceed_its_level(share, level):
    levels = np.array([[0, 3, 3, 200, 9]], np.uint8)
    assert level_of_share(levels, levels != 9, share) == level


@pytest.mark.parametrize('noise, share, noisy', [(2, .3, True), (1, 1, False), (9, .2, False)])
def test_paper_is_noisy_where_a_quarter_of_it_differs_by_more_than_one_level(noise, share, noisy):
    depth = np.zeros((100, 100), np.uint8)
    depth[:int(100 * share)] = noise
    assert is_noisy(depth, np.ones((100, 100), bool)) == noisy


def test_edges_next_to_what_is_not_paper_are_not_noise():
    depth, blank = np.zeros((100, 100), np.uint8), np.ones((100, 100), bool)
    blank[::20] = False
    for row in (1, 2, 3):
        depth[row::20] = 90
    assert not is_noisy(depth, blank)
    depth[4:] = 90
    assert is_noisy(depth, blank)
