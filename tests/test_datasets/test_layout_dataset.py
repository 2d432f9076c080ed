"""Pages with regions and a page class."""
import json

import numpy as np
import pytest
import torch

from mmseg.datasets import LayoutDataset, build_dataloader
from mmseg.datasets.layout import repeat_factors
from mmseg.utils.errors import InputError

from ..voc_folder import LABELS

LOAD = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]
META = dict(type='Collect', keys=['img'], meta_keys=('filename', ))


def build(voc, **arguments):
    return LayoutDataset(**{**dict(pipeline=LOAD, data_root=str(voc)), **arguments})


def write_labels(voc, content, name='cls_label.json'):
    (voc / 'cls_label.json').unlink(missing_ok=True)
    (voc / name).write_text(content if isinstance(content, str) else json.dumps(content))


def test_defaults(voc):
    dataset = build(voc)
    assert len(dataset) == 3
    assert dataset.CLASSES == ('background', 'figure', 'text', 'table', 'validline')
    assert dataset.PALETTE == [[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128]]
    assert dataset.PAGE_CLASSES == ('document', 'slide')
    assert [info['cls_label'] for info in dataset.img_infos] == [0, 1, 0]
    assert dataset[0]['gt_semantic_seg'].tolist() == LABELS['a']


def test_split_by_its_short_name(voc):
    assert [i['filename'] for i in build(voc, split='train').img_infos] == ['a.jpg', 'b.jpg']
    (voc / 'train').mkdir()  # a folder of that name is not a split
    assert [i['filename'] for i in build(voc, split='train').img_infos] == ['a.jpg', 'b.jpg']
    whole = build(voc, split='ImageSets/Segmentation/val.txt')
    assert [i['filename'] for i in whole.img_infos] == ['c.jpg']


@pytest.mark.parametrize('test_mode', [False, True])
def test_page_class_travels_to_the_batch(voc, test_mode):
    pipeline = [LOAD[0], dict(type='ImageToTensor', keys=['img']), META]
    dataset = build(voc, split='train', pipeline=pipeline, test_mode=test_mode)
    assert dataset[1]['img_metas'].data['cls_label'] == 1
    loader = build_dataloader(dataset, 2, 0, dist=False, shuffle=False)
    assert [meta['cls_label'] for meta in next(iter(loader))['img_metas'].data[0]] == [0, 1]


@pytest.mark.parametrize('lines', [
    ['_background_', 'picture', 'words'], ['__ignore__', '_background_', 'picture', 'words']])
def test_class_names_of_labelme(voc, lines):
    (voc / 'class_names.txt').write_text('\n'.join(lines) + '\n')
    dataset = build(voc)
    assert dataset.CLASSES == ('background', 'picture', 'words')
    assert dataset.PALETTE == [[0, 0, 0], [128, 0, 0], [0, 128, 0]]
    assert LayoutDataset.CLASSES[1] == 'figure'
    with pytest.raises(InputError, match=r'a\.png has values outside the 3 classes: 3 \(5 pixels'):
        dataset[0]


def test_a_choice_of_the_files_classes(voc):
    (voc / 'class_names.txt').write_text('background\na\nb\nc\nd\n')
    dataset = build(voc, classes=('b', 'background'))
    assert dataset.get_gt_seg_map_by_idx(0)[2:, :4].tolist() == [[0, 0, 0, 255]] * 2
    assert dataset.PALETTE == [[0, 128, 0], [0, 0, 0]]


@pytest.mark.parametrize('content', [
    {'a': 0, 'b': 1, 'c': 0}, {'a.png': 0, 'b.jpg': 1, 'c.jpeg': 0},
    {'a.jpg': 'document', 'b': 'slide', 'c': 0, 'unused': 99}])
def test_names_of_pages_and_classes(voc, content):
    write_labels(voc, content)
    assert [info['cls_label'] for info in build(voc).img_infos] == [0, 1, 0]


def test_other_file_names(voc):
    write_labels(voc, {'a': 0, 'b': 1, 'c': 1}, 'cls-label.json')
    assert [info['cls_label'] for info in build(voc).img_infos] == [0, 1, 1]
    write_labels(voc, {'a': 1, 'b': 1, 'c': 1}, 'mine.json')
    dataset = build(voc, cls_label_file='mine.json')
    assert [info['cls_label'] for info in dataset.img_infos] == [1, 1, 1]
    assert dataset.cls_label_file == str(voc / 'mine.json')


def test_more_page_classes(voc):
    write_labels(voc, {'a': 2, 'b': 'form', 'c': 0})
    dataset = build(voc, page_classes=('letter', 'form', 'map'))
    assert [info['cls_label'] for info in dataset.img_infos] == [2, 1, 0]
    assert dataset.PAGE_CLASSES == ('letter', 'form', 'map')


def test_without_page_classes(voc):
    dataset = build(voc, with_cls=False)
    assert 'cls_label' not in dataset.img_infos[0] and 'cls_label' not in dataset[0]
    assert dataset.PAGE_CLASSES is None
    (voc / 'cls_label.json').unlink()
    assert build(voc).PAGE_CLASSES is None
    with pytest.raises(InputError, match=r'should be in .*/cls_label\.json or .*/cls-label\.json'):
        build(voc, with_cls=True)
    with pytest.raises(InputError, match=r'should be in .*/other\.json, which is not there'):
        build(voc, cls_label_file='other.json')


def test_a_page_without_its_class(voc):
    write_labels(voc, {'a.jpg': 0, 'b.jpg': None})
    with pytest.raises(InputError, match=r'cls_label\.json has no page class for 2 images \(of 3\):'
                       r' b\.jpg, c\.jpg; add them, or set with_cls=.some. where '
                       'only some pages have a class, with_cls=False'):
        build(voc)
    write_labels(voc, {'a.jpg': 0, 'b': 1})
    assert len(build(voc, split='train')) == 2  # only pages of the split need one


@pytest.mark.parametrize('label', [2, -1, 'slides', 1.0, True, [0]])
def test_a_class_that_does_not_exist(voc, label):
    write_labels(voc, {'a': 0, 'b': label, 'c': 1})
    with pytest.raises(InputError, match=r'cls_label\.json has 1 page classes that do not exist: '
                       r'b\.jpg: .*; expected 0 \(document\), 1 \(slide\)'):
        build(voc)


def test_broken_json(voc):
    write_labels(voc, '{"a": 0,\n "b" 1}')
    with pytest.raises(InputError, match=r"cls_label\.json is not valid JSON: .* line 2"):
        build(voc)
    write_labels(voc, [0, 1])
    with pytest.raises(InputError, match='must map file names to page classes, got a list'):
        build(voc)


def test_page_types_in_the_scores(voc):
    dataset = build(voc)
    results = [dict(seg_map=np.array(LABELS[name]), cls_label=1, cls_scores=np.array([.2, .8]))
               for name in 'abc']
    counts = dataset.pre_eval(results, range(3))
    assert torch.equal(sum(c.page_confusion for c in counts).long(), torch.tensor([[0, 2], [0, 1]]))
    scores = dataset.evaluate(counts, logger='silent')
    assert scores['mIoU'] == 1
    assert scores['page_acc'] == .3333 and scores['page_mRecall'] == .5
    assert scores['page_recall.document'] == 0 and scores['page_recall.slide'] == 1
    assert list(scores) == dataset.result_names()
    plain = build(voc, with_cls=False)
    assert 'page_acc' not in plain.evaluate(plain.pre_eval(results, range(3)), logger='silent')


def test_repeat_factors_by_hand():
    present = np.array([[1, 1], [1, 0], [1, 0], [1, 0]], bool)
    # the second class is on a quarter of the pages: sqrt(1 / 0.25) = 2
    assert repeat_factors(present, 1.).tolist() == [2., 1., 1., 1.]
    assert repeat_factors(present, .25).tolist() == [1., 1., 1., 1.]


def test_balanced_pages_by_hand(voc):
    # text, table and separator are each on one page of three: sqrt((4/3) / (1/3)) = 2 times;
    # figures on two: sqrt(2) times, which the total rounds down
    names = [info['filename'] for info in build(voc, balance=4 / 3).img_infos]
    assert names == ['a.jpg', 'a.jpg', 'b.jpg', 'b.jpg', 'c.jpg']
    assert len(build(voc, balance=4 / 3, test_mode=True)) == 3
    with pytest.raises(InputError, match='balance must be a share'):
        build(voc, balance=0)


def test_classes_are_counted_once_and_kept(voc, monkeypatch):
    def names(**arguments):
        found = build(voc, balance=4 / 3, balance_file='classes.npz', **arguments)
        return [info['filename'] for info in found.img_infos]

    balanced = ['a.jpg', 'a.jpg', 'b.jpg', 'b.jpg', 'c.jpg']
    assert names() == balanced
    with monkeypatch.context() as patch:  # no label map is read again
        patch.setattr(LayoutDataset, 'get_gt_seg_map_by_idx', None)
        assert names() == balanced
        with pytest.raises(TypeError):  # of other classes it is
            names(classes=('background', 'figure', 'text', 'table', 'rule'))
        (voc / 'SegmentationClassPNG/b.png').rename(voc / 'SegmentationClassPNG/d.png')
        (voc / 'SegmentationClassPNG/d.png').rename(voc / 'SegmentationClassPNG/b.png')
        with pytest.raises(TypeError):  # of a folder where files were replaced too
            names()
    assert names() == balanced
    (voc / 'classes.npz').write_text('mine')
    with pytest.raises(InputError, match='classes.npz is not a file of balance_file, or is damag'):
        names()
    assert (voc / 'classes.npz').read_text() == 'mine'


def test_pages_of_unknown_class(voc):
    write_labels(voc, {'a': 1, 'c': None})
    dataset = build(voc, with_cls='some')
    assert [info.get('cls_label') for info in dataset.img_infos] == [1, None, None]
    assert [dataset[index]['cls_label'] for index in range(3)] == [1, 255, 255]
    results = [dict(seg_map=np.array(LABELS[name]), cls_label=1) for name in 'abc']
    scores = dataset.evaluate(dataset.pre_eval(results, range(3)), logger='silent')
    assert (scores['page_acc'], scores['page_recall.slide']) == (1, 1)  # of the one that is known
    (voc / 'cls_label.json').unlink()
    dataset = build(voc, with_cls='some')
    assert dataset.PAGE_CLASSES == ('document', 'slide') and dataset[0]['cls_label'] == 255
    write_labels(voc, {'a': 'letter'})
    with pytest.raises(InputError, match='1 page classes that do not exist: a.jpg'):
        build(voc, with_cls='some')
    with pytest.raises(InputError, match="with_cls must be True, False, None or 'some', got 'any'"):
        build(voc, with_cls='any')


def test_classes_that_are_labelled(voc):
    dataset = build(voc, labelled=('text', 'table'))
    expected = [[255] * 6] * 2 + [[2, 2, 2, 3, 3, 3], [2, 2, 2, 3, 3, 255]]
    assert dataset[0]['gt_semantic_seg'].tolist() == expected
    assert dataset.get_gt_seg_map_by_idx(0).tolist() == expected
    assert dataset.CLASSES == LayoutDataset.CLASSES
    # what is predicted where nothing is labelled does not count
    scores = dataset.evaluate(dataset.pre_eval([np.array(LABELS[n]) for n in 'abc'], range(3)),
                              logger='silent')
    assert (scores['IoU.text'], scores['IoU.table'], scores['aAcc']) == (1, 1, 1)
    assert np.isnan(scores['IoU.figure'])
    dataset = build(voc, classes=('table', 'background'), labelled=['table'])
    assert dataset.get_gt_seg_map_by_idx(0).tolist() == [[255] * 6] * 2 + [
        [255] * 3 + [0] * 3, [255] * 3 + [0, 0, 255]]
    with pytest.raises(InputError, match=r"names 'tabel' \(did you mean 'table'\?\)"):
        build(voc, labelled=['tabel'])


def test_classes_by_another_name(voc):
    (voc / 'class_names.txt').write_text('background\nstamp\nwords\ntable\nrule\n')
    names = dict(words='text', rule='validline', stamp='ignore')
    dataset = build(voc, class_map=names)
    assert dataset.CLASSES == LayoutDataset.CLASSES and len(dataset.PALETTE) == 5
    assert dataset.get_gt_seg_map_by_idx(0).tolist() == [
        [0, 0, 0, 255, 255, 255]] * 2 + [[2, 2, 2, 3, 3, 3], [2, 2, 2, 3, 3, 255]]
    assert dataset[1]['gt_semantic_seg'][3].tolist() == [4] * 6
    dataset = build(voc, class_map=dict(names, table='x', background='x', rule='x'),
                    classes=('x', 'text'), labelled=['text'])
    assert dataset.get_gt_seg_map_by_idx(0)[2].tolist() == [1, 1, 1, 255, 255, 255]
    with pytest.raises(InputError, match="names 'stamp', but the classes are ignore, background"):
        build(voc, class_map=dict(words='text', rule='validline'))
    with pytest.raises(InputError, match=r"names 'word' \(did you mean 'words'\?\), but the "
                       'classes of class_names.txt are background, stamp'):
        build(voc, class_map=dict(names, word='text'))


def test_a_folder_as_labelmes_own_converter_leaves_it(voc):
    (voc / 'SegmentationClassPNG').rename(voc / 'SegmentationClass')
    (voc / 'class_names.txt').unlink(missing_ok=True)
    (voc / 'labels.txt').write_text('__ignore__\n_background_\nfigure\nseal\n')
    dataset = LayoutDataset(pipeline=[], data_root=str(voc))
    assert dataset.CLASSES == ('background', 'figure', 'seal')
    assert dataset.ann_dir == str(voc / 'SegmentationClass')
