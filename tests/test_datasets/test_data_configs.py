"""Every data config loads a miniature of its data set and counts its labels."""
import numpy as np
import pytest

from mmseg.datasets import build_dataset
from mmseg.utils.config import load_config

from ..miniatures import COLUMN, SIZE

# name of the config, pages for training, labels that the file values 0, 1, 2 (or 1 again) become
CONFIGS = [
    ('ade20k', 1, (255, 0, 1)),
    ('ade20k_640x640', 1, (255, 0, 1)),
    ('ade20k_half', 1, (255, 0, 1)),
    ('chase_db1', 40000, (0, 1, 1)),
    ('cityscapes', 1, (0, 1, 2)),
    ('cityscapes_1024x1024', 1, (0, 1, 2)),
    ('cityscapes_768x768', 1, (0, 1, 2)),
    ('cityscapes_769x769', 1, (0, 1, 2)),
    ('cityscapes_832x832', 1, (0, 1, 2)),
    ('cityscapes_cgnet', 1, (0, 1, 2)),
    ('cityscapes_lst', 1, (0, 1, 2)),
    ('coco-stuff10k', 1, (255, 0, 1)),
    ('coco-stuff164k', 1, (0, 1, 2)),
    ('dark_zurich', 1, (0, 1, 2)),
    ('drive', 40000, (0, 1, 1)),
    ('hrf', 40000, (0, 1, 1)),
    ('isaid', 1, (0, 1, 2)),
    ('loveda', 1, (255, 0, 1)),
    ('night_driving', 1, (0, 1, 2)),
    ('occlude_face', 3, (0, 1, 1)),
    ('pascal_context', 1, (0, 1, 2)),
    ('pascal_context_59', 1, (255, 0, 1)),
    ('pascal_voc12', 1, (0, 1, 2)),
    ('pascal_voc12_aug', 2, (0, 1, 2)),
    ('potsdam', 1, (255, 0, 1)),
    ('stare', 40000, (0, 1, 1)),
    ('vaihingen', 1, (255, 0, 1)),
]


def small(part):
    """The config of a data set with pages enlarged little."""
    for step in part.get('pipeline', []):
        if 'img_scale' in step:
            step.img_scale = (128, 96)
        if 'img_ratios' in step:
            step.img_ratios = [1.0]
    return part


@pytest.mark.parametrize('name, number, labels', CONFIGS, ids=[row[0] for row in CONFIGS])
def test_miniature(name, number, labels, data_folder, repository, monkeypatch):
    monkeypatch.chdir(data_folder)
    data = load_config(str(repository / f'configs/_base_/datasets/{name}.py')).data
    parts = data.train if isinstance(data.train, list) else [data.train.get('dataset', data.train)]
    for part in parts:
        small(part)
    training = build_dataset(data.train)
    assert len(training) == number
    page = training[0]
    label = page['gt_semantic_seg'].data.numpy()
    assert set(np.unique(label)) <= {*labels, 255}
    assert page['img'].data.shape[1:] == label.shape[1:]

    test = build_dataset(small(data.test), dict(test_mode=True))
    assert len(test) == 1
    assert set(test[0]) == {'img', 'img_metas'} and test[0]['img'][0].shape == (3, 96, 128)
    expected = np.tile(np.repeat((*labels, 255), SIZE[1] // 4), (SIZE[0], 1))
    assert test.get_gt_seg_map_by_idx(0).tolist() == expected.tolist()
    # all pixels taken for class 1
    intersect, union, predicted, true = test.pre_eval(np.ones(SIZE, dtype=int), 0)[0]
    counted = COLUMN * sum(value != 255 for value in labels)
    right = COLUMN * labels.count(1)
    assert (int(intersect[1]), int(intersect.sum())) == (right, right)
    assert (int(predicted[1]), int(true.sum()), int(union[1])) == (counted, ) * 3


def test_every_data_config_of_0x(repository):
    there = {file.stem for file in (repository / 'configs/_base_/datasets').glob('*.py')
             if not file.stem.startswith(('layout', 'page_types', 'coco_detection'))}
    assert there == {row[0] for row in CONFIGS}
