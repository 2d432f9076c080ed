"""Crops by hand, crops that look for a class, holes."""
import numpy as np
import pytest

from mmseg.datasets.pipelines import RandomCrop, RandomCutOut, Resize
from mmseg.datasets.pipelines.crop import label_counts
from mmseg.utils.errors import InputError


def page(label):
    label = np.asarray(label, dtype=np.uint8)
    return dict(img=np.stack([label] * 3, axis=-1), gt_semantic_seg=label,
                seg_fields=['gt_semantic_seg'])


def test_crop_is_the_same_window_of_image_and_label():
    label = np.arange(100).reshape(10, 10)
    corners = set()
    for seed in range(200):
        np.random.seed(seed)
        results = RandomCrop((4, 3))(page(label))
        cut = results['gt_semantic_seg']
        top, left = divmod(int(cut[0, 0]), 10)
        np.testing.assert_array_equal(cut, label[top:top + 4, left:left + 3])
        np.testing.assert_array_equal(results['img'][..., 1], cut)
        assert results['img_shape'] == results['pad_shape'] == (4, 3, 3)
        corners.add((top, left))
    assert {top for top, _ in corners} == set(range(7))  # the last row and column too
    assert {left for _, left in corners} == set(range(8))


def test_crop_leaves_a_small_page():
    results = RandomCrop((20, 5))(page(np.zeros((10, 10))))
    assert results['gt_semantic_seg'].shape == (10, 5)


def test_crop_avoids_windows_of_one_class():
    label = np.zeros((10, 40), dtype=int)
    label[:, 30:] = np.arange(10) % 2 + 1  # columns of 1 and 2
    for seed in range(30):
        np.random.seed(seed)
        cut = RandomCrop((10, 10), cat_max_ratio=.75)(page(label))['gt_semantic_seg']
        mixed = np.bincount(cut.ravel()).max() / cut.size < .75
        # ten more windows: the odds of finding none are (28/31) ** 11 = .33 at the most
        assert mixed or (cut == 0).sum() >= 75
    np.random.seed(0)
    plain = [(RandomCrop((10, 10))(page(label))['gt_semantic_seg'] == 0).all() for _ in range(200)]
    np.random.seed(0)
    picky = [(RandomCrop((10, 10), cat_max_ratio=.75)(page(label))['gt_semantic_seg'] == 0).all()
             for _ in range(200)]
    assert np.mean(plain) > .55 and np.mean(picky) < .15


def test_ignored_pixels_have_no_share():
    label = [[255, 255, 255, 255, 255, 255, 0, 1]]
    crop = RandomCrop((1, 8), cat_max_ratio=.75)
    assert crop._is_mixed(np.array(label, dtype=np.uint8))  # one half each of what is labelled
    assert not crop._is_mixed(np.array([[255, 255, 0, 0]], dtype=np.uint8))
    assert not crop._is_mixed(np.array([[0, 0, 0, 1]], dtype=np.uint8))  # .75 is too much


@pytest.mark.parametrize('kind', [np.uint8, np.int64])
@pytest.mark.parametrize(('numbers', 'mixed'), [
    ({0: 74, 5: 26}, True), ({0: 75, 5: 25}, False), ({5: 75, 0: 25}, False),
    ({0: 10, 5: 90}, False), ({0: 100}, False), ({255: 100}, False), ({255: 20, 3: 80}, False),
    ({255: 50, 3: 38, 4: 12}, False), ({255: 50, 3: 37, 4: 13}, True),
    ({0: 24, 1: 24, 2: 24, 3: 28}, True), ({0: 20, 1: 20, 2: 20, 3: 20, 4: 20}, True),
    ({0: 1, 1: 76, 2: 23}, False)])
def test_a_window_is_mixed_where_no_class_has_three_quarters(numbers, mixed, kind):
    label = np.repeat(list(numbers), list(numbers.values())).reshape(10, 10).astype(kind)
    crop = RandomCrop((10, 10), cat_max_ratio=.75)
    assert crop._is_mixed(label) is mixed
    assert crop._is_mixed(label.T[::-1]) is mixed


@pytest.mark.parametrize('kind', [np.uint8, np.int64])
def test_label_counts(kind):
    assert label_counts(np.array([[0, 3, 3], [255, 3, 0]], dtype=kind)) == {0: 2, 3: 3, 255: 1}


@pytest.mark.parametrize('scale', [None, (250, 250), (60, 60)])
def test_focus_finds_the_rare_class(scale):
    label = np.zeros((100, 100), dtype=np.uint8)
    label[70, 20:30] = 4
    crop = RandomCrop((20, 20), focus=dict(classes=(3, 4), prob=1))
    starts = set()
    for seed in range(60):
        np.random.seed(seed)
        results = page(label)
        if scale is not None:
            results = Resize(img_scale=scale)(results, lazily=seed % 2 == 0)
        cut = crop(results)['gt_semantic_seg']
        assert cut.shape == (20, 20)
        if scale is None or scale[0] >= 100:
            assert (cut == 4).any()
        starts.add(int(np.argmax((cut == 4).any(axis=1))))
    assert len(starts) > 5  # not always in the same place of the window


def test_focus_shares_evenly_between_classes_and_with_plain_windows():
    label = np.zeros((100, 100), dtype=np.uint8)
    label[:50, :] = 3  # half the page
    label[99, 99] = 4  # one pixel
    crop = RandomCrop((10, 10), focus=dict(classes=(3, 4), prob=.5))
    np.random.seed(0)
    found = np.mean([(crop(page(label))['gt_semantic_seg'] == 4).any() for _ in range(400)])
    assert .19 < found < .31  # half of half of the windows


def test_focus_on_a_class_that_is_not_there_is_a_plain_crop():
    label = np.arange(100).reshape(10, 10) % 3
    np.random.seed(1)
    results = RandomCrop((5, 5), focus=dict(classes=(7, )))(page(label))
    assert results['gt_semantic_seg'].shape == (5, 5)


@pytest.mark.parametrize('arguments, sentence', [
    (dict(crop_size=(0, 4)), 'crop_size must be'),
    (dict(crop_size=(4, 4), focus=dict(classs=(1, ))), "did you mean 'classes'"),
    (dict(crop_size=(4, 4), focus=dict(prob=.5)), 'focus needs classes'),
    (dict(crop_size=(4, 4), focus=dict(classes=(1, ), prob=2)), 'between 0 and 1'),
])
def test_crop_says_what_is_wrong(arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        RandomCrop(**arguments)


def test_cut_out_fills_what_it_draws(monkeypatch):
    cut = RandomCutOut(prob=1, n_holes=1, cutout_shape=(2, 1), fill_in=(7, 8, 9), seg_fill_in=5)
    monkeypatch.setattr(cut, '_draw', lambda size: [(1, 2, 0, 2)])
    before = page(np.zeros((2, 3)))
    image = before['img']
    results = cut(before)
    assert results['gt_semantic_seg'].tolist() == [[0, 0, 0], [5, 5, 0]]
    assert results['img'][1].tolist() == [[7, 8, 9], [7, 8, 9], [0, 0, 0]]
    assert not image.any()  # the array that came in stays as it was


def test_cut_out_draws_holes_within_the_page():
    cut = RandomCutOut(prob=1, n_holes=(2, 4), cutout_ratio=[(.5, .25)])
    numbers = set()
    for seed in range(50):
        np.random.seed(seed)
        holes = cut._draw((40, 20))
        numbers.add(len(holes))
        for top, bottom, left, right in holes:
            assert 0 <= top < bottom <= 40 and 0 <= left < right <= 20
            assert bottom == min(top + 10, 40) and right == min(left + 10, 20)
    assert numbers == {2, 3, 4}
    assert RandomCutOut(prob=0, n_holes=3, cutout_shape=(1, 1))._draw((5, 5)) == []
    with pytest.raises(InputError, match='either cutout_shape or cutout_ratio'):
        RandomCutOut(prob=1, n_holes=1)


def test_focus_takes_names_of_the_data_set():
    label = np.zeros((40, 40), np.uint8)
    label[30, 30] = 3
    crop = RandomCrop((5, 5), focus=dict(classes=('table', ), prob=1))
    names = ('background', 'figure', 'text', 'table')
    assert (crop({**page(label), 'class_names': names})['gt_semantic_seg'] == 3).sum() == 1
    for known, message in ((('a', 'tables'), "'table' .did you mean 'tables'.*are a, tables"),
                           ((), 'are not known')):
        with pytest.raises(InputError, match=message):
            crop({**page(label), 'class_names': known})


def test_focus_leaves_out_classes_that_the_data_set_does_not_have():
    label = np.zeros((40, 40), np.uint8)
    label[30, 30] = 1
    crop = RandomCrop((5, 5), focus=dict(classes=('validline', 'stamp'), prob=1))
    known = ('background', 'stamp')
    assert (crop({**page(label), 'class_names': known})['gt_semantic_seg'] == 1).sum() == 1
