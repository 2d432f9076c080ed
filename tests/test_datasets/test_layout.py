"""LabelErosion and LabelBootstrap on label maps small enough to draw by hand."""
import numpy as np
import pytest

from mmseg.datasets.builder import PIPELINES
from mmseg.datasets.pipelines.layout import (
    Crop,
    LabelBootstrap,
    LabelErosion,
    each_component,
    shrink_by_ratio,
    vatti_offset,
)
from mmseg.utils.errors import InputError


def label_map(*rows):
    """A label map from strings: a digit a pixel, ``.`` for background, ``x`` for ignored."""
    return np.array([[{'.': 0, 'x': 255}[c] if c in '.x' else int(c) for c in row]
                     for row in rows], np.uint8)


def drawn(seg):
    return [''.join({0: '.', 255: 'x'}.get(v, str(v)) for v in row) for row in seg.tolist()]


PAGE = label_map('..........',
                 '.11111.33.',
                 '.11111.33.',
                 '.11111....',
                 '.11111.2..',
                 '.11111....',
                 '..........',
                 '4444444444')


def test_pixels_take_the_rim_of_every_object_but_thin_lines():
    assert drawn(LabelErosion(pixels=1).erode(PAGE)) == [
        '..........',
        '.......33.',
        '..111..33.',
        '..111.....',
        '..111..2..',
        '..........',
        '..........',
        '4444444444']


def test_an_offset_beyond_the_object_leaves_its_deepest_pixels():
    assert drawn(LabelErosion(pixels=99).erode(PAGE)) == [
        '..........',
        '.......33.',
        '.......33.',
        '...1......',
        '.......2..',
        '..........',
        '..........',
        '4444444444']


def test_pixels_are_measured_to_the_border_of_the_page_too():
    assert drawn(LabelErosion(pixels=1).erode(label_map('222', '222', '222'))) == [
        '...', '.2.', '...']


def test_half_a_pixel_takes_nothing_and_a_little_more_takes_the_rim():
    seg = label_map('.....', '.111.', '.111.', '.111.', '.....')
    assert (LabelErosion(pixels=0.5).erode(seg) == seg).all()
    assert drawn(LabelErosion(pixels=0.6).erode(seg))[2] == '..1..'


def test_a_concave_object_keeps_its_shape_under_an_offset():
    seg = label_map('1111111',
                    '1111111',
                    '1111111',
                    '111....',
                    '111....',
                    '111....')
    assert drawn(LabelErosion(pixels=1).erode(seg)) == [
        '.......',
        '.11111.',
        '.1.....',
        '.1.....',
        '.1.....',
        '.......']


def test_ratio_scales_about_the_centre():
    seg = label_map('............',
                    '.1111111111.',
                    '.1111111111.',
                    '.1111111111.',
                    '.1111111111.',
                    '............')
    assert drawn(LabelErosion(ratio=0.5).erode(seg)) == [
        '............',
        '............',
        '....1111....',
        '....1111....',
        '............',
        '............']


@pytest.mark.parametrize('ratio', [0.3, 0.55, 0.7, 0.75, 0.9])
@pytest.mark.parametrize('size', [(7, 12), (10, 10), (5, 31)])
def test_ratio_takes_the_same_from_both_sides(ratio, size):
    kept = shrink_by_ratio(np.ones(size, np.uint8), ratio)
    assert (kept == kept[::-1]).all() and (kept == kept[:, ::-1]).all()
    for side, left in zip(size, (kept.any(1).sum(), kept.any(0).sum()), strict=True):
        assert abs(left - side * ratio) <= 1


def test_a_ring_loses_its_rim_since_its_centre_is_not_its_own():
    ring = np.ones((20, 20), np.uint8)
    ring[5:15, 5:15] = 0
    # A quarter of 300 pixels are 75. Sixty lie 2.5 deep; at each inner corner one more lies
    # sqrt(8) - 0.5 deep and two lie sqrt(5) - 0.5 deep, 72 in all.
    expected = np.zeros((20, 20), bool)
    expected[2:18, 2:18] = True
    expected[3:17, 3:17] = False
    for y, x in ((3, 3), (3, 4), (4, 3)):
        for flipped in ((y, x), (19 - y, x), (y, 19 - x), (19 - y, 19 - x)):
            expected[flipped] = True
    np.testing.assert_array_equal(shrink_by_ratio(ring, 0.5), expected)


def test_a_c_keeps_its_shape_under_a_ratio():
    seg = label_map('111111111',
                    '111111111',
                    '111111111',
                    '111......',
                    '111......',
                    '111......',
                    '111111111',
                    '111111111',
                    '111111111')
    assert drawn(LabelErosion(ratio=0.5).erode(seg)) == [
        '.........',
        '.1111111.',
        '.1.......',
        '.1.......',
        '.1.......',
        '.1.......',
        '.1.......',
        '.1111111.',
        '.........']


def test_vatti_offset_of_rectangles_by_hand():
    # A = 200, L = 60, 1 - 0.4^2 = 0.84: 2.8 pixels.
    assert vatti_offset(np.ones((10, 20), np.uint8), 0.4) == pytest.approx(2.8)
    # One pixel: A = 1, L = 4.
    assert vatti_offset(np.ones((1, 1), np.uint8), 0.5) == pytest.approx(0.1875)


def test_vatti_offset_counts_the_rim_of_holes():
    mask = np.ones((40, 40), np.uint8)
    mask[10:30, 10:30] = 0
    # A = 1200, L about 160 + 80.
    assert vatti_offset(mask, 0.5) == pytest.approx(1200 * 0.75 / 240, rel=0.01)


def test_vatti_ratio_shrinks_by_its_offset():
    seg = np.zeros((14, 24), np.uint8)
    seg[2:12, 2:22] = 2
    expected = np.zeros_like(seg)
    expected[5:9, 5:19] = 2  # 2.8 pixels off each side: the third pixel's centre lies 2.5 inside
    np.testing.assert_array_equal(LabelErosion(vatti_ratio=0.4).erode(seg), expected)


def test_classes_go_their_own_ways():
    erosion = LabelErosion(pixels=1, per_class={'figure': None, 'validline': {'pixels': 1}})
    seg = label_map('11122244', '11122244', '11122244')
    assert drawn(erosion.erode(seg)) == ['111...44', '111.2.44', '111...44']
    seg = label_map('444', '444', '444')
    assert drawn(erosion.erode(seg)) == ['...', '.4.', '...']


def test_per_class_alone_leaves_other_classes_alone():
    erosion = LabelErosion(per_class={2: {'pixels': 1}})
    assert drawn(erosion.erode(label_map('111222', '111222', '111222'))) == [
        '111...', '111.2.', '111...']


def test_what_is_taken_off_can_be_ignored_and_ignored_pixels_are_not_objects():
    seg = label_map('111xxx', '111xxx', '111xxx')
    assert drawn(LabelErosion(pixels=1, fill_label=255).erode(seg)) == [
        'xxxxxx', 'x1xxxx', 'xxxxxx']
    assert drawn(LabelErosion(pixels=1).erode(seg)) == ['...xxx', '.1.xxx', '...xxx']


def test_erosion_makes_new_label_maps_and_leaves_the_image():
    image, seg = np.full((8, 10, 3), 9, np.uint8), PAGE.copy()
    results = {'img': image, 'gt_semantic_seg': seg, 'gt_other': seg.copy(),
               'seg_fields': ['gt_semantic_seg', 'gt_other']}
    out = LabelErosion(pixels=1)(results)
    assert out['img'] is image and (image == 9).all()
    assert (seg == PAGE).all()
    for key in ('gt_semantic_seg', 'gt_other'):
        assert (out[key] == 1).sum() == 9


def test_erosion_treats_its_share_of_pages():
    np.random.seed(0)
    erosion = LabelErosion(pixels=1, prob=0.25)
    treated = sum((erosion({'gt_semantic_seg': PAGE, 'seg_fields': ['gt_semantic_seg']})
                   ['gt_semantic_seg'] != PAGE).any() for _ in range(400))
    assert 75 <= treated <= 125
    untouched = {'gt_semantic_seg': PAGE, 'seg_fields': ['gt_semantic_seg']}
    assert LabelErosion(pixels=1, prob=0)(untouched)['gt_semantic_seg'] is PAGE


@pytest.mark.parametrize('settings, sentence', [
    ({}, 'exactly one'),
    ({'pixels': 1, 'ratio': 0.5}, 'exactly one'),
    ({'ratio': 1.5}, 'ratio is in'),
    ({'pixels': -1}, 'pixels is 0 or more'),
    ({'pixels': 1, 'skip_classes': ['validlines']}, "did you mean 'validline'"),
    ({'pixels': 1, 'skip_classes': [7]}, 'no class 7'),
    ({'per_class': {'text': {'pixel': 1}}}, "did you mean 'pixels'"),
    ({'pixels': 1, 'prob': 2}, 'prob'),
])
def test_wrong_erosion_settings_are_named(settings, sentence):
    with pytest.raises(InputError, match=sentence):
        LabelErosion(**settings)


def test_objects_touch_over_corners_and_nest():
    seg = label_map('1....',
                    '.1...',
                    '22222',
                    '2...2',
                    '2.2.2',
                    '2...2',
                    '22222')
    found = [(o.label, o.rows.start, o.cols.start, int(o.mask.sum()))
             for o in each_component(seg, [1, 2, 3])]
    assert found == [(1, 0, 0, 2), (2, 2, 0, 16), (2, 4, 2, 1)]


def pages_of(size=64):
    image = np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8)
    seg = np.zeros((size, size), np.uint8)
    seg[4:44, 4:54] = 1
    seg[50:56, 2:60] = 2
    seg[58:61, 2:60] = 255
    return image, seg


def test_bootstrap_by_hand():
    seg = label_map('....',
                    '.11.',
                    '.11x',
                    '22..')
    image = np.zeros((4, 4, 3), np.uint8)
    image[seg == 0] = (10, 20, 30)
    image[0, 0] = (28, 20, 30)  # nine background pixels: their mean blue is 12
    image[seg == 1], image[seg == 2], image[seg == 255] = 100, 200, 250
    figure, = each_component(seg, [1])
    out, kept = LabelBootstrap.apply(image, seg, [(figure, Crop(2, 1, 3, 3))])
    assert drawn(kept) == ['....', '..1.', '..1x', '22..']
    expected = np.empty((4, 4, 3), np.uint8)
    expected[:] = (12, 20, 30)
    expected[1:3, 2], expected[3, :2], expected[2, 3] = 100, 200, 250
    np.testing.assert_array_equal(out, expected)
    assert drawn(seg)[1] == '.11.' and image[1, 1, 0] == 100  # nothing is changed in place


def test_bootstrap_keeps_a_share_of_each_side_and_other_classes_whole():
    image, seg = pages_of()
    sizes = set()
    for seed in range(40):
        np.random.seed(seed)
        out = LabelBootstrap(keep=(0.2, 0.5), min_size=1)(
            {'img': image, 'gt_semantic_seg': seg})
        ys, xs = np.nonzero(out['gt_semantic_seg'] == 1)
        height, width = np.ptp(ys) + 1, np.ptp(xs) + 1
        assert len(ys) == height * width
        assert 8 <= height <= 20 and 10 <= width <= 25
        assert 4 <= ys.min() and ys.max() < 44 and 4 <= xs.min() and xs.max() < 54
        for label in (2, 255):
            assert ((out['gt_semantic_seg'] == label) == (seg == label)).all()
            assert (out['img'][seg == label] == image[seg == label]).all()
        assert (out['img'][ys, xs] == image[ys, xs]).all()
        sizes.add((height, width, ys.min(), xs.min()))
    assert len(sizes) > 35


def test_bootstrap_leaves_no_unlabelled_content():
    image, seg = pages_of()
    out = LabelBootstrap()({'img': image, 'gt_semantic_seg': seg})
    bare = out['img'][out['gt_semantic_seg'] == 0]
    assert (bare == np.rint(image[seg == 0].mean(0))).all()
    assert (out['gt_semantic_seg'] == 0).sum() > (seg == 0).sum()


def test_bootstrap_is_the_same_under_a_seed():
    image, seg = pages_of()
    runs = []
    for _ in range(2):
        np.random.seed(3)
        runs.append(LabelBootstrap()({'img': image, 'gt_semantic_seg': seg}))
    np.testing.assert_array_equal(runs[0]['img'], runs[1]['img'])
    np.testing.assert_array_equal(runs[0]['gt_semantic_seg'], runs[1]['gt_semantic_seg'])


def test_bootstrap_never_loses_an_object_even_a_ring():
    seg = np.zeros((60, 60), np.uint8)
    seg[5:55, 5:55] = 3
    seg[8:52, 8:52] = 0
    image = np.zeros((60, 60, 3), np.uint8)
    for seed in range(30):
        np.random.seed(seed)
        out = LabelBootstrap(keep=(0.1, 0.2), min_size=1)({'img': image, 'gt_semantic_seg': seg})
        assert 0 < (out['gt_semantic_seg'] == 3).sum() < (seg == 3).sum() / 2


def test_small_objects_stay_whole():
    seg = label_map('1111', '1111', '....', '....')
    out = LabelBootstrap(min_size=4)({'img': np.zeros((4, 4, 3), np.uint8),
                                      'gt_semantic_seg': seg})
    assert drawn(out['gt_semantic_seg']) == drawn(seg)


def test_a_page_without_background_takes_its_own_mean():
    image = np.zeros((40, 40), np.uint8)
    image[:, 20:] = 100
    np.random.seed(0)
    out = LabelBootstrap(keep=(0.5, 0.5), min_size=1)(
        {'img': image, 'gt_semantic_seg': np.full((40, 40), 1, np.uint8)})
    assert (out['img'][out['gt_semantic_seg'] == 0] == 50).all()
    assert (out['gt_semantic_seg'] == 1).sum() == 400


@pytest.mark.parametrize('settings, sentence', [
    ({'keep': (0.5, 0.2)}, 'keep'),
    ({'classes': ['tabel']}, "did you mean 'table'"),
    ({'classes': ['background']}, 'background has no objects'),
    ({'min_size': 0}, 'min_size'),
])
def test_wrong_bootstrap_settings_are_named(settings, sentence):
    with pytest.raises(InputError, match=sentence):
        LabelBootstrap(**settings)


def test_both_are_built_from_configs():
    assert PIPELINES.build({'type': 'LabelErosion', 'pixels': 2}).methods == {
        1: ('pixels', 2), 2: ('pixels', 2), 3: ('pixels', 2)}
    assert PIPELINES.build({'type': 'LabelBootstrap', 'classes': ['text', 3]}).labels == [2, 3]
