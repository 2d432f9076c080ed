"""Tiles of a view are chosen where there is a doubt, and give what the whole view gives there."""
import pytest
import torch

from mmseg.inference import PageLogits
from mmseg.inference.tiles import Tiles, Window, partial_scales, tile_of, tiled, windows_of
from mmseg.utils import InputError


def grid(*rows):
    return torch.tensor([[mark == '#' for mark in row] for row in rows])


def blurred(image):
    """Logits of a network that sees two pixels around each."""
    return PageLogits(torch.nn.functional.avg_pool2d(image, 5, 1, 2))


def test_scales_that_one_group_of_classes_uses_alone():
    layers = {0: (1.0,), 1: (1.0,), 2: (1.5,), 3: (2.0,)}
    assert partial_scales(layers, [1.0, 1.5, 2.0], 4) == {1.5: [2], 2.0: [3]}
    assert partial_scales({**layers, 1: (1.0, 2.0)}, [1.0, 1.5, 2.0], 4) == {1.5: [2]}
    for others in ({}, {0: (1.0,), 1: (1.0, 1.5)}, {0: (1.0,), 1: (1.0,)}):
        with pytest.raises(InputError, match='name the scale of every class in test_cfg.layers'):
            partial_scales({**others, 2: (1.5,)}, [1.0, 1.5], 4)


def test_rows_of_a_page_lie_in_tiles_of_the_view():
    # 8 rows of a page are 12 of the view: tiles of 4 begin at rows 0, 2.67 and 5.33 of the page
    assert tile_of(8, 12, 4).tolist() == [0, 0, 0, 1, 1, 2, 2, 2]


def test_windows_are_joined_where_that_is_cheaper():
    assert windows_of(grid('....', '....'), 1) == []
    assert windows_of(grid('.##.', '.##.'), 1) == [Window(0, 1, 2, 3)]
    apart = grid('#.........', '..........', '.........#')
    assert sorted(windows_of(apart, 0)) == [(0, 0, 1, 1), (2, 9, 3, 10)]
    assert sorted(windows_of(apart, 1)) == [(0, 0, 1, 1), (2, 9, 3, 10)]
    assert windows_of(apart, 8) == [Window(0, 0, 3, 10)]


def test_tiles_have_the_answers_of_the_whole_view():
    image = torch.rand(1, 3, 320, 256, generator=torch.Generator().manual_seed(0))
    tiles = Tiles(size=64, margin=32, whole=1)
    wanted = grid('....', '.#..', '....', '....', '...#')
    logits, pixels = tiled(blurred, image, wanted, tiles)
    # 64 + 2 * 32 square, and at the corner 64 + 32
    assert pixels == 128 * 128 + 96 * 96
    for rows, columns in ((slice(64, 128), slice(64, 128)), (slice(256, 320), slice(192, 256))):
        torch.testing.assert_close(logits[..., rows, columns],
                                   blurred(image).seg[..., rows, columns], atol=1e-6, rtol=0)
    assert logits[..., 136:248, :].eq(0).all() and logits[..., 128:136, 64:128].ne(0).all()


def test_all_tiles_are_the_view_itself_and_none_costs_nothing():
    image = torch.rand(1, 3, 96, 80)
    logits, pixels = tiled(blurred, image, torch.ones(3, 3, dtype=torch.bool), Tiles(32, 0))
    assert torch.equal(logits, blurred(image).seg) and pixels == 96 * 80
    assert tiled(blurred, image, torch.zeros(3, 3, dtype=torch.bool), Tiles(32, 0)) == (None, 0)
    # windows with margins that would cost more than the view
    checks = grid('#.#', '.#.', '#.#')
    assert tiled(blurred, image, checks, Tiles(32, 32))[1] == 96 * 80


@pytest.mark.parametrize(('whole', 'pixels'), [
    (0.25, 320 * 256), (0.26, 128 * 160), (1, 128 * 160)])
def test_a_view_is_whole_where_windows_hold_a_share_of_it(whole, pixels):
    image = torch.rand(1, 3, 320, 256)
    tiles = Tiles(size=32, margin=32, whole=whole)
    wanted = torch.zeros(10, 8, dtype=torch.bool)
    wanted[3:5, 2:5] = True  # 64 x 96 and the margins: a quarter of the view
    logits, seen = tiled(blurred, image, wanted, tiles)
    assert seen == pixels
    assert torch.equal(logits, blurred(image).seg) == (whole == 0.25)


def test_a_doubt_is_a_score_between_two():
    scores = torch.tensor([[[[0.04, 0.05, 0.5, 0.95, 0.96]], [[0., 0., 0., 0., .5]]]])
    tiles = Tiles(doubt=(0.05, 0.95))
    assert tiles.in_doubt(scores, [0]).tolist() == [[[False, True, True, True, False]]]
    assert tiles.in_doubt(scores, [0, 1]).tolist() == [[[False, True, True, True, True]]]


def test_or_it_is_a_score_near_the_highest_of_the_others():
    scores = torch.tensor([[[[.50, .45, .30, .34, .10]],
                            [[.30, .15, .28, .33, .80]],
                            [[.20, .40, .42, .33, .10]]]])
    tiles = Tiles(doubt=0.125)
    # the class is highest by .2 and by .05, lower by .12 and by .7, or highest by .01
    assert tiles.in_doubt(scores, [0]).tolist() == [[[False, True, True, True, False]]]
    assert tiles.in_doubt(scores, [1]).tolist() == [[[False, False, False, True, False]]]
    assert tiles.in_doubt(scores, [0, 1]).tolist() == [[[False, True, True, True, False]]]
    # of a single channel the other class has the rest
    alone = torch.tensor([[[[.40, .45, .55, .60]]]])
    assert tiles.in_doubt(alone, [0]).tolist() == [[[False, True, True, False]]]


@pytest.mark.parametrize(('values', 'sentence'), [
    ('yes', "is True or has the keys size, margin, doubt and whole, got 'yes'"),
    (dict(sizes=64), r"unknown key 'test_cfg.tiles.sizes'.*size"),
    (dict(size=48), 'tiles.size is a multiple of 32, 32 or more, in pixels, got 48'),
    (dict(margin=-32), 'tiles.margin is a multiple of 32, 0 or more, in pixels, got -32'),
    (dict(doubt=-0.5), 'tiles.doubt is a difference of scores, 0 or more, or two scores, the '
                       'smaller one first, got -0.5'),
    (dict(doubt='low'), "the smaller one first, got 'low'"),
    (dict(doubt=[0.9, 0.1]), 'the smaller one first'),
    (dict(whole=0), 'tiles.whole is a share of the pixels of a view, above 0 and at most 1, got 0'),
    (dict(whole=1.5), 'at most 1, got 1.5')])
def test_settings_out_of_range_are_said(values, sentence):
    assert Tiles.of(True) == Tiles() and Tiles.of(dict(size=64)).size == 64
    with pytest.raises(InputError, match=sentence):
        Tiles.of(values)
