"""Sample pages: the same at every call, labelled where drawn, complete or absent on disk."""
import json

import cv2
import numpy as np
import pytest
from PIL import Image

from mmseg.core.visualization import fonts
from mmseg.corpora.sample_pages import (
    CLASSES,
    blocks,
    draw_page,
    make_sample_pages,
    sample_page,
)
from mmseg.corpora.sample_pages import generate as generator
from mmseg.corpora.sample_pages.canvas import TABLE, TEXT, VALIDLINE, Box, PageCanvas, Style
from mmseg.corpora.sample_pages.degrade import skew, uneven_light
from mmseg.utils.errors import InputError


def blank(height=100, width=1120):
    return PageCanvas((height, width), np.random.default_rng(0), Style(), 'english')


def test_a_separator_is_labelled_five_pixels_wide_around_the_drawn_line():
    page = blank()
    page.separator((20, 50), 30, thickness=1)
    ys, xs = np.nonzero(page.label == VALIDLINE)
    assert (ys.min(), ys.max(), xs.min(), xs.max()) == (48, 52, 20, 49)
    assert np.flatnonzero((page.image == 20).all(-1)[:, 30]).tolist() == [50]


def test_a_vertical_separator_is_labelled_to_both_sides():
    page = blank()
    page.separator((40, 10), 60, thickness=3, vertical=True)
    ys, xs = np.nonzero(page.label == VALIDLINE)
    assert (ys.min(), ys.max(), xs.min(), xs.max()) == (10, 69, 39, 43)


def test_all_ink_of_a_line_of_text_lies_in_its_label():
    page = blank()
    page.text(30, 20, 'Aggregated (jumpy) quality', page.font(2))
    inked = (page.image < 200).any(-1)
    assert inked.sum() > 200
    assert (page.label[inked] == TEXT).all()


def test_the_label_of_a_line_ends_where_its_ink_ends():
    page = blank()
    page.text(30, 20, 'open', page.font(2))
    rows, columns = np.nonzero((page.image < 250).any(-1))
    ys, xs = np.nonzero(page.label == TEXT)
    assert (ys.min(), ys.max()) == (rows.min(), rows.max())
    assert abs(xs.min() - columns.min()) <= 1 and abs(xs.max() - columns.max()) <= 1


def test_neighbouring_lines_of_a_paragraph_stay_apart():
    page = blank(400, 600)
    blocks.paragraph(page, Box(20, 20, 580, 380), lines=6)
    count, _ = cv2.connectedComponents((page.label == TEXT).astype(np.uint8))
    assert count - 1 == len(page.lines) == 6


def test_a_blank_line_of_text_labels_nothing():
    page = blank()
    page.text(30, 20, '  ', page.font())
    assert not page.label.any()


def test_a_region_covers_its_box_without_the_far_edges():
    page = blank()
    page.region(Box(3, 4, 6, 9), TABLE)
    assert (page.label[4:9, 3:6] == TABLE).all()
    assert (page.label > 0).sum() == 15


def test_pages_depend_on_seed_split_and_number_alone():
    image, label, page_class = sample_page(3, seed=7, size=256)
    for _ in range(2):
        again = sample_page(3, seed=7, size=256)
        np.testing.assert_array_equal(image, again[0])
        np.testing.assert_array_equal(label, again[1])
        assert page_class == again[2]
        sample_page(4, seed=7, size=256)
    for other in (sample_page(4, 7, 256), sample_page(3, 8, 256), sample_page(3, 7, 256, 'val')):
        assert image.shape != other[0].shape or (image != other[0]).any()


def test_forty_pages_hold_every_class_and_both_page_types():
    pages = [sample_page(i, size=320) for i in range(40)]
    held = [sum((label == c).any() for _, label, _ in pages) for c in range(len(CLASSES))]
    assert min(held) >= 10
    assert 8 <= sum(page_class for *_, page_class in pages) <= 24
    for image, label, page_class in pages:
        assert image.dtype == label.dtype == np.uint8
        assert image.shape == (*label.shape, 3)
        assert max(label.shape) == 320
        assert label.max() < len(CLASSES)
        assert (label.shape[1] > label.shape[0]) == bool(page_class)


def test_pages_are_drawn_without_any_font_on_the_machine(monkeypatch):
    monkeypatch.setattr(fonts, '_installed', dict)
    for index in range(6):
        image, label, _ = sample_page(index, size=320)
        assert (label == TEXT).mean() > 0.01
        assert image[label == TEXT].std() > 10


def test_skew_moves_image_and_label_together():
    image = np.full((101, 101, 3), 255, np.uint8)
    label = np.zeros((101, 101), np.uint8)
    image[20:40, 20:80], label[20:40, 20:80] = 0, 2
    image, label = skew(image, label, 10, (255, 255, 255))
    assert ((image[..., 0] < 128) != (label == 2)).mean() < 0.01
    # Against the clock: the block's right end, once below row 19, reaches up to row 16.
    assert label[17, 72] == 2 and label[17, 20] == 0
    assert label[0, 0] == 0 and image[0, 0].tolist() == [255, 255, 255]


def test_light_falls_from_one_side_to_the_darkest_share():
    lit = uneven_light(np.full((5, 11, 3), 200, np.uint8), darkest=0.5, angle=0.0)
    assert lit[:, 0].tolist() == [[200] * 3] * 5
    assert lit[:, 5].tolist() == [[150] * 3] * 5
    assert lit[:, 10].tolist() == [[100] * 3] * 5


def test_lines_of_text_turn_with_the_page():
    turned = 0
    for index in range(12):
        page = draw_page(index, size=320)
        inside = np.zeros(page.label.shape, np.uint8)
        for polygon in page.lines:
            cv2.fillPoly(inside, [np.round(polygon - 0.5).astype(np.int32)], 1)
            turned += abs(polygon[0, 1] - polygon[1, 1]) > 0.1
        # all that is labelled text lies in a line; other lines lie in figures and tables
        assert (inside[page.label == TEXT] == 1).mean() > 0.97
    assert turned > 20


def test_the_folder_is_a_complete_voc_data_set(tmp_path):
    out = make_sample_pages(tmp_path / 'pages', 3, 2, seed=5, size=256)
    train = (out / 'ImageSets/Segmentation/train.txt').read_text().split()
    val = (out / 'ImageSets/Segmentation/val.txt').read_text().split()
    assert train == ['train_00000', 'train_00001', 'train_00002']
    assert val == ['val_00000', 'val_00001']
    assert (out / 'class_names.txt').read_text().split() == list(CLASSES)
    page_labels = json.loads((out / 'cls_label.json').read_text())
    assert sorted(page_labels) == [f'{name}.jpg' for name in train + val]
    image, label, page_class = sample_page(1, 5, 256, 'val')
    mask = Image.open(out / 'SegmentationClassPNG/val_00001.png')
    assert mask.mode == 'P'
    assert mask.getpalette()[:15] == [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0, 0, 0, 128]
    np.testing.assert_array_equal(np.array(mask), label)
    lines = json.loads((out / 'TextLines/val_00001.json').read_text())['lines']
    assert len(lines) == len(draw_page(1, 5, 256, 'val').lines) > 3
    assert lines[0]['direction'] == 'ltr' and np.shape(lines[0]['polygon']) == (4, 2)
    assert json.loads((out / 'sample_pages.json').read_text())['style'] == 'plain'
    stored = cv2.imread(str(out / 'JPEGImages/val_00001.jpg'))
    assert np.abs(stored.astype(int) - image).mean() < 6
    assert page_labels['val_00001.jpg'] == page_class
    assert [path.name for path in tmp_path.iterdir()] == ['pages']


def test_a_folder_with_anything_in_it_is_never_touched(tmp_path):
    (tmp_path / 'letter.txt').write_text('mine')
    with pytest.raises(InputError, match='does not hold sample pages'):
        make_sample_pages(tmp_path, 1, 0, size=128, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ['letter.txt']


def test_sample_pages_are_replaced_only_when_told(tmp_path):
    out = make_sample_pages(tmp_path / 'pages', 2, 0, size=128)
    with pytest.raises(InputError, match='already'):
        make_sample_pages(out, 1, 1, size=128)
    assert len(list((out / 'JPEGImages').iterdir())) == 2
    make_sample_pages(out, 0, 1, size=128, overwrite=True)
    assert [path.name for path in (out / 'JPEGImages').iterdir()] == ['val_00000.jpg']
    assert [path.name for path in tmp_path.iterdir()] == ['pages']


def test_a_run_that_breaks_leaves_nothing(tmp_path, monkeypatch):
    def full_disk(*args):
        raise OSError('no space left on device')
    monkeypatch.setattr(generator, 'draw_page', full_disk)
    with pytest.raises(OSError):
        make_sample_pages(tmp_path / 'pages', 2, 0, size=128)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('arguments', [{'split': 'test'}, {'index': -1}, {'size': 64},
                                       {'style': 'poor'}])
def test_wrong_arguments_are_named(arguments):
    with pytest.raises(InputError):
        sample_page(**{'index': 0, **arguments})
