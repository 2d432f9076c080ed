"""Folders of pages: what is found, what is missing, what evaluation counts."""
import os

import numpy as np
import pytest
from PIL import Image

from mmseg.datasets import ConcatDataset, CustomDataset, PascalVOCDataset
from mmseg.utils.errors import InputError

from ..voc_folder import LABELS, write_mask

CLASSES = ('background', 'figure', 'text', 'table', 'validline')
LOAD = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]
TRAIN = 'ImageSets/Segmentation/train.txt'


def build(voc, **arguments):
    return CustomDataset(**{**dict(pipeline=LOAD, data_root=str(voc), img_dir='JPEGImages',
                                   ann_dir='SegmentationClassPNG', classes=CLASSES),
                            **arguments})


def test_all_images_or_those_of_a_split(voc):
    assert [info['filename'] for info in build(voc).img_infos] == ['a.jpg', 'b.jpg', 'c.jpg']
    dataset = build(voc, split=TRAIN)
    assert dataset.img_infos == [dict(filename='a.jpg', ann=dict(seg_map='a.png')),
                                 dict(filename='b.jpg', ann=dict(seg_map='b.png'))]
    (voc / TRAIN).write_text('\nb.jpg \n\n a\n')  # suffixes and empty lines do no harm
    assert [info['filename'] for info in build(voc, split=TRAIN).img_infos] == ['b.jpg', 'a.jpg']


def test_images_in_folders_below(voc):
    for kind, suffix in (('JPEGImages', 'jpg'), ('SegmentationClassPNG', 'png')):
        (voc / kind / 'x').mkdir()
        (voc / kind / f'a.{suffix}').rename(voc / kind / 'x' / f'a.{suffix}')
    assert [info['filename'] for info in build(voc).img_infos] == ['b.jpg', 'c.jpg', 'x/a.jpg']
    (voc / TRAIN).write_text('x/a\nb\n')
    dataset = build(voc, split=TRAIN)
    assert dataset[0]['gt_semantic_seg'].tolist() == LABELS['a']


def test_a_page_in_training_and_in_a_test(voc):
    page = build(voc)[1]
    assert page['img'].shape == (4, 6, 3) and page['img'][0, 0].tolist() == [100] * 3
    assert page['gt_semantic_seg'].tolist() == LABELS['b']
    assert page['seg_fields'] == ['gt_semantic_seg']
    page = build(voc, pipeline=LOAD[:1], test_mode=True)[1]
    assert 'gt_semantic_seg' not in page and 'ann_info' not in page


def test_missing_folder(voc):
    with pytest.raises(InputError, match=r'img_dir is .*/JPGImages, which is not a folder'):
        build(voc, img_dir='JPGImages')
    with pytest.raises(InputError, match=r'ann_dir is .*/Masks, which is not a folder'):
        build(voc, ann_dir='Masks')
    with pytest.raises(InputError, match=r'the split file .*/val\.text cannot be read'):
        build(voc, split='ImageSets/Segmentation/val.text')


def test_no_images(voc):
    with pytest.raises(InputError, match=r"no images found in .*/JPEGImages: looked for names that "
                       r"end in '\.tif' there and below, found 3 \.jpg"):
        build(voc, img_suffix='.tif')
    (voc / TRAIN).write_text('\n')
    with pytest.raises(InputError, match='names no page'):
        build(voc, split=TRAIN)


def test_split_that_names_missing_files(voc):
    (voc / TRAIN).write_text('a\nx\ny\nz\nw\n')
    with pytest.raises(InputError, match=r'train\.txt names 4 images \(of 5\) that .*JPEGImages '
                       r'does not have: x\.jpg, y\.jpg, z\.jpg and 1 more'):
        build(voc, split=TRAIN)
    os.remove(voc / 'SegmentationClassPNG' / 'b.png')
    with pytest.raises(InputError, match=r'lacks the label maps of 1 image \(of 3\): b\.png'):
        build(voc)


def test_a_test_goes_without_label_maps(voc):
    for name in 'abc':
        os.remove(voc / 'SegmentationClassPNG' / f'{name}.png')
    assert len(build(voc, pipeline=LOAD[:1], test_mode=True)) == 3
    with pytest.raises(InputError, match=r'a\.jpg has no label map'):
        build(voc, ann_dir=None, pipeline=LOAD[:1], test_mode=True).get_gt_seg_map_by_idx(0)


def test_a_test_needs_classes(voc):
    with pytest.raises(InputError, match=r'needs classes='):
        build(voc, classes=None, test_mode=True)


def test_stray_values_name_the_file(voc):
    write_mask(voc / 'SegmentationClassPNG' / 'b.png', [[5] * 6] * 4)
    with pytest.raises(InputError, match=r'b\.png has values outside the 5 classes: 5 \(24 pix'):
        build(voc)[1]
    with pytest.raises(InputError, match=r'b\.png has values outside'):
        build(voc).get_gt_seg_map_by_idx(1)


class Named(CustomDataset):
    CLASSES = CLASSES
    PALETTE = [[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128]]


def test_a_choice_of_classes_ignores_the_others(voc):
    dataset = Named(LOAD, str(voc / 'JPEGImages'), ann_dir=str(voc / 'SegmentationClassPNG'),
                    classes=['table', 'figure'])
    assert dataset.CLASSES == ['table', 'figure']
    assert dataset.PALETTE == [[128, 128, 0], [128, 0, 0]]
    assert dataset.label_map == {0: -1, 1: 1, 2: -1, 3: 0, 4: -1}
    expected = [[255, 255, 255, 1, 1, 1]] * 2 + [[255, 255, 255, 0, 0, 0],
                                                 [255, 255, 255, 0, 0, 255]]
    assert dataset[0]['gt_semantic_seg'].tolist() == expected
    assert dataset.get_gt_seg_map_by_idx(0).tolist() == expected
    with pytest.raises(InputError, match=r"'tabel' is not a class of Named \(did you mean 'table'"):
        Named(LOAD, str(voc / 'JPEGImages'), classes=['tabel'])


def test_classes_from_a_file_and_palettes(voc):
    (voc / 'names.txt').write_text('\n'.join(CLASSES))
    dataset = build(voc, classes=str(voc / 'names.txt'))
    assert dataset.CLASSES == list(CLASSES) and dataset.label_map is None
    np.random.seed(7)
    state = np.random.get_state()[1].copy()
    again = build(voc)
    assert again.PALETTE == dataset.PALETTE and np.array(again.PALETTE).shape == (5, 3)
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    assert build(voc, palette=[[1, 2, 3]] * 5).PALETTE == [[1, 2, 3]] * 5
    with pytest.raises(InputError, match='names or a file of names'):
        build(voc, classes=5)


@pytest.mark.parametrize('pipeline_reduces', [True, False])
def test_zero_label_is_reduced_once_in_training_and_once_in_evaluation(voc, pipeline_reduces):
    loader = dict(type='LoadAnnotations', reduce_zero_label=pipeline_reduces)
    dataset = build(voc, pipeline=[LOAD[0], loader], reduce_zero_label=True, classes=CLASSES[1:])
    expected = [[255, 255, 255, 0, 0, 0]] * 2 + [[1, 1, 1, 2, 2, 2], [1, 1, 1, 2, 2, 255]]
    assert dataset[0]['gt_semantic_seg'].tolist() == expected
    assert dataset.get_gt_seg_map_by_idx(0).tolist() == expected
    areas = dataset.pre_eval(np.array(expected), 0)[0]
    assert [area.tolist() for area in areas] == [[6, 6, 5, 0]] * 4


def test_counts_of_a_page_by_hand(voc):
    pred = np.zeros((4, 6), dtype=np.int64)
    pred[:2, 3:] = 1
    pred[3, :] = 2  # three right, two tables and an ignored pixel
    intersect, union, predicted, label = build(voc).pre_eval([pred], [0])[0]
    assert intersect.tolist() == [6, 6, 3, 0, 0]
    assert predicted.tolist() == [12, 6, 5, 0, 0]
    assert label.tolist() == [6, 6, 6, 5, 0]
    assert union.tolist() == [12, 6, 8, 5, 0]


def test_scores_of_pages_by_hand(voc):
    dataset = build(voc)
    preds = [np.array(LABELS['a']) % 255, np.zeros((4, 6), int), np.array(LABELS['c'])]
    # IoU: background (6+18+12)/(36+6), figure 1, text 1, table 1, line 0; 255 % 255 is ignored
    expected = dict(aAcc=.9155, mIoU=.7714, mAcc=.8)
    scores = dataset.evaluate(dataset.pre_eval(preds, range(3)), logger='silent')
    for key, value in expected.items():
        assert scores[key] == pytest.approx(value, abs=1e-9)
    assert scores['IoU.background'] == .8571 and scores['IoU.validline'] == 0
    assert list(scores)[:3] == ['aAcc', 'mIoU', 'mAcc'] and 'Acc.table' in scores
    assert list(scores) == dataset.result_names()
    # the same from label maps themselves, as 0.x takes them
    assert dataset.evaluate(preds, logger='silent') == scores
    assert dataset.evaluate(preds, logger='silent', gt_seg_maps=dataset.get_gt_seg_maps()) == scores
    chosen = dataset.evaluate(preds, logger='silent', selected=('validline', 'table'))
    assert chosen['mIoU_selected'] == .5 and chosen['mIoU'] == scores['mIoU']


def test_results_as_files_dicts_and_single_pages(voc, tmp_path):
    dataset = build(voc)
    pred = np.array(LABELS['c'])
    np.save(tmp_path / 'c.npy', pred)
    plain = dataset.pre_eval([pred], [2])[0]
    for other in (dataset.pre_eval([str(tmp_path / 'c.npy')], [2])[0], dataset.pre_eval(pred, 2)[0],
                  dataset.pre_eval([dict(seg_map=pred, cls_label=1)], [2])[0]):
        assert [area.tolist() for area in other] == [area.tolist() for area in plain]
        assert other.page_confusion is None


def test_a_prediction_of_another_size_names_the_page(voc):
    with pytest.raises(InputError, match=r'b\.jpg: the prediction is \(2, 6\) but its label map is '
                       r'\(4, 6\)'):
        build(voc).pre_eval([np.zeros((2, 6))], [1])


def test_results_as_pictures(voc, tmp_path):
    dataset = build(voc, palette=Named.PALETTE)
    pred = np.array(LABELS['b'])
    written = dataset.format_results([dict(seg_map=pred)], str(tmp_path / 'out'), indices=[1])
    assert written == [str(tmp_path / 'out' / 'b.png')]
    assert os.listdir(tmp_path / 'out') == ['b.png']
    with Image.open(written[0]) as picture:
        np.testing.assert_array_equal(np.array(picture), pred)
        assert picture.convert('RGB').getpixel((0, 3)) == (0, 0, 128)


def test_voc_colours(voc):
    assert PascalVOCDataset.PALETTE[:5] == [[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0],
                                            [0, 0, 128]]
    assert PascalVOCDataset.PALETTE[20] == [0, 64, 128] and len(PascalVOCDataset.PALETTE) == 21
    dataset = PascalVOCDataset(split='ImageSets/Segmentation/val.txt', pipeline=LOAD,
                               data_root=str(voc), img_dir='JPEGImages')
    assert len(dataset) == 1 and dataset.CLASSES[20] == 'tvmonitor'


@pytest.mark.parametrize('text', ['\ufeffa\nb\n', '\ufeffa.jpg\r\nb.jpg\r\n'])
def test_a_split_file_of_windows(voc, text):
    (voc / TRAIN).write_bytes(text.encode())
    assert [info['filename'] for info in build(voc, split=TRAIN).img_infos] == ['a.jpg', 'b.jpg']


def test_a_split_file_in_another_code(voc):
    (voc / TRAIN).write_bytes('a\n'.encode('utf-16'))
    with pytest.raises(InputError, match='the split file .* cannot be read: .*utf-8'):
        build(voc, split=TRAIN)


def test_class_names_of_windows(voc, tmp_path):
    (tmp_path / 'names.txt').write_bytes(('\ufeff' + '\r\n'.join(CLASSES)).encode())
    assert tuple(build(voc, classes=str(tmp_path / 'names.txt')).CLASSES) == CLASSES


@pytest.mark.parametrize('kind', [np.array, tuple, lambda numbers: np.array(numbers, np.int16)])
def test_pictures_of_pages_in_an_array(voc, tmp_path, kind):
    pred = np.zeros((4, 6), np.uint8)
    for dataset in (build(voc), ConcatDataset([build(voc), build(voc)])):
        written = dataset.format_results([pred, pred], str(tmp_path / 'out'), indices=kind([1, 2]))
        assert [os.path.basename(name) for name in written] == ['b.png', 'c.png']
    assert build(voc).format_results([], str(tmp_path / 'none'), indices=kind([])) == []
