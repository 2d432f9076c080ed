"""A checkpoint that answers for pages, and its regions."""
import pickle

import cv2
import mmcv
import numpy as np
import pytest
import torch

from mmseg.apis import (
    CheckpointPredictor,
    inference_segmentor,
    init_segmentor,
    read_layout,
    region_options,
)
from mmseg.apis.evaluate import evaluate_checkpoint
from mmseg.apis.train import train_segmentor
from mmseg.datasets import build_dataset
from mmseg.datasets.label_erosion import erosion_of
from mmseg.inference.predictor import PageArrays, Predictor
from mmseg.layout import ErosionParams
from mmseg.layout.counting import count_regions
from mmseg.models import build_segmentor
from mmseg.utils.errors import InputError

CLASSES = ('background', 'figure', 'text', 'table', 'validline')


@pytest.fixture
def images(pages):
    files = sorted((pages / 'JPEGImages').glob('*.jpg'))[:3]
    first, second, third = (cv2.imread(str(file)) for file in files)
    return [first, third[:70, :90].copy(), second, first[:70, :90].copy(), third]


@pytest.mark.parametrize('changes', [
    {}, {'data.test.pipeline.1.img_ratios': [.5, 1.],
         'model.test_cfg.layers': {'validline': [1.]}}])
def test_scores_are_those_of_inference_for_pages_of_any_size(config_file, tmp_path, images,
                                                             changes):
    config = mmcv.Config.fromfile(str(config_file))
    config.merge_from_dict(changes)
    torch.manual_seed(0)
    model = init_segmentor(config, device='cpu')
    torch.save(dict(state_dict=model.state_dict(), meta=dict(CLASSES=CLASSES)),
               tmp_path / 'weights.pth')
    predictor = CheckpointPredictor(config, tmp_path / 'weights.pth', batch=2)
    answers = predictor.predict(images)
    expected = inference_segmentor(model, images, scores=True)
    assert len(answers) == 5
    for image, answer, scores in zip(images, answers, expected):
        assert answer.seg.shape == (5, *image.shape[:2]) and answer.seg.dtype == np.float32
        assert answer.seg == pytest.approx(scores.seg, abs=1e-5)
        assert answer.cls == pytest.approx(scores.cls, abs=1e-5)


def test_names_and_colours(config_file):
    predictor = CheckpointPredictor(str(config_file), device='cpu')
    assert predictor.classes == CLASSES
    assert predictor.palette[1] == (128, 0, 0)
    assert len(predictor.page_classes) == 2
    assert predictor.erosion is None and predictor.predict([]) == []


@pytest.mark.parametrize('page, what', [
    (np.zeros((4, 4), np.uint8), r'uint8 \(4, 4\)'), ('a.jpg', 'str'),
    (np.zeros((4, 4, 3), np.float32), r'float32 \(4, 4, 3\)'),
    (np.zeros((0, 4, 3), np.uint8), r'uint8 \(0, 4, 3\)')])
def test_what_is_not_a_page(config_file, page, what):
    predictor = CheckpointPredictor(str(config_file), device='cpu')
    with pytest.raises(InputError, match=f'number 1 is {what}'):
        predictor.predict([np.zeros((4, 4, 3), np.uint8), page])


class Rectangles(Predictor):
    """Answers with one region of text, two pixels smaller on each side than the true one."""
    classes, palette, page_classes = CLASSES, ((0, 0, 0), ) * 5, ()
    erosion = ErosionParams({2: ('pixels', 2)})
    calls: list = []

    def predict(self, images):
        self.calls.append(len(images))
        answers = []
        for image in images:
            seg = np.zeros((5, *image.shape[:2]), np.float32)
            seg[0] = 1
            seg[:, 22:58, 12:88] = np.array([0, 0, 1, 0, 0])[:, None, None]
            answers.append(PageArrays(seg, None))
        return answers


def test_layouts_of_pages():
    predictor = Rectangles()
    pages = (np.zeros((100 + i, 100, 3), np.uint8) for i in range(5))
    layouts = read_layout(predictor, pages, batch=2, tolerance=0)
    assert predictor.calls == [2, 2, 1]
    assert [layout.size for layout in layouts] == [(100 + i, 100) for i in range(5)]
    assert [layout.number for layout in layouts] == [0, 1, 2, 3, 4]
    # grown back by what the network's labels had lost
    assert [region.box for region in layouts[0].regions] == [(10, 20, 90, 60)]
    layout, = read_layout(predictor, [np.zeros((100, 100, 3), np.uint8)], erosion=None)
    assert layout.regions[0].box == (12, 22, 88, 58)


def test_options_of_a_predictor():
    assert region_options(Rectangles(), min_area=7).erosion == Rectangles.erosion
    with pytest.raises(InputError, match="no option 'min_aera'.*min_area"):
        region_options(Rectangles(), min_aera=7)


LOAD = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]
RESIZE = dict(type='Resize', img_scale=(768, 768))


def config_with(train, test=()):
    return mmcv.Config(dict(data=dict(train=train, test=dict(pipeline=list(test)))))


def test_erosion_in_pixels_of_the_page():
    erosion = dict(type='LabelErosion', pixels=2)
    found = erosion_of(config_with(dict(pipeline=[*LOAD, erosion, RESIZE])))
    assert found == ErosionParams(dict.fromkeys((1, 2, 3), ('pixels', 2)), None)


def test_erosion_in_pixels_of_what_the_network_sees():
    erosion = dict(type='LabelErosion', per_class=dict(text=dict(vatti_ratio=.4)))
    views = dict(type='MultiScaleFlipAug', img_scale=(1024, 512), transforms=[])
    inner = dict(type='RepeatDataset', dataset=dict(pipeline=[*LOAD, RESIZE, erosion]))
    found = erosion_of(config_with([dict(pipeline=LOAD), inner], [LOAD[0], views]))
    assert found == ErosionParams({2: ('vatti_ratio', .4)}, (1024, 512))
    # a page of 2048 x 768 fits there at half its size
    assert found.pixels_per_unit((768, 2048)) == 2


def test_no_erosion():
    assert erosion_of(config_with(dict(pipeline=LOAD))) is None
    assert erosion_of(mmcv.Config(dict(model={}))) is None
    rare = dict(type='LabelErosion', pixels=2, prob=.3)
    assert erosion_of(config_with(dict(pipeline=[*LOAD, rare]))) is None


def test_evaluation_of_regions(config):
    """Perfect predictions find each region, and predictions that a network has eroded do so too."""
    dataset = build_dataset(config.data.val, dict(test_mode=True))
    count_regions(dataset, config, ['mIoU', 'regions'])
    dataset = pickle.loads(pickle.dumps(dataset))  # loading processes get it so
    labels = list(dataset.get_gt_seg_maps())
    scores = dataset.evaluate(labels, ['mIoU', 'regions'], logger='silent')
    assert scores['region_f1_50'] == scores['region_f1_75'] == 1
    assert scores['region_splits'] == scores['region_merges'] == 0
    assert sum(row['regions'] for row in scores.report['regions']['classes'].values()) > 5
    nothing = [np.zeros_like(label) for label in labels]
    assert dataset.evaluate(nothing, ['regions'], logger='silent')['region_f1_50'] == 0


def test_training_saves_the_best_by_its_regions(config, pages):
    config.evaluation = dict(interval=2, metric=['mIoU', 'regions'], save_best='region_f1_50',
                             pre_eval=True)
    config.runner.max_iters = 2
    dataset = build_dataset(config.data.train)
    model = build_segmentor(config.model)
    train_segmentor(model, dataset, config, validate=True,
                    meta=dict(CLASSES=dataset.CLASSES, PALETTE=dataset.PALETTE))
    report = mmcv.load(f'{config.work_dir}/eval_report.json')
    assert 'region_f1_50' in report['regions']['summary']
    assert mmcv.load(f'{config.work_dir}/best_score.json')['key'] == 'region_f1_50'
    scores = evaluate_checkpoint(config, f'{config.work_dir}/latest.pth',
                                 metrics=['mIoU', 'regions'])
    assert scores.report['regions'] == report['regions']


def test_the_best_by_regions_that_are_not_evaluated(config):
    config.evaluation = dict(interval=2, save_best='region_f1_50')
    dataset = build_dataset(config.data.train)
    with pytest.raises(InputError, match=r"evaluation needs metric=\['mIoU', 'regions'\]"):
        train_segmentor(build_segmentor(config.model), dataset, config, validate=True)
