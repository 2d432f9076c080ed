import numpy as np
import pytest

from mmseg.layout import joining
from mmseg.layout.joining import join_pieces
from mmseg.layout.regions import RegionOptions, find_regions, joined
from mmseg.utils.errors import InputError

CLASSES = ('background', 'figure', 'text', 'table', 'validline')


def page(*rectangles, size=(768, 768)):
    pred = np.zeros(size, np.uint8)
    for label, left, top, width, height in rectangles:
        pred[top:top + height, left:left + width] = label
    return pred


def scores_of(pred):
    return np.stack([np.where(pred == label, .9, .025) for label in range(5)]).astype(np.float32)


def test_pieces_of_a_table_become_one_region_with_the_text_between_them():
    pred = page((3, 100, 100, 300, 50), (2, 100, 155, 300, 10), (3, 100, 170, 300, 50))
    assert np.array_equal(joined(pred, CLASSES), page((3, 100, 100, 300, 120)))
    regions = find_regions(scores_of(pred), CLASSES)
    assert [(region.name, region.polygon.bounds) for region in regions] == [
        ('table', (100., 100., 400., 220.))]
    # the network's own pixels give the confidence, not what lies between
    assert regions[0].confidence == pytest.approx(.9)


def test_gaps_are_those_of_a_page_of_the_reference_size():
    near = page((3, 100, 100, 300, 50), (3, 100, 174, 300, 50))
    far = page((3, 100, 100, 300, 50), (3, 100, 175, 300, 50))
    assert (joined(near, CLASSES) == 3).sum() == 300 * 124
    assert np.array_equal(joined(far, CLASSES), far)
    twice = np.kron(near, np.ones((2, 2), np.uint8))
    assert (joined(twice, CLASSES) == 3).sum() == 600 * 248
    options = RegionOptions().changed(**{'join_gaps.table': 25})
    assert options.join_gaps == {'figure': 8, 'table': 25}
    assert (joined(far, CLASSES, options) == 3).sum() == 300 * 125
    assert joined(near, CLASSES, RegionOptions(join_gaps={})) is near


def test_specks_between_two_tables_do_not_join_them():
    tables = ((3, 100, 100, 300, 50), (3, 100, 190, 300, 50))
    letters = [(3, left, 165, 6, 8) for left in range(150, 300, 12)]  # 48 pixels each
    pred = page(*tables, *letters)
    assert np.array_equal(joined(pred, CLASSES), pred)
    larger = page(*tables, *((3, left, 165, 7, 8) for left in range(150, 300, 12)))
    assert (joined(larger, CLASSES) == 3).sum() > (larger == 3).sum() + 2000


def test_a_figure_between_two_tables_and_the_border_of_the_page_stay():
    pred = page((3, 0, 0, 300, 50), (1, 0, 50, 300, 20), (3, 0, 70, 300, 50), (3, 0, 758, 300, 5))
    assert np.array_equal(joined(pred, CLASSES), pred)


def test_holes_of_a_ring_are_filled():
    ring = page((1, 100, 100, 200, 200), (0, 130, 130, 140, 140), (2, 150, 150, 50, 50))
    assert np.array_equal(join_pieces(ring, {1: 2}, np.array([0, 2])),
                          page((1, 100, 100, 200, 200)))


@pytest.mark.parametrize('gap', [1, 4, 9])
def test_pieces_far_from_each_other_are_joined_as_all_together(monkeypatch, gap):
    rng = np.random.default_rng(gap)
    pred = np.zeros((300, 400), np.uint8)
    for left, top in zip(rng.integers(0, 380, 60), rng.integers(0, 280, 60)):
        width, height = rng.integers(4, 40, 2)
        pred[top:top + height, left:left + width] = rng.choice([1, 2, 3, 3])
    pred[40:200, 40:46] = pred[40:46, 40:300] = 3  # around pieces of others
    for least in (0, 60):
        found = join_pieces(pred, {3: gap, 1: 2}, np.array([0, 2]), least)
        with monkeypatch.context() as patch:
            patch.setattr(joining, '_MOST', 0)  # one window
            assert np.array_equal(found, join_pieces(pred, {3: gap, 1: 2}, np.array([0, 2]), least))
        assert (found != pred).any()


def test_a_lone_rectangle_stays_and_a_narrow_notch_is_filled():
    alone = page((1, 10, 10, 30, 20), (1, 10, 40, 30, 20))
    assert join_pieces(alone, {1: 9}, np.array([0])) is alone
    notch = page((1, 10, 10, 25, 8), (1, 10, 18, 8, 12), (1, 27, 18, 8, 12))
    assert np.array_equal(join_pieces(notch, {1: 9}, np.array([0])), page((1, 10, 10, 25, 20)))
    assert join_pieces(notch, {1: 8}, np.array([0])) is notch


def test_gaps_below_zero_are_refused():
    with pytest.raises(InputError, match="widest gaps, 0 or more, got {'table': -1}"):
        RegionOptions(join_gaps={'table': -1})
