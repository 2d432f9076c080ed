"""Pages of which only the type is known, in each form in which it may be given."""
import json
import pickle

import cv2
import numpy as np
import pytest
import torch

from mmseg.datasets import build_dataloader, build_dataset
from mmseg.datasets.pipelines import Compose
from mmseg.utils.errors import InputError, UnknownNameError

PIPELINE = [dict(type='LoadImageFromFile'), dict(type='Resize', size=(8, 6)),
            dict(type='ImageToTensor', keys=['img']), dict(type='ToTensor', keys=['gt_label']),
            dict(type='Collect', keys=['img', 'gt_label'])]


@pytest.fixture
def folder(tmp_path):
    """Pages form/a.png, form/b.png, letter/c.PNG and letter/deep/d.jpg, each of one grey."""
    for number, name in enumerate(('form/a.png', 'form/b.png', 'letter/c.PNG',
                                   'letter/deep/d.jpg')):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / name), np.full((12, 10, 3), 60 * number, np.uint8))
    (tmp_path / 'letter/notes.txt').write_text('no page')
    return tmp_path


def dataset(folder, **options):
    return build_dataset(dict(type='PageTypeDataset', data_prefix=str(folder), pipeline=PIPELINE,
                              **options))


def labels(data):
    return {info['img_info']['filename']: info['gt_label'].tolist() for info in data.data_infos}


def test_each_folder_is_a_class(folder):
    data = dataset(folder)
    assert data.CLASSES == ('form', 'letter')
    assert labels(data) == {'form/a.png': 0, 'form/b.png': 0, 'letter/c.PNG': 1,
                            'letter/deep/d.jpg': 1}
    assert data.class_to_idx == {'form': 0, 'letter': 1}
    assert data.get_cat_ids(2) == [1]


def test_a_batch_has_images_and_labels(folder):
    loader = build_dataloader(dataset(folder), 3, 0, dist=False, shuffle=False)
    batch = next(iter(loader))
    assert batch['img'].shape == (3, 3, 8, 6)
    assert batch['img'][:, 0, 0, 0].tolist() == [0, 60, 120]
    assert batch['gt_label'].tolist() == [0, 0, 1]
    assert batch['gt_label'].dtype == torch.int64


@pytest.mark.parametrize('lines', ['form/a.png 1\nletter/c.PNG 0\n',
                                   'form/a.png\tletter\nletter/c.PNG\tform\n'])
def test_a_list_gives_numbers_or_names(folder, lines):
    (folder / 'list.txt').write_text(lines)
    data = dataset(folder, ann_file=str(folder / 'list.txt'), classes=['form', 'letter'])
    assert labels(data) == {'form/a.png': 1, 'letter/c.PNG': 0}


def test_names_in_a_list_are_the_classes(folder):
    (folder / 'list.txt').write_text('form/a.png slide\nform/b.png document\n')
    data = dataset(folder, ann_file=str(folder / 'list.txt'))
    assert data.CLASSES == ('document', 'slide')
    assert labels(data) == {'form/a.png': 1, 'form/b.png': 0}


def test_several_types_a_page(folder):
    (folder / 'list.txt').write_text('form/a.png table,letter\nform/b.png form\n')
    data = dataset(folder, ann_file=str(folder / 'list.txt'), multi_label=True,
                   classes=['form', 'letter', 'table'])
    assert labels(data) == {'form/a.png': [0, 1, 1], 'form/b.png': [1, 0, 0]}
    assert data.get_cat_ids(0) == [1, 2]


def test_pages_of_a_layout_folder_without_their_masks(voc):
    data = build_dataset(dict(
        type='PageTypeDataset', data_root=str(voc), data_prefix='JPEGImages', split='train',
        ann_file='cls_label.json', classes=('document', 'slide'), pipeline=PIPELINE))
    assert labels(data) == {'a.jpg': 0, 'b.jpg': 1}


def test_pages_that_the_json_does_not_name_are_left_out(folder):
    (folder / 'types.json').write_text(json.dumps({'form/a': ['x', 'y'], 'letter/c.PNG': ['y']}))
    data = dataset(folder, ann_file=str(folder / 'types.json'), multi_label=True)
    assert data.CLASSES == ('x', 'y')
    assert labels(data) == {'form/a.png': [1, 1], 'letter/c.PNG': [0, 1]}


def test_configs_of_mmclassification_name_it_otherwise(folder):
    (folder / 'val.txt').write_text('form/a.png 0\nletter/c.PNG 999\n')
    data = build_dataset(dict(type='ImageNet', data_prefix=str(folder), pipeline=PIPELINE,
                              ann_file=str(folder / 'val.txt')))
    assert (len(data.CLASSES), labels(data)['letter/c.PNG']) == (1000, 999)
    data = build_dataset(dict(type='CustomDataset', data_prefix=str(folder), pipeline=PIPELINE))
    assert data.CLASSES == ('form', 'letter')


@pytest.mark.parametrize('text, options, sentence', [
    ('form/a.png 2\n', dict(classes=['x', 'y']), "label 2 in .*expected 0 to 1, or one of x, y"),
    ('form/a.png formm\n', dict(classes=['form', 'y']), "label 'formm' .*did you mean 'form'"),
    ('form/a.png 0\n', {}, r'needs classes=\[...\]'),
    ('form/z.png x\n', {}, 'names 1 image .* does not have: form/z.png'),
    ('../a.png x\n', {}, 'leaves the folder'),
    ('form/a.png\n', {}, "has the line 'form/a.png'; expected the name"),
    ('form/a.png x\n', dict(classes=['x', 'x']), 'listed twice'),
])
def test_lists_with_faults_are_refused(folder, text, options, sentence):
    (folder / 'list.txt').write_text(text)
    with pytest.raises(InputError, match=sentence):
        dataset(folder, ann_file=str(folder / 'list.txt'), **options)


def test_other_faults_are_refused(folder):
    with pytest.raises(InputError, match='which is not a folder'):
        dataset(folder / 'nowhere')
    with pytest.raises(InputError, match='has 2 folders .* but classes names 3'):
        dataset(folder, classes=['a', 'b', 'c'])
    with pytest.raises(InputError, match='has no folders'):
        dataset(folder / 'form')
    (folder / 'types.json').write_text('{"form/a": [0, 1]}')
    with pytest.raises(InputError, match='set multi_label=True'):
        dataset(folder, ann_file=str(folder / 'types.json'), classes=['a', 'b'])
    (folder / 'split.txt').write_text('form/a.png\nform/q\n')
    (folder / 'list.txt').write_text('form/a.png x\n')
    with pytest.raises(InputError, match='without an image or a label: form/q'):
        dataset(folder, ann_file=str(folder / 'list.txt'), split=str(folder / 'split.txt'))


def test_measures_of_four_pages_by_hand(folder):
    data = dataset(folder)
    scores = [np.array(row) for row in ([.9, .1], [.3, .7], [.2, .8], [.6, .4])]
    found = data.evaluate(scores, ['accuracy', 'precision', 'recall', 'f1_score', 'support'],
                          logger='silent')
    assert found == dict({'accuracy_top-1': 50.}, precision=50., recall=50., f1_score=50.,
                         support=4.)
    assert found.report['page_confusion'] == [[1, 1], [1, 1]]
    assert '| f1_score       | 50.00   |\n| support        | 4 pages |' in found.text
    assert data.evaluate(scores, metric_options=dict(topk=2), logger='silent') == dict(
        accuracy=100.)
    found = data.evaluate(scores, 'recall', average_mode='none', logger='silent')
    assert found == {'recall.form': 50., 'recall.letter': 50.}
    found = data.evaluate(scores, 'accuracy', thrs=(.5, .85), logger='silent')
    assert found == {'accuracy_top-1_thr_0.50': 50., 'accuracy_top-1_thr_0.85': 25.}
    assert data.result_names('accuracy') == ['accuracy_top-1']


def test_measures_of_several_types_a_page_by_hand(folder):
    (folder / 'list.txt').write_text('form/a.png x,y\nform/b.png y\n')
    data = dataset(folder, ann_file=str(folder / 'list.txt'), multi_label=True)
    scores = [np.array([.9, .2]), np.array([.6, .7])]
    found = data.evaluate(scores, ['mAP', 'OP', 'OR', 'CP', 'CR'], logger='silent')
    # x is found on both pages and y on the second: 2 of 3 found are right, 2 of 3 true are found
    assert found == pytest.approx(dict(mAP=100., CP=75., CR=75., OP=200 / 3, OR=200 / 3))
    # a config may inherit options of data sets with one type a page
    assert data.evaluate(scores, 'mAP', metric_options=dict(topk=1), logger='silent') == dict(
        mAP=100.)
    assert data.result_names('mAP', metric_options=dict(topk=1)) == ['mAP']


def test_evaluations_that_mean_nothing_are_refused(folder):
    data = dataset(folder)
    scores = [np.array([.9, .1])] * 4
    with pytest.raises(UnknownNameError, match="no metric 'acuracy' .*did you mean 'accuracy'"):
        data.evaluate(scores, 'acuracy', logger='silent')
    with pytest.raises(InputError, match='4 pages should have been evaluated, but 3'):
        data.evaluate(scores[:3], logger='silent')
    with pytest.raises(InputError, match="no option 'top'.*did you mean 'topk'"):
        data.evaluate(scores, top=1, logger='silent')
    assert data.evaluate(scores, 'recall', thr=.5, logger='silent')['recall'] == 50.
    with pytest.raises(InputError, match='topk=5 of 2 page classes'):
        data.evaluate(scores, topk=(1, 5), logger='silent')
    with pytest.raises(InputError, match='gives 3 scores for a page, but there are 2 classes'):
        data.evaluate([np.array([.9, .1, 0])] * 4, logger='silent')


def test_it_can_be_sent_to_other_processes(folder):
    assert labels(pickle.loads(pickle.dumps(dataset(folder)))) == labels(dataset(folder))


def test_joined_and_repeated(folder):
    part = dict(type='PageTypeDataset', data_prefix=str(folder), pipeline=PIPELINE)
    joined = build_dataset([part, dict(type='RepeatDataset', dataset=part, times=2)])
    assert (len(joined), joined.CLASSES, joined.counts_pages) == (12, ('form', 'letter'), False)
    scores = [np.array([1., 0.])] * 8
    found = build_dataset([part, part]).evaluate(scores, logger='silent')
    assert found == {'0_accuracy_top-1': 50., '1_accuracy_top-1': 50.}


def image(height, width):
    return np.arange(height * width * 3).reshape(height, width, 3).astype(np.uint8)


@pytest.mark.parametrize('step, shape', [
    (dict(type='Resize', size=7), (7, 7)),
    (dict(type='Resize', size=(7, 5)), (7, 5)),
    (dict(type='Resize', size=(8, -1)), (16, 8)),
    (dict(type='Resize', size=(8, -1), adaptive_side='long'), (8, 4)),
    (dict(type='CenterCrop', crop_size=6), (6, 6)),
    (dict(type='CenterCrop', crop_size=(6, 100)), (6, 10)),
    (dict(type='RandomResizedCrop', size=(5, 4)), (5, 4)),
])
def test_sizes_after_transforms(step, shape):
    results = Compose([step])(dict(img=image(20, 10)))
    assert results['img'].shape == (*shape, 3)
    assert results['img_shape'] == results['pad_shape'] == (*shape, 3)


def test_the_middle_is_kept():
    img = image(6, 7)
    cropped = Compose([dict(type='CenterCrop', crop_size=(2, 3))])(dict(img=img))['img']
    np.testing.assert_array_equal(cropped, img[2:4, 2:5])


def test_flips_are_written_as_mmclassification_does():
    img = image(2, 3)
    step = dict(type='RandomFlip', flip_prob=1., direction='horizontal')
    np.testing.assert_array_equal(Compose([step])(dict(img=img))['img'], img[:, ::-1])


def test_a_random_part_has_the_wanted_area_and_ratio():
    crop = Compose([dict(type='RandomResizedCrop', size=4, scale=(.2, .5),
                         ratio=(.5, 2.))]).transforms[0]
    np.random.seed(0)
    for _ in range(50):
        top, left, height, width = crop.draw(100, 80)
        assert 0 <= top <= 100 - height and 0 <= left <= 80 - width
        assert .19 <= height * width / 8000 <= .51
        assert .49 <= width / height <= 2.05
    # no part of a strip has such a ratio: the largest one is taken from the middle
    assert crop.draw(10, 1000) == (0, 490, 10, 20)


def test_a_rectangle_is_painted_over():
    step = dict(type='RandomErasing', erase_prob=1., min_area_ratio=.25, max_area_ratio=.25,
                aspect_range=1., fill_color=(1, 2, 3))
    img = np.full((20, 20, 3), 200, np.uint8)
    np.random.seed(0)
    erased = Compose([step])(dict(img=img))['img']
    painted = (erased != 200).all(axis=2)
    assert painted.sum() == 100
    assert (erased[painted] == (1, 2, 3)).all()
    assert (img == 200).all()


def test_lighting_adds_one_colour():
    step = dict(type='Lighting', eigval=[100., 0., 0.], eigvec=np.eye(3).tolist(), alphastd=.1)
    np.random.seed(0)
    added = Compose([step])(dict(img=np.zeros((2, 2, 3), np.uint8)))['img']
    # the first direction is red, which is the last channel of BGR; the first draw is 1.764
    np.testing.assert_allclose(added, np.broadcast_to([0, 0, 17.640524], (2, 2, 3)), rtol=1e-6)


@pytest.mark.parametrize('step, sentence', [
    (dict(type='Resize', size=(4, 5, 6)), 'one number of pixels or'),
    (dict(type='Resize', size=4, interpolation='cubic'), 'interpolates by one of'),
    (dict(type='Resize', size=(4, -1), adaptive_side='smaller'), 'adaptive_side'),
    (dict(type='CenterCrop', crop_size=0), 'one number of pixels'),
    (dict(type='RandomResizedCrop', size=4, scale=(1., .1)), 'the smaller one first'),
    (dict(type='RandomErasing', mode='noise'), "mode of RandomErasing is 'const' or 'rand'"),
    (dict(type='RandomErasing', erase_prob=2.), 'erase_prob in'),
])
def test_transforms_with_wrong_settings_are_refused(step, sentence):
    with pytest.raises(InputError, match=sentence):
        Compose([step])
