"""Lists of images and label maps: their lines, their folders, values that are not class numbers."""
import numpy as np
import pytest

from mmseg.datasets import ListFileDataset, build_dataset
from mmseg.utils.errors import InputError

from ..voc_folder import LABELS, write_mask

CLASSES = ('background', 'figure', 'text', 'table', 'validline')
LOAD = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]
ROW = 'JPEGImages/{0}.jpg\tSegmentationClassPNG/{1}.png\n'


def build(voc, lines, **arguments):
    (voc / 'train.lst').write_text(lines)
    return build_dataset({**dict(type='ListFileDataset', pipeline=LOAD, data_root=str(voc),
                                 split='train.lst', classes=CLASSES), **arguments})


def test_image_and_label_map_need_no_common_name(voc):
    dataset = build(voc, ROW.format('a', 'b') + '\n' + ROW.format('c', 'a'))
    assert isinstance(dataset, ListFileDataset)
    assert [info['filename'] for info in dataset.img_infos] == ['JPEGImages/a.jpg',
                                                                'JPEGImages/c.jpg']
    assert dataset[0]['gt_semantic_seg'].tolist() == LABELS['b']
    assert dataset[0]['img'][0, 0].tolist() == [50] * 3
    assert dataset[1]['gt_semantic_seg'].tolist() == LABELS['a']


def test_blanks_part_the_names_too_and_folders_may_differ(voc):
    dataset = build(voc, 'a.jpg  b.png\n', img_dir='JPEGImages', ann_dir='SegmentationClassPNG')
    assert dataset[0]['gt_semantic_seg'].tolist() == LABELS['b']


def test_more_columns_are_taken_where_they_are_expected(voc):
    line = 'JPEGImages/a.jpg SegmentationClassPNG/b.png mirrored/b.png\n'
    with pytest.raises(InputError, match='expected image and label map'):
        build(voc, line)
    assert build(voc, line, more_columns=True)[0]['gt_semantic_seg'].tolist() == LABELS['b']


def test_names_with_blanks_need_a_tab(voc):
    (voc / 'JPEGImages/a.jpg').rename(voc / 'JPEGImages/a b.jpg')
    assert build(voc, ROW.format('a b', 'a'))[0]['gt_semantic_seg'].tolist() == LABELS['a']
    with pytest.raises(InputError, match="the line 'a b.jpg a.png'; expected image and label map"):
        build(voc, 'a b.jpg a.png\n')


def test_values_in_the_files_become_classes(voc):
    dataset = build(voc, ROW.format('a', 'a'), classes=('table', 'figure'), label_ids=(3, 1))
    expected = np.full((4, 6), 255)
    expected[:2, 3:], expected[2:, 3:] = 1, 0
    expected[3, 5] = 255
    assert dataset[0]['gt_semantic_seg'].tolist() == expected.tolist()
    counts = dataset.pre_eval([dataset[0]['gt_semantic_seg']], [0])[0]
    assert [int(n) for n in counts[0]] == [5, 6]
    with pytest.raises(InputError, match='label_ids .* has 2 values for 5 classes'):
        build(voc, ROW.format('a', 'a'), label_ids=(3, 1))


def test_choice_among_classes_that_have_values(voc):
    class Known(ListFileDataset):
        CLASSES, PALETTE = ('table', 'figure', 'text'), [[1] * 3, [2] * 3, [3] * 3]

    (voc / 'train.lst').write_text(ROW.format('a', 'a'))
    dataset = Known(LOAD, 'train.lst', data_root=str(voc), classes=('text', 'table'),
                    label_ids=(3, 1, 2))
    assert dataset.PALETTE == [[3] * 3, [1] * 3]
    assert dataset[0]['gt_semantic_seg'][2].tolist() == [0, 0, 0, 1, 1, 1]
    assert set(dataset[0]['gt_semantic_seg'][0].tolist()) == {255}


def test_list_of_images_alone_serves_a_test(voc):
    lines = 'JPEGImages/a.jpg\nJPEGImages/b.jpg\n'
    assert build(voc, lines, test_mode=True, pipeline=LOAD[:1])[1]['img'][0, 0, 0] == 100
    with pytest.raises(InputError, match='names no label map for JPEGImages/a.jpg, JPEGImages/b'):
        build(voc, lines)


def test_files_that_are_not_there(voc):
    with pytest.raises(InputError, match=r'train.lst names 1 image \(of 2\) .* JPEGImages/d.jpg'):
        build(voc, ROW.format('a', 'a') + ROW.format('d', 'a'))
    with pytest.raises(InputError, match='names 1 label map .* SegmentationClassPNG/d.png'):
        build(voc, ROW.format('a', 'd'))
    with pytest.raises(InputError, match=r'the split file .*/test\.lst cannot be read'):
        build(voc, '', split='test.lst')


def test_a_folder_of_its_own_needs_no_root(voc, monkeypatch):
    monkeypatch.chdir(voc)
    write_mask(voc / 'a.png', LABELS['c'])
    (voc / 'JPEGImages/a.jpg').rename(voc / 'a.jpg')
    assert build(voc, 'a.jpg\ta.png\n', data_root=None)[0]['gt_semantic_seg'].tolist() == (
        LABELS['c'])
