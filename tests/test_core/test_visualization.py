"""Painted label maps, legends, sheets of panels, and pictures written whole or not at all."""
import os

import cv2
import numpy as np
import pytest
from PIL import Image

from mmseg.core.visualization import (
    PipelineRecorder,
    compose_legend,
    distinct_palette,
    draw_panels,
    paint_result,
    paint_segmentation,
    save_image,
    side_by_side,
)
from mmseg.core.visualization.paint import labels_of
from mmseg.core.visualization.pipeline import displayable
from mmseg.utils.errors import InputError

PALETTE = [[0, 0, 0], [200, 100, 0]]  # RGB
NAMES = ['background', 'figure']


def page(value=100, size=(2, 3)):
    return np.full((*size, 3), value, np.uint8)


def test_colours_are_mixed_in_by_opacity_and_black_classes_stay_clear():
    seg = np.array([[0, 1, 255], [1, 0, 0]])
    painted = paint_segmentation(page(), seg, PALETTE, opacity=0.25)
    mixed, plain = [75, 100, 125], [100, 100, 100]  # BGR
    assert painted.tolist() == [[plain, mixed, plain], [mixed, plain, plain]]


@pytest.mark.parametrize('kind', [np.uint8, np.int64])
def test_the_labels_of_a_map_are_those_that_occur(kind):
    assert labels_of(np.array([[3, 255], [3, 0]], kind)[:, ::-1]).tolist() == [0, 3, 255]


def test_opacity_one_gives_the_coloured_label_map():
    seg = np.array([[0, 1, 255], [1, 0, 0]])
    painted = paint_segmentation(page(), seg, PALETTE, opacity=1)
    figure, black, plain = [0, 100, 200], [0, 0, 0], [100, 100, 100]
    assert painted.tolist() == [[black, figure, plain], [figure, black, black]]


def test_classes_can_be_left_clear_and_ignored_pixels_painted():
    seg = np.array([[0, 1, 255]])
    painted = paint_segmentation(page(size=(1, 3)), seg, PALETTE, 0.5, clear=[1],
                                 ignored=(0, 50, 200))
    assert painted.tolist() == [[[50, 50, 50], [100, 100, 100], [150, 75, 50]]]


def test_a_grey_page_and_uint8_labels_are_painted_too():
    painted = paint_segmentation(np.full((1, 2), 100, np.uint8), np.array([[0, 1]], np.uint8),
                                 PALETTE)
    assert painted.tolist() == [[[100, 100, 100], [50, 100, 150]]]


@pytest.mark.parametrize('seg, palette, opacity, sentence', [
    (np.zeros((2, 2), int), PALETTE, 0.5, r'\(2, 3\) and \(2, 2\)'),
    (np.full((2, 3), 7), PALETTE, 0.5, r'holds \[7\]'),
    (np.zeros((2, 3), int), PALETTE, 0, 'opacity'),
    (np.zeros((2, 3), int), [0, 0, 0], 0.5, 'palette'),
])
def test_what_cannot_be_painted_is_named(seg, palette, opacity, sentence):
    with pytest.raises(InputError, match=sentence):
        paint_segmentation(page(), seg, palette, opacity)


def test_distinct_palettes_repeat_themselves_and_not_their_colours():
    assert distinct_palette(30) == distinct_palette(40)[:30]
    assert len({tuple(colour) for colour in distinct_palette(150)}) == 150


def swatches(image, colour):
    return int((image == np.array(colour[::-1])).all(-1).sum())


def test_the_legend_lies_below_and_lists_the_classes_of_the_label_map():
    image = page(9, (50, 300))
    seg = np.zeros((50, 300), int)
    without = compose_legend(image, NAMES, PALETTE, seg=seg, clear=[0])
    assert (without[:50] == image).all() and without.shape[1] == 300
    assert swatches(without, PALETTE[1]) == 0
    seg[0, 0] = 1
    assert swatches(compose_legend(image, NAMES, PALETTE, seg=seg), PALETTE[1]) > 50


def test_a_long_legend_wraps():
    image = page(9, (50, 200))
    one = compose_legend(image, ['a'], [[1, 2, 3]])
    many = compose_legend(image, ['a long name'] * 6, [[1, 2, 3]] * 6)
    assert many.shape[0] > one.shape[0]
    assert swatches(many, [1, 2, 3]) == 6 * swatches(one, [1, 2, 3])


def test_a_result_with_a_page_type_has_it_in_its_legend():
    image, seg = page(9, (50, 300)), np.ones((50, 300), int)
    plain = paint_result(image, seg, NAMES, PALETTE)
    typed = [paint_result(image, {'seg_map': seg, 'cls_label': label,
                                  'cls_scores': np.array([0.3, 0.7])}, NAMES, PALETTE,
                          ['document', 'slide']) for label in (0, 1)]
    assert (typed[0][:50] == plain[:50]).all()
    assert (typed[0] != typed[1]).any()
    assert (typed[0][50:] < 100).sum() > (plain[50:] < 100).sum()
    assert paint_result(image, seg, NAMES, legend=False).shape == image.shape


def test_side_by_side_places_every_picture():
    pictures = [page(value, (4, 6)) for value in (10, 20, 30)]
    sheet = side_by_side(pictures, columns=2, gap=1)
    assert sheet.shape == (11, 15, 3)
    assert (sheet[1:5, 1:7] == 10).all() and (sheet[1:5, 8:14] == 20).all()
    assert (sheet[6:10, 1:7] == 30).all()
    assert (sheet == 255).all(-1).sum() == 11 * 15 - 3 * 24


def test_side_by_side_scales_to_one_height_and_leaves_room_for_captions():
    sheet = side_by_side([page(10, (20, 40)), page(20, (40, 40))], panel_height=10, gap=0)
    assert sheet.shape == (10, 30, 3)
    captioned = side_by_side([page(10, (40, 400))], ['a caption'], gap=0)
    strip = captioned[:-40]
    assert (captioned[-40:] == 10).all() and (strip < 100).any()


def test_pictures_are_written_whole(tmp_path, monkeypatch):
    path = tmp_path / 'deep' / 'page.png'
    save_image(path, page(7))
    np.testing.assert_array_equal(cv2.imread(str(path)), page(7))

    def breaks(*args):
        raise OSError('no space left on device')
    monkeypatch.setattr(os, 'replace', breaks)
    with pytest.raises(OSError):
        save_image(path, page(8))
    assert (cv2.imread(str(path)) == 7).all()
    assert [file.name for file in path.parent.iterdir()] == ['page.png']


def test_a_palette_png_shows_the_same_picture_of_few_colours(tmp_path):
    image = page(40, (30, 30))
    image[:10], image[10:20] = (255, 0, 0), (0, 99, 200)
    save_image(tmp_path / 'few.png', image, colours=8)
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / 'few.png')), image)
    assert Image.open(tmp_path / 'few.png').mode == 'P'


def test_an_unknown_suffix_is_named(tmp_path):
    with pytest.raises(InputError, match='page.doc'):
        save_image(tmp_path / 'page.doc', page())


def test_a_normalised_image_is_shown_as_it_was():
    image = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    cfg = {'mean': np.array([1.0, 2, 3]), 'std': np.array([4.0, 5, 6]), 'to_rgb': True}
    normed = (image[..., ::-1].astype(np.float32) - cfg['mean']) / cfg['std']
    np.testing.assert_array_equal(displayable(normed, cfg), image)
    np.testing.assert_array_equal(displayable(image, None), image)


class Load:
    def __call__(self, results):
        return {'img': page(50, (40, 60)), 'gt_semantic_seg': np.zeros((40, 60), np.uint8),
                'ori_filename': f'{results}.jpg'}


class Darken:
    def __call__(self, results):
        results['img'] //= 2  # in place: the panel before must not change with it
        return results


class Keep:
    def __call__(self, results):
        return results


class Bundle:
    def __call__(self, results):
        return {'img': object()}


class Pages:
    def __init__(self):
        self.pipeline = [Load(), Keep(), Darken(), Keep(), Bundle()]

    def __getitem__(self, index):
        results = index
        for transform in self.pipeline:
            results = transform(results)
        return results


class Repeated:
    def __init__(self):
        self.dataset = Pages()

    def __getitem__(self, index):
        return self.dataset[index]


@pytest.mark.parametrize('pages', [Pages, Repeated])
def test_the_recorder_keeps_the_page_after_each_transform(pages):
    recorder = PipelineRecorder()
    recorder.watch(pages())[3]
    assert [(p.name, int(p.image[0, 0, 0]), p.changed) for p in recorder.panels] == [
        ('Load', 50, True), ('Keep', 50, False), ('Darken', 25, True), ('Keep', 25, False)]
    assert recorder.name == '3.jpg'


def test_the_recorder_leaves_out_transforms():
    recorder = PipelineRecorder(['Darken', 'Bundle'])
    dataset = recorder.watch(Pages())
    assert dataset[0]['img'][0, 0, 0] == 50
    assert [panel.name for panel in recorder.panels] == ['Load', 'Keep', 'Keep']


def test_panels_become_one_sheet():
    recorder = PipelineRecorder()
    recorder.watch(Pages())[0]
    sheet = draw_panels(recorder.panels, PALETTE, columns=2, panel_height=40)
    assert sheet.shape[1] == 2 * 60 + 3 * 12
    rows = [slice(-52, -12), slice(sheet.shape[0] // 2 - 46, sheet.shape[0] // 2 - 6)]
    for row, value in zip(rows, (25, 50), strict=True):
        assert (sheet[row, 12:72] == value).all() and (sheet[row, 84:144] == value).all()
