"""Data sets known by name: their files for benchmarks' servers, Cityscapes' own metric."""
import importlib
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from mmseg.datasets import DATASETS, CityscapesDataset, build_dataset
from mmseg.utils.errors import InputError

LOAD = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]
# module, class, how images and label maps end, number of classes, whether 0 is ignored
KNOWN = [
    ('ade', 'ADE20KDataset', '.jpg', '.png', 150, True),
    ('chase_db1', 'ChaseDB1Dataset', '.png', '_1stHO.png', 2, False),
    ('cityscapes', 'CityscapesDataset', '_leftImg8bit.png', '_gtFine_labelTrainIds.png', 19, False),
    ('coco_stuff', 'COCOStuffDataset', '.jpg', '_labelTrainIds.png', 171, False),
    ('dark_zurich', 'DarkZurichDataset', '_rgb_anon.png', '_gt_labelTrainIds.png', 19, False),
    ('drive', 'DRIVEDataset', '.png', '_manual1.png', 2, False),
    ('face', 'FaceOccludedDataset', '.jpg', '.png', 2, False),
    ('hrf', 'HRFDataset', '.png', '.png', 2, False),
    ('isaid', 'iSAIDDataset', '.png', '_instance_color_RGB.png', 16, False),
    ('isprs', 'ISPRSDataset', '.png', '.png', 6, True),
    ('loveda', 'LoveDADataset', '.png', '.png', 7, True),
    ('night_driving', 'NightDrivingDataset', '_leftImg8bit.png', '_gtCoarse_labelTrainIds.png', 19,
     False),
    ('pascal_context', 'PascalContextDataset', '.jpg', '.png', 60, False),
    ('pascal_context', 'PascalContextDataset59', '.jpg', '.png', 59, True),
    ('potsdam', 'PotsdamDataset', '.png', '.png', 6, True),
    ('stare', 'STAREDataset', '.png', '.ah.png', 2, False),
    ('voc', 'PascalVOCDataset', '.jpg', '.png', 21, False),
]


def write(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.array(values, dtype=np.uint8)).save(path)


def make(folder, kind, image_end, label_end, values, **arguments):
    """A data set of one page whose label map holds ``values``."""
    write(folder / 'img' / 'city' / f'a{image_end}', np.zeros((*np.shape(values), 3)))
    write(folder / 'ann' / 'city' / f'a{label_end}', values)
    (folder / 'split.txt').write_text('city/a\n')
    return build_dataset(dict(type=kind, pipeline=LOAD, data_root=str(folder), img_dir='img',
                              ann_dir='ann', split='split.txt', **arguments))


@pytest.mark.parametrize('module, kind, image_end, label_end, number, reduced', KNOWN,
                         ids=[row[1] for row in KNOWN])
def test_names_and_labels(tmp_path, module, kind, image_end, label_end, number, reduced):
    cls = getattr(importlib.import_module(f'mmseg.datasets.{module}'), kind)
    assert DATASETS.get(kind) is cls
    assert len(cls.CLASSES) == len(set(cls.CLASSES)) == len(cls.PALETTE) == number
    dataset = make(tmp_path, kind, image_end, label_end, [[0, 1, 255]])
    assert dataset.reduce_zero_label is reduced and dataset.ignore_index == 255
    expected = [[255, 0, 255]] if reduced else [[0, 1, 255]]
    assert dataset[0]['gt_semantic_seg'].tolist() == expected
    assert dataset.get_gt_seg_map_by_idx(0).tolist() == expected


def test_names_as_checkpoints_have_them():
    assert DATASETS.get('PascalContextDataset').CLASSES[:3] == ('background', 'aeroplane', 'bag')
    assert DATASETS.get('PascalContextDataset59').CLASSES[0] == 'aeroplane'
    assert DATASETS.get('PascalContextDataset59').PALETTE[0] == [180, 120, 120]
    assert DATASETS.get('iSAIDDataset').CLASSES[-1] == 'Harbor'


def test_files_may_end_otherwise(tmp_path):
    dataset = make(tmp_path, 'ADE20KDataset', '.jpg', '_x.png', [[1, 2]], seg_map_suffix='_x.png',
                   reduce_zero_label=False)
    assert dataset[0]['gt_semantic_seg'].tolist() == [[1, 2]]


def test_a_split_where_0x_wants_one():
    with pytest.raises(InputError, match="PascalContextDataset needs 'split'"):
        build_dataset(dict(type='PascalContextDataset', pipeline=[], img_dir='.'))


# building is 2 in the file and 1 when reduced, sky 3 and 2; the other classes are left out
@pytest.mark.parametrize('in_pipeline', [True, False])
@pytest.mark.parametrize('in_loader', [None, dict(reduce_zero_label=True)])
def test_zero_label_and_a_choice_of_classes(tmp_path, in_pipeline, in_loader):
    values = [[0, 1, 2, 3, 4, 255]]
    dataset = make(tmp_path, 'ADE20KDataset', '.jpg', '.png', values, classes=['sky', 'building'],
                   gt_seg_map_loader_cfg=in_loader)
    dataset.pipeline.transforms[1].reduce_zero_label = in_pipeline
    expected = [[255, 255, 1, 0, 255, 255]]
    assert dataset[0]['gt_semantic_seg'].tolist() == expected
    assert [label.tolist() for label in dataset.get_gt_seg_maps()] == [expected]
    # sky everywhere: one of two pixels is right
    areas = dataset.pre_eval(np.zeros((1, 6), dtype=int), 0)[0]
    assert [area.tolist() for area in areas] == [[1, 0], [2, 1], [2, 0], [1, 1]]
    assert dataset.evaluate([np.zeros((1, 6), dtype=int)], logger='silent')['mIoU'] == .25


def values_of(path):
    with Image.open(path) as picture:
        return np.array(picture).tolist(), picture.mode, picture.convert('RGB').getpixel((0, 0))


def test_cityscapes_for_the_server(tmp_path):
    dataset = make(tmp_path, 'CityscapesDataset', '_leftImg8bit.png', '_gtFine_labelTrainIds.png',
                   [[0, 1, 18]])
    result = [np.array([[0, 13, 18]])]
    written = dataset.format_results(result, str(tmp_path / 'out'))
    assert written == [str(tmp_path / 'out' / 'a_leftImg8bit.png')]
    assert values_of(written[0]) == ([[7, 26, 33]], 'P', (128, 64, 128))
    written = dataset.format_results(result, str(tmp_path / 'out'), to_label_id=False, indices=[0])
    assert values_of(written[0])[0] == [[0, 13, 18]]
    chosen = CityscapesDataset(pipeline=[], data_root=str(tmp_path), img_dir='img',
                               classes=['car', 'road'])
    written = chosen.format_results([dict(seg_map=np.array([[0, 1]]))], str(tmp_path / 'chosen'))
    assert values_of(written[0])[0] == [[26, 7]]


def test_ade_and_loveda_for_the_server(tmp_path):
    dataset = make(tmp_path / 'ade', 'ADE20KDataset', '.jpg', '.png', [[1, 2]])
    written = dataset.format_results([np.array([[0, 149]])], str(tmp_path / 'out'))
    assert values_of(written[0])[:2] == ([[1, 150]], 'L')
    dataset = make(tmp_path / 'loveda', 'LoveDADataset', '.png', '.png', [[1, 2]])
    written = dataset.format_results([np.array([[0, 6]])], str(tmp_path / 'out'))
    assert values_of(written[0])[:2] == ([[0, 6]], 'L')


def street(tmp_path):
    dataset = make(tmp_path, 'CityscapesDataset', '_leftImg8bit.png', '_gtFine_labelTrainIds.png',
                   [[0, 1]])
    write(tmp_path / 'ann' / 'city' / 'a_gtFine_labelIds.png', [[7, 8]])
    return dataset


def test_cityscapes_own_metric(tmp_path, monkeypatch):
    seen = []

    def judge(predictions, labels, args):
        assert args.evalInstLevelScore and args.evalPixelAccuracy
        seen.append([values_of(path)[0] for path in predictions + labels])
        return {'averageScoreClasses': .5}

    program = ModuleType('cityscapesscripts.evaluation.evalPixelLevelSemanticLabeling')
    program.args = SimpleNamespace(predictionWalk='of another run')
    program.getPrediction = lambda args, name: f'{args.predictionPath}/a_leftImg8bit.png'
    program.evaluateImgLists = judge
    for name in ('cityscapesscripts', 'cityscapesscripts.evaluation', program.__name__):
        monkeypatch.setitem(sys.modules, name, program)
    dataset = street(tmp_path)
    result = [np.array([[0, 0]])]
    assert dataset.evaluate(result, 'cityscapes', 'silent') == {'averageScoreClasses': .5}
    scores = dataset.evaluate(result, ['mIoU', 'cityscapes'], 'silent')
    assert (scores['IoU.road'], scores['averageScoreClasses']) == (.5, .5)
    files = dataset.format_results(result, str(tmp_path / 'out'))
    dataset.evaluate(files, 'cityscapes', 'silent', imgfile_prefix=str(tmp_path / 'out'))
    assert seen == [[[[7, 7]], [[7, 8]]]] * 3
    with pytest.raises(InputError, match='only their counts came'):
        dataset.evaluate(dataset.pre_eval(result, [0]), 'cityscapes', 'silent')

    def stop(*lists):
        sys.exit(-1)

    program.evaluateImgLists = stop
    with pytest.raises(InputError, match=r'evaluation stopped; .* \*_instanceIds.png'):
        dataset.evaluate(result, 'cityscapes', 'silent')
    (tmp_path / 'ann' / 'city' / 'a_gtFine_labelIds.png').unlink()
    with pytest.raises(InputError, match=r'reads \*_gtFine_labelIds.png files, but .* has none'):
        dataset.evaluate(result, 'cityscapes', 'silent')


def test_cityscapes_own_metric_needs_its_program(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'cityscapesscripts', None)
    with pytest.raises(InputError, match='pip install cityscapesscripts'):
        street(tmp_path).evaluate([np.array([[0, 0]])], 'cityscapes', 'silent')
