import json

import cv2
import mmcv
import numpy as np
import pytest
from PIL import Image

from mmseg.apis import (
    CheckpointPredictor,
    inference_detector,
    init_segmentor,
    read_layout,
    show_result_pyplot,
)
from mmseg.cli import main
from mmseg.datasets import LayoutBoxDataset
from mmseg.models import build_segmentor
from mmseg.utils.errors import InputError

from ..detectors import network

NORM = dict(type='Normalize', mean=[123.] * 3, std=[58.] * 3, to_rgb=True)
TEST = [dict(type='LoadImageFromFile'),
        dict(type='MultiScaleFlipAug', img_scale=(64, 64), flip=False, transforms=[
            dict(type='Resize', keep_ratio=True), dict(type='RandomFlip'), NORM,
            dict(type='ImageToTensor', keys=['img']), dict(type='Collect', keys=['img'])])]
TRAIN = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations', with_bbox=True),
         dict(type='Resize', img_scale=(64, 64), keep_ratio=True),
         dict(type='RandomFlip', flip_ratio=0.5), NORM, dict(type='Pad', size_divisor=32),
         dict(type='DefaultFormatBundle'),
         dict(type='Collect', keys=['img', 'gt_bboxes', 'gt_labels'])]


@pytest.fixture
def voc(tmp_path):
    """Two pages with label maps: a figure and two paragraphs, a table and a line."""
    for folder in ('JPEGImages', 'SegmentationClassPNG', 'ImageSets/Segmentation'):
        (tmp_path / folder).mkdir(parents=True)
    for name, parts in (('a', [(1, 20, 20, 120, 100), (2, 20, 120, 180, 140)]),
                        ('b', [(3, 10, 10, 100, 150), (4, 10, 180, 190, 184)])):
        label = np.zeros((240, 200), np.uint8)
        for value, left, top, right, bottom in parts:
            label[top:bottom, left:right] = value
        label[230:, :] = 255
        Image.fromarray(label).save(tmp_path / f'SegmentationClassPNG/{name}.png')
        cv2.imwrite(str(tmp_path / f'JPEGImages/{name}.jpg'), np.full((240, 200, 3), 255, np.uint8))
    (tmp_path / 'ImageSets/Segmentation/train.txt').write_text('a\nb\n')
    return tmp_path


def run(*words):
    main(list(map(str, words)))


def test_label_maps_become_boxes(voc, capsys):
    run('convert', 'boxes', voc, voc / 'boxes.json')
    assert '1 figure, 1 text, 1 table, 1 validline' in capsys.readouterr().out
    dataset = LayoutBoxDataset('boxes.json', [], data_root=str(voc), img_prefix='JPEGImages')
    found = {dataset.data_infos[i]['filename']: dataset.get_ann_info(i) for i in range(2)}
    assert found['a.jpg']['bboxes'].tolist() == [[20, 120, 180, 140], [20, 20, 120, 100]] or \
        found['a.jpg']['bboxes'].tolist() == [[20, 20, 120, 100], [20, 120, 180, 140]]
    assert sorted(found['a.jpg']['labels'].tolist()) == [0, 1]
    assert sorted(found['b.jpg']['labels'].tolist()) == [2, 3]
    content = json.loads((voc / 'boxes.json').read_text())
    assert {one['area'] for one in content['annotations']} == {8000, 3200, 12600, 720}
    assert content['images'][0] == dict(id=1, file_name='a.jpg', height=240, width=200)


def labelme(folder, shapes, **more):
    cv2.imwrite(str(folder / 'page.png'), np.full((100, 80, 3), 255, np.uint8))
    (folder / 'page.json').write_text(json.dumps(dict(
        imagePath='page.png', imageData=None, imageHeight=100, imageWidth=80, shapes=shapes,
        flags={}, version='5.0', **more)))


def test_shapes_of_labelme_become_boxes(tmp_path):
    labelme(tmp_path, [
        dict(label='table', shape_type='polygon', points=[[10, 10], [60, 12], [50, 90]]),
        dict(label='figure', shape_type='rectangle', points=[[70, 20], [90, 40]])])
    run('convert', 'boxes', tmp_path, tmp_path / 'out/boxes.json', '--labelme')
    content = json.loads((tmp_path / 'out/boxes.json').read_text())
    names = {one['id']: one['name'] for one in content['categories']}
    assert {names[one['category_id']]: one['bbox'] for one in content['annotations']} == {
        'table': [10, 10, 50, 80], 'figure': [70, 20, 10, 20]}
    assert content['images'] == [dict(id=1, file_name='page.png', height=100, width=80)]


def test_labels_of_labelme_that_nobody_knows_are_named(tmp_path):
    labelme(tmp_path, [dict(label='tabel', shape_type='rectangle', points=[[1, 1], [9, 9]])])
    with pytest.raises((InputError, SystemExit)):
        run('convert', 'boxes', tmp_path, tmp_path / 'boxes.json', '--labelme')
    assert not (tmp_path / 'boxes.json').exists()


def config(voc):
    part = dict(type='LayoutBoxDataset', data_root=str(voc), img_prefix='JPEGImages',
                ann_file='boxes.json')
    return mmcv.Config(dict(
        model=network(width=32, hidden=32, num_query=6, max_per_img=9, with_box_refine=True),
        data=dict(samples_per_gpu=2, workers_per_gpu=0, train=dict(part, pipeline=TRAIN),
                  val=dict(part, pipeline=TEST), test=dict(part, pipeline=TEST)),
        optimizer=dict(type='AdamW', lr=1e-4), optimizer_config=dict(grad_clip=dict(max_norm=.1)),
        lr_config=dict(policy='step', step=[9]),
        runner=dict(type='IterBasedRunner', max_iters=2),
        checkpoint_config=dict(by_epoch=False, interval=2),
        evaluation=dict(interval=2, metric='bbox', save_best='bbox_mAP_50'),
        custom_hooks=[dict(type='NumClassCheckHook')],
        log_config=dict(interval=1, hooks=[dict(type='TextLoggerHook', by_epoch=False)]),
        log_level='INFO', workflow=[('train', 1)], load_from=None, resume_from=None))


def test_a_detector_is_trained_tested_and_used(voc, tmp_path, capsys):
    run('convert', 'boxes', voc, voc / 'boxes.json')
    config(voc).dump(str(tmp_path / 'boxes.py'))
    run('train', tmp_path / 'boxes.py', '--work-dir', tmp_path / 'work', '--seed', 0)
    checkpoint = tmp_path / 'work/iter_2.pth'
    assert (tmp_path / 'work/best_score.json').is_file()
    run('test', tmp_path / 'boxes.py', checkpoint, '--eval', 'bbox', '--show-dir',
        tmp_path / 'shown')
    assert (tmp_path / 'shown/a.jpg').is_file()
    for threshold in (0, 1):
        run('test', tmp_path / 'boxes.py', checkpoint, '--show-dir', tmp_path / f'from_{threshold}',
            '--show-score-thr', threshold, '--device', 'cpu', '--fuse-conv-bn', '--gpu-ids', 0)
    painted, empty = (cv2.imread(str(tmp_path / f'from_{threshold}/a.jpg')) for threshold in (0, 1))
    assert empty[:240].min() > 250  # the page is white, a legend is below it
    assert painted[:240].min() < 250
    run('test', tmp_path / 'boxes.py', checkpoint, '--out', tmp_path / 'boxes.pkl')
    for words, sentence in (
            (('confusion', tmp_path / 'boxes.py', tmp_path / 'boxes.pkl', tmp_path / 'matrix'),
             'LayoutBoxDataset has no label maps to compare results with'),
            (('ensemble', '--config', tmp_path / 'boxes.py', '--checkpoint', checkpoint, '--out',
              tmp_path / 'mean'), 'is of a DeformableDETR, which has no scores of pixels'),
            (('cam', voc / 'JPEGImages/a.jpg', tmp_path / 'boxes.py', checkpoint, '--target',
              'figure', '--out-file', tmp_path / 'cam.png'),
             'DeformableDETR finds boxes; only for'),
            (('find-layers', tmp_path / 'boxes.py', checkpoint, '--scales', '0.5', '1.0'),
             'DeformableDETR has no scores of pixels'),
            (('flops', tmp_path / 'boxes.py'), 'operations of DeformableDETR are not counted')):
        capsys.readouterr()
        with pytest.raises((InputError, SystemExit)):
            run(*words)
        assert sentence in capsys.readouterr().err
    report = json.loads(next((tmp_path / 'work').glob('eval*.json')).read_text())
    assert set(report['summary']) == {f'bbox_mAP{part}' for part in ('', '_50', '_75', '_s', '_m',
                                                                      '_l')}
    run('layout', tmp_path / 'boxes.py', checkpoint, voc / 'JPEGImages/a.jpg', '--out',
        tmp_path / 'regions', '--format', 'json', 'page', 'alto', 'hocr', 'coco', '--regions',
        'box_score=0.001')
    assert len(list((tmp_path / 'regions').iterdir())) == 5


def test_regions_have_the_boxes_of_the_network(voc):
    run('convert', 'boxes', voc, voc / 'boxes.json')
    predictor = CheckpointPredictor(config(voc), device='cpu')
    assert predictor.classes == ('background', 'figure', 'text', 'table', 'validline')
    image = np.full((120, 100, 3), 255, np.uint8)
    boxes = predictor.predict([image])[0]
    assert boxes.size == (120, 100)
    assert len(boxes.boxes) == 9
    layout = read_layout(predictor, [image], box_score=.0001, min_area=0, min_line_length=0)[0]
    best = int(boxes.scores.argmax())
    assert layout.size == (120, 100)
    assert any(region.box == pytest.approx(tuple(boxes.boxes[best]), abs=1e-3)
               for region in layout.regions)


def test_a_picture_of_a_result(voc, tmp_path):
    run('convert', 'boxes', voc, voc / 'boxes.json')
    model = init_segmentor(config(voc), device='cpu')
    image = np.full((120, 100, 3), 255, np.uint8)
    boxes = inference_detector(model, image)
    assert [box.shape[1] for box in boxes] == [5] * 4 and sum(map(len, boxes)) == 9
    np.testing.assert_equal(inference_detector(model, [image, image]), [boxes, boxes])
    show_result_pyplot(model, image, [[np.array([[10, 10, 60, 60, .9]])] + [np.zeros((0, 5))] * 3],
                       out_file=str(tmp_path / 'page.png'))
    assert cv2.imread(str(tmp_path / 'page.png')).shape[1] == 100


@pytest.mark.parametrize('name', ['', 'refine_', 'twostage_refine_'])
def test_the_configs_of_mmdet_are_there(repository, name):
    cfg = mmcv.Config.fromfile(str(
        repository / f'configs/deformable_detr/deformable_detr_{name}r50_16x2_50e_coco.py'))
    head = cfg.model.bbox_head
    assert head.get('with_box_refine', False) == bool(name)
    assert head.as_two_stage == name.startswith('two')
    assert cfg.data.train.pipeline[3].policies[0][0].img_scale[::10] == [(480, 1333), (800, 1333)]
    small = mmcv.ConfigDict(cfg.model, backbone=dict(cfg.model.backbone, init_cfg=None))
    small.bbox_head.transformer.encoder.num_layers = 1
    small.bbox_head.transformer.decoder.num_layers = 1
    assert build_segmentor(small).num_classes == 80
