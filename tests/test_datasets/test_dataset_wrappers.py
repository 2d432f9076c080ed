"""Data sets made of others."""
import json

import numpy as np
import pytest

from mmseg.core.evaluation import write_report
from mmseg.datasets import (
    ConcatDataset,
    CustomDataset,
    LayoutDataset,
    MultiImageMixDataset,
    RepeatDataset,
)
from mmseg.utils.errors import InputError

from ..voc_folder import LABELS

LOAD = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]


def layout(voc, split, **arguments):
    return LayoutDataset(LOAD, str(voc), split, **arguments)


def joined(voc, **arguments):
    return ConcatDataset([layout(voc, 'val'), layout(voc, 'train')], **arguments)


def test_names_pass_through(voc):
    for dataset in (joined(voc), RepeatDataset(layout(voc, 'val'), 2),
                    MultiImageMixDataset(layout(voc, 'val'), [])):
        assert dataset.CLASSES[4] == 'validline' and dataset.PALETTE[1] == [128, 0, 0]
        assert dataset.PAGE_CLASSES == ('document', 'slide')


def test_places_of_joined_pages(voc):
    dataset = joined(voc)
    assert [dataset.get_dataset_idx_and_sample_idx(i) for i in (0, 1, 2, -1, -3)] == [
        (0, 0), (1, 0), (1, 1), (1, 1), (0, 0)]
    for index in (3, -4):
        with pytest.raises(InputError, match=f'no page {index}'):
            dataset.get_dataset_idx_and_sample_idx(index)


def results():
    """Predictions for c, a, b: all right but for the line of b."""
    return [np.array(LABELS['c']), np.array(LABELS['a']), np.zeros((4, 6), int)]


@pytest.mark.parametrize('counted', [True, False])
def test_each_evaluated_by_itself(voc, counted):
    dataset = joined(voc)
    given = dataset.pre_eval(results(), range(3)) if counted else results()
    scores = dataset.evaluate(given, logger='silent')
    assert scores['0_mIoU'] == 1 and scores['1_IoU.validline'] == 0
    assert scores['1_IoU.background'] == .8  # 24 of 30
    assert list(scores) [:1] == ['0_aAcc']


def test_the_report_tells_the_data_sets_apart(voc, tmp_path):
    scores = joined(voc).evaluate(results(), logger='silent')
    write_report(scores, tmp_path / 'eval.json')
    report = json.loads((tmp_path / 'eval.json').read_text())
    assert report['summary']['1_IoU.background'] == .8
    first, second = (report['data_sets'][number] for number in '01')
    assert (first['pages'], second['pages']) == (1, 2)
    assert second['classes']['background']['IoU'] == .8
    assert first['classes']['background']['IoU'] == 1


@pytest.mark.parametrize('counted', [True, False])
def test_all_evaluated_together(voc, counted):
    dataset = joined(voc, separate_eval=False)
    given = dataset.pre_eval(results(), range(3)) if counted else results()
    scores = dataset.evaluate(given, logger='silent')
    assert scores['IoU.background'] == .8571  # 36 of 42
    assert scores['mIoU'] == .7714


@pytest.mark.parametrize('counted', [True, False])
def test_each_by_itself_and_all_together(voc, counted):
    dataset = joined(voc, separate_eval='both')
    given = dataset.pre_eval(results(), range(3)) if counted else results()
    scores = dataset.evaluate(given, logger='silent')
    assert (scores['0_mIoU'], scores['1_IoU.background'], scores['mIoU']) == (1, .8, .7714)
    assert set(scores.report) == {'summary', 'data_sets', 'together'}
    assert set(scores) <= set(dataset.result_names())
    with pytest.raises(InputError, match="True, False or 'both', got 'all'"):
        joined(voc, separate_eval='all')


def test_names_of_scores(voc):
    assert joined(voc).result_names()[:2] == ['0_aAcc', '0_mIoU']
    assert '1_page_acc' in joined(voc).result_names()
    assert joined(voc, separate_eval=False).result_names()[:2] == ['aAcc', 'mIoU']


def test_not_all_can_be_joined(voc):
    with pytest.raises(InputError, match='different numbers|same classes'):
        ConcatDataset([layout(voc, 'val'), layout(voc, 'train', classes=('text', ))])
    other = CustomDataset(LOAD, 'JPEGImages', data_root=str(voc), ann_dir='SegmentationClassPNG',
                          classes=layout(voc, 'val').CLASSES)
    mixed = ConcatDataset([layout(voc, 'val'), other], separate_eval=False)
    with pytest.raises(NotImplementedError, match='separate_eval=True'):
        mixed.evaluate(results() + results()[:1], logger='silent')
    with pytest.raises(InputError, match='4 pages|group of 3 pages'):
        mixed.evaluate(results(), logger='silent')


def test_results_are_written_by_their_own_data_set(voc, tmp_path):
    written = joined(voc).format_results(results()[1:], str(tmp_path), indices=[1, 2])
    assert written == [f'{tmp_path}/1/a.png', f'{tmp_path}/1/b.png']


def test_repeated(voc):
    dataset = RepeatDataset(layout(voc, 'train'), 3)
    assert len(dataset) == 6
    assert [dataset[i]['img_info']['filename'] for i in (0, 1, 2, 5)] == [
        'a.jpg', 'b.jpg', 'a.jpg', 'b.jpg']


def test_mixing_leaves_a_cache_alone():
    class Cached:
        CLASSES = PALETTE = None
        page = dict(gt_semantic_seg=np.arange(3, dtype=np.uint8)[None],
                    img=np.zeros((1, 3, 3), np.uint8), seg_fields=['gt_semantic_seg'])

        def __len__(self):
            return 1

        def __getitem__(self, index):
            return self.page

    dataset = MultiImageMixDataset(Cached(), [dict(type='RandomFlip', prob=1)])
    assert [dataset[0]['gt_semantic_seg'].tolist() for _ in range(2)] == [[[2, 1, 0]]] * 2
    assert Cached.page['gt_semantic_seg'].tolist() == [[0, 1, 2]] and 'flip' not in Cached.page


def test_mixing_hands_in_other_pages(voc, monkeypatch):
    dataset = MultiImageMixDataset(layout(voc, None), [
        dict(type='RandomMosaic', prob=1, img_scale=(4, 6)), dict(type='RandomFlip', prob=1)],
        skip_type_keys=['RandomFlip'])
    monkeypatch.setattr(dataset.pipeline[0], 'get_indexes', lambda pages: [1, 2, 0])
    monkeypatch.setattr(dataset.pipeline[0], '_draw', lambda: (4, 6))
    page = dataset[0]
    expected = np.block([[np.array(LABELS['a']), np.array(LABELS['b'])],
                         [np.array(LABELS['c']), np.array(LABELS['a'])]])
    np.testing.assert_array_equal(page['gt_semantic_seg'], expected)
    assert 'mix_results' not in page and 'flip' not in page
    dataset.update_skip_type_keys(None)
    np.testing.assert_array_equal(dataset[0]['gt_semantic_seg'], expected[:, ::-1])
    dataset.update_skip_type_keys('RandomFlip')
    np.testing.assert_array_equal(dataset[0]['gt_semantic_seg'], expected)
    for wrong in (5, ['RandomFlip', 5]):
        with pytest.raises(InputError, match='list of type names'):
            dataset.update_skip_type_keys(wrong)
    with pytest.raises(InputError, match='must be a config dict'):
        MultiImageMixDataset(layout(voc, None), [np.flip])
