"""Four pages on one, by hand."""
import numpy as np
import pytest

from mmseg.datasets.pipelines import RandomMosaic
from mmseg.utils.errors import InputError


def page(value, height=2, width=2):
    return dict(img=np.full((height, width, 3), value, np.uint8),
                gt_semantic_seg=np.full((height, width), value, np.uint8),
                seg_fields=['gt_semantic_seg'])


def mosaic(center, others, first=None):
    transform = RandomMosaic(prob=1, img_scale=(2, 2), pad_val=7, seg_pad_val=9)
    transform._draw = lambda: center
    results = transform({**(first or page(1)), 'mix_results': others})
    assert results['img_shape'] == (4, 4, 3)
    return results['gt_semantic_seg'].tolist(), results['img'][..., 1].tolist()


def test_pages_meet_at_the_centre():
    label, image = mosaic((2, 2), [page(2), page(3), page(4)])
    assert label == image == [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]


def test_pages_are_cut_and_gaps_filled():
    label, image = mosaic((1, 3), [page(2), page(3), page(4)])
    assert label == [[9, 1, 1, 2], [9, 3, 3, 4], [9, 3, 3, 4], [9, 9, 9, 9]]
    assert image == [[7, 1, 1, 2], [7, 3, 3, 4], [7, 3, 3, 4], [7, 7, 7, 7]]


def test_the_inner_corner_of_a_page_is_what_stays():
    pages = [page(0) for _ in range(4)]
    for number, numbered in enumerate(pages):
        numbered['gt_semantic_seg'] = np.array([[0, 1], [2, 3]], np.uint8) + 10 * number
    label, _ = mosaic((1, 1), pages[1:], pages[0])
    assert label == [[3, 12, 13, 9], [21, 30, 31, 9], [23, 32, 33, 9], [9, 9, 9, 9]]
    label, _ = mosaic((3, 3), pages[1:], pages[0])
    assert label == [[9, 9, 9, 9], [9, 0, 1, 10], [9, 2, 3, 12], [9, 20, 21, 30]]


def test_pages_fit_into_their_frame():
    label, _ = mosaic((2, 2), [page(2, 4, 2), page(3), page(4)])
    assert label[0] == [1, 1, 2, 9]  # 4 x 2 became 2 x 1


def test_draws():
    transform = RandomMosaic(prob=1, img_scale=(100, 10))
    for seed in range(30):
        np.random.seed(seed)
        row, column = transform._draw()
        assert 50 <= row <= 150 and 5 <= column <= 15
        assert all(0 <= index < 4 for index in transform.get_indexes(range(4)))
    assert RandomMosaic(prob=0)._draw() is None


@pytest.mark.parametrize('others, number', [({}, 0), (dict(mix_results=[page(2)]), 1)])
def test_a_mosaic_without_its_other_pages_says_where_they_come_from(others, number):
    with pytest.raises(InputError, match=rf"in 'mix_results', got {number}; .*MultiImageMixData"):
        RandomMosaic(prob=0.001, img_scale=(2, 2))({**page(1), **others})
    kept = RandomMosaic(prob=0, img_scale=(2, 2))({**page(1), **others})
    assert kept['gt_semantic_seg'].tolist() == [[1, 1], [1, 1]]
