import json

import cv2
import numpy as np
import pytest

from mmseg.datasets import CocoDataset, LayoutBoxDataset, build_dataloader, build_dataset
from mmseg.utils.errors import InputError

NORM = dict(type='Normalize', mean=[0.] * 3, std=[1.] * 3, to_rgb=False)
TRAIN = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations', with_bbox=True),
         dict(type='Resize', img_scale=(80, 64), keep_ratio=True),
         dict(type='RandomFlip', flip_ratio=0.0), NORM, dict(type='Pad', size_divisor=1),
         dict(type='DefaultFormatBundle'),
         dict(type='Collect', keys=['img', 'gt_bboxes', 'gt_labels'])]
TEST = [dict(type='LoadImageFromFile'),
        dict(type='MultiScaleFlipAug', img_scale=(80, 64), flip=False, transforms=[
            dict(type='Resize', keep_ratio=True), dict(type='RandomFlip'), NORM,
            dict(type='ImageToTensor', keys=['img']), dict(type='Collect', keys=['img'])])]


def document():
    box = dict(iscrowd=0)
    return dict(
        images=[dict(id=7, file_name='a.png', width=40, height=32),
                dict(id=3, file_name='b.png', width=40, height=32),
                dict(id=9, file_name='c.png', width=40, height=32)],
        categories=[dict(id=20, name='table'), dict(id=5, name='figure'), dict(id=6, name='other')],
        annotations=[
            dict(box, id=1, image_id=7, category_id=20, bbox=[4, 2, 10, 20], area=200),
            dict(box, id=2, image_id=3, category_id=5, bbox=[0, 0, 40, 16], area=640),
            dict(box, id=3, image_id=7, category_id=5, bbox=[20, 20, 10, 10], area=100),
            dict(id=4, image_id=7, category_id=5, bbox=[0, 0, 9, 9], area=81, iscrowd=1),
            # left out: another category, no area, too thin, outside, ignored
            dict(box, id=5, image_id=9, category_id=6, bbox=[0, 0, 9, 9], area=81),
            dict(box, id=6, image_id=7, category_id=5, bbox=[0, 0, 9, 9], area=0),
            dict(box, id=7, image_id=7, category_id=5, bbox=[0, 0, .5, 9], area=4),
            dict(box, id=8, image_id=7, category_id=5, bbox=[41, 0, 9, 9], area=81),
            dict(box, id=9, image_id=7, category_id=5, bbox=[0, 0, 9, 9], area=81, ignore=True)])


@pytest.fixture
def folder(tmp_path):
    for name in 'abc':
        cv2.imwrite(str(tmp_path / f'{name}.png'), np.full((32, 40, 3), 200, np.uint8))
    (tmp_path / 'boxes.json').write_text(json.dumps(document()))
    return tmp_path


def data_set(folder, kind=LayoutBoxDataset, pipeline=TRAIN, **args):
    return kind(ann_file='boxes.json', pipeline=pipeline, data_root=str(folder), **args)


def changed(folder, change):
    content = document()
    change(content)
    (folder / 'boxes.json').write_text(json.dumps(content))


def test_classes_are_found_by_their_names(folder):
    dataset = data_set(folder)
    assert dataset.CLASSES == ('figure', 'text', 'table', 'validline')
    assert dataset.cat_ids == [5, -1, 20, -2]
    assert [info['filename'] for info in dataset.data_infos] == ['a.png', 'b.png']
    first = dataset.get_ann_info(0)
    assert first['bboxes'].tolist() == [[4, 2, 14, 22], [20, 20, 30, 30]]
    assert first['labels'].tolist() == [2, 0]
    assert first['bboxes_ignore'].tolist() == [[0, 0, 9, 9]]
    assert len(data_set(folder, filter_empty_gt=False)) == 3
    chosen = data_set(folder, CocoDataset, classes=('other', 'table'))
    assert [chosen.get_ann_info(i)['labels'].tolist() for i in range(2)] == [[1], [0]]


def test_a_page_through_the_pipeline(folder):
    page = data_set(folder)[0]
    assert page['img'].data.shape == (3, 64, 80)
    assert page['gt_bboxes'].data.tolist() == [[8, 4, 28, 44], [40, 40, 60, 60]]
    assert page['gt_labels'].data.tolist() == [2, 0]
    test = data_set(folder, pipeline=TEST, test_mode=True)
    assert len(test) == 3
    assert test[2]['img'][0].shape == (3, 64, 80)
    assert test[2]['img_metas'][0].data['scale_factor'].tolist() == [2, 2, 2, 2]


def test_a_batch_lists_the_boxes_of_its_pages(folder):
    dataset = build_dataset(dict(type='CocoDataset', classes=('figure', 'table'), pipeline=TRAIN,
                                 ann_file='boxes.json', data_root=str(folder)))
    batch = next(iter(build_dataloader(dataset, 2, 0, dist=False, shuffle=False)))
    assert batch['img'].data[0].shape == (2, 3, 64, 80)
    assert [len(boxes) for boxes in batch['gt_bboxes'].data[0]] == [2, 1]


def test_a_window_without_a_box_gives_way_to_another_page(folder):
    def drop_first(results):
        return None if results['img_info']['filename'] == 'a.png' else results
    dataset = data_set(folder, pipeline=[*TRAIN[:2], drop_first, *TRAIN[2:]])
    assert dataset[0]['img_metas'].data['ori_filename'] == 'b.png'
    with pytest.raises(InputError, match='had no box left'):
        data_set(folder, pipeline=[lambda results: None])[0]


def results_of(dataset, scores=((.9, .8), (.7, ))):
    """The true boxes as results."""
    found = []
    for index in range(len(dataset)):
        truth = dataset.get_ann_info(index)
        page = [np.zeros((0, 5), np.float32) for _ in dataset.CLASSES]
        for box, label, score in zip(truth['bboxes'], truth['labels'], scores[index]):
            page[label] = np.concatenate([page[label], [[*box, score]]]).astype(np.float32)
        found.append(page)
    return found


def test_average_precision(folder):
    dataset = data_set(folder)
    found = results_of(dataset)
    scores = dataset.evaluate(found, logger='silent', classwise=True)
    assert scores['bbox_mAP'] == scores['bbox_mAP_50'] == 1
    assert (scores['bbox_mAP.figure'], scores['bbox_mAP.text']) == (1, -1)
    assert list(scores) == dataset.result_names(classwise=True)
    # a figure is found half as wide as it is, which counts at an overlap of 0.5 alone; the other
    # figure has a higher score: 51 of 101 recalls have a precision of 1, the others 0
    found[1][0][0, 2] = 20
    scores = dataset.evaluate(found, logger='silent', metric=['bbox'], classwise=True)
    assert scores['bbox_mAP_50'] == 1
    assert scores['bbox_mAP_75'] == pytest.approx((1 + 51 / 101) / 2, abs=1e-3)
    assert scores['bbox_mAP.table'] == 1
    only = dataset.evaluate(found, logger='silent', metric_items='mAP_50')
    assert only == {'bbox_mAP_50': 1}


def test_nothing_found_scores_nothing(folder):
    dataset = data_set(folder)
    nothing = [[np.zeros((0, 5), np.float32)] * 4] * 2
    assert dataset.evaluate(nothing, logger='silent')['bbox_mAP'] == 0


def test_results_in_the_form_of_coco(folder):
    dataset = data_set(folder)
    found = results_of(dataset)
    written = dataset.format_results(found[1:], str(folder / 'out'), indices=[1])
    assert written == [str(folder / 'out/b.bbox.json')]
    assert json.loads((folder / 'out/b.bbox.json').read_text()) == [
        dict(image_id=3, category_id=5, bbox=[0, 0, 40, 16], score=pytest.approx(.7))]
    dataset.evaluate(found, logger='silent', jsonfile_prefix=str(folder / 'all'))
    assert len(json.loads((folder / 'all.bbox.json').read_text())) == 3


@pytest.mark.parametrize('change, words', [
    (lambda c: c.pop('categories'), "is not a COCO file of boxes.*'categories'"),
    (lambda c: c['annotations'][0].pop('bbox'), "is not a COCO file of boxes.*'bbox'"),
    (lambda c: c['annotations'][0].update(bbox=[0, 0, 'wide', 1]), 'is not a COCO file of boxes'),
    (lambda c: c['annotations'][0].update(bbox=[0, 0, float('nan'), 1]), 'a.png is not finite'),
    (lambda c: c['annotations'][0].update(image_id=4), 'is not a COCO file of boxes'),
    (lambda c: c['images'][1].update(id=7), 'same id to several images'),
    (lambda c: c['images'][0].update(file_name='../a.png'), 'leaves the folder'),
    (lambda c: c['images'][0].update(file_name='d.png'), "names 1 image .*d.png"),
    (lambda c: c['categories'].clear(), 'has none of the classes figure'),
    (lambda c: c['annotations'].clear(), 'no page with a box')])
def test_faults_of_the_file_are_named(folder, change, words):
    changed(folder, change)
    with pytest.raises(InputError, match=words):
        data_set(folder)


def test_other_faults_are_named(folder):
    dataset = data_set(folder)
    with pytest.raises(InputError, match="metric='bbox', got 'segm'"):
        dataset.evaluate([], metric='segm')
    with pytest.raises(InputError, match='1 results came for 2 pages'):
        dataset.evaluate([[]])
    with pytest.raises(InputError, match='of 2 classes, but LayoutBoxDataset has 4'):
        dataset.evaluate([[np.zeros((0, 5))] * 2] * 2, logger='silent')
    with pytest.raises(InputError, match="metric_items has 'mAP50'.*mAP_50"):
        dataset.evaluate(results_of(dataset), logger='silent', metric_items='mAP50')
    with pytest.raises(InputError, match='boxes.json cannot be read'):
        data_set(folder / 'nowhere')
    with pytest.raises(InputError, match="needs|takes no argument 'clases'"):
        build_dataset(dict(type='CocoDataset', clases=('figure', ), pipeline=TRAIN,
                           ann_file='boxes.json', data_root=str(folder)))


def test_the_classes_of_coco():
    assert len(CocoDataset.CLASSES) == 80
    assert (CocoDataset.CLASSES[0], CocoDataset.CLASSES[79]) == ('person', 'toothbrush')
