"""The dictionary, tables and JSON of an evaluation, with numbers worked out by hand."""
import json
import math
import os

import pytest
import torch

from mmseg.core import PageCounts, evaluate_counts, result_names, write_report
from mmseg.core.evaluation.report import select_classes, write_json
from mmseg.utils.errors import InputError, UnknownNameError

NAMES = ('background', 'figure', 'text')
# figure occurs nowhere; background: 3 of 4 union, text: 2 of 4 union
AREAS = torch.tensor([[3, 0, 2], [4, 0, 4], [4, 0, 2], [3, 0, 4]])
COUNTS = PageCounts(AREAS, [[3, 1], [0, 0]], pages=4)
PAGES = ('document', 'slide')


def test_the_dictionary_has_the_usual_names_and_plain_rounded_floats():
    result = evaluate_counts([PageCounts(AREAS)], NAMES, 'mIoU')
    assert list(result) == ['aAcc', 'mIoU', 'mAcc', 'IoU.background', 'IoU.figure', 'IoU.text',
                            'Acc.background', 'Acc.figure', 'Acc.text']
    assert result['aAcc'] == 0.7143  # 5 / 7
    assert result['mIoU'] == 0.625
    assert result['IoU.text'] == 0.5
    assert math.isnan(result['IoU.figure'])
    assert all(type(score) is float for score in result.values())


def test_nan_to_num_counts_absent_classes():
    assert evaluate_counts([COUNTS], NAMES, page_classes=PAGES, nan_to_num=0)['mIoU'] == 0.4167


def test_page_types_join_in():
    result = evaluate_counts([COUNTS], NAMES, ['mDice'], page_classes=PAGES)
    assert list(result)[-4:] == ['page_acc', 'page_mRecall', 'page_recall.document',
                                 'page_recall.slide']
    assert result['page_acc'] == 0.75
    assert result.report['page_types'] == {
        'classes': ['document', 'slide'], 'confusion': [[3, 1], [0, 0]],
        'recall': {'document': 0.75, 'slide': None}}


def test_a_selection_is_a_score_of_its_own():
    result = evaluate_counts([COUNTS], NAMES, ['mDice'], page_classes=PAGES, selected=('text', ))
    assert result['mIoU_selected'] == 0.5
    assert 'mIoU' not in result
    both = evaluate_counts([COUNTS], NAMES, 'mIoU', page_classes=PAGES, selected=(0, ))
    assert (both['mIoU'], both['mIoU_selected']) == (0.625, 0.75)
    assert both.report['selected'] == ['background']


def test_selected_classes_by_name_and_index():
    assert select_classes(('text', 0), NAMES) == [2, 0]
    assert select_classes('figure', NAMES) == [1]
    with pytest.raises(UnknownNameError, match="did you mean 'figure'"):
        select_classes(('figur', ), NAMES)
    with pytest.raises(InputError, match='3 is out of range'):
        select_classes((3, ), NAMES)
    with pytest.raises(InputError, match='names no class'):
        select_classes((), NAMES)


def test_the_names_are_known_before_any_page():
    assert result_names(NAMES[:2], 'mDice', page_classes=('a', ), selected=[1]) == [
        'aAcc', 'mDice', 'mAcc', 'mIoU_selected', 'Dice.background', 'Dice.figure',
        'Acc.background', 'Acc.figure', 'page_acc', 'page_mRecall', 'page_recall.a']


def test_tables():
    text = evaluate_counts([COUNTS], NAMES, page_classes=PAGES).text
    rows = [[cell.strip() for cell in line.strip('|').split('|')] for line in text.splitlines()]
    assert ['Class', 'IoU', 'Acc'] in rows
    assert ['text', '50.00', '50.00'] in rows
    assert ['figure', 'nan', 'nan'] in rows
    assert ['aAcc', 'mIoU', 'mAcc', 'page_acc', 'page_mRecall'] in rows
    assert ['71.43', '62.50', '75.00', '75.00', '75.00'] in rows
    assert ['Page type', 'document', 'slide', 'Recall'] in rows
    assert ['document', '3', '1', '75.00'] in rows


def test_classes_may_be_called_like_columns():
    text = evaluate_counts([COUNTS], ('Class', 'IoU', 'Recall'), page_classes=('Recall', 'a')).text
    assert 'Page type' in text


def test_names_must_match_the_counts():
    with pytest.raises(InputError, match='3 classes, but there are 2'):
        evaluate_counts([COUNTS], NAMES[:2], page_classes=PAGES)
    with pytest.raises(InputError, match='PAGE_CLASSES'):
        evaluate_counts([COUNTS], NAMES)


def test_the_report_is_json_with_everything(tmp_path):
    result = evaluate_counts([COUNTS], NAMES, page_classes=PAGES)
    write_report(result, tmp_path / 'new' / 'report.json', iter=300)
    report = json.loads((tmp_path / 'new' / 'report.json').read_text())
    assert report['iter'] == 300
    assert report['pages'] == 4
    assert report['summary']['aAcc'] == 5 / 7
    assert report['summary']['page_acc'] == 0.75
    assert report['classes']['figure'] == {'IoU': None, 'Acc': None, 'pixels': 0,
                                           'predicted_pixels': 0, 'right_pixels': 0}
    assert report['classes']['text']['pixels'] == 4


def test_a_plain_dictionary_becomes_the_summary(tmp_path):
    write_report({'mIoU': 0.5}, tmp_path / 'report.json')
    assert json.loads((tmp_path / 'report.json').read_text()) == {'summary': {'mIoU': 0.5}}


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    write_json({'n': 1}, tmp_path / 'a.json')

    def full_disk(fd):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', full_disk)
    with pytest.raises(InputError, match='a.json: No space left on device'):
        write_json({'n': 2}, tmp_path / 'a.json')
    assert json.loads((tmp_path / 'a.json').read_text()) == {'n': 1}
    assert [file.name for file in tmp_path.iterdir()] == ['a.json']


def test_a_mean_says_which_classes_it_leaves_out():
    areas = torch.tensor([[4, 0, 0], [6, 3, 0], [6, 0, 0], [4, 3, 0]])
    found = evaluate_counts([PageCounts(areas)], ['background', 'text', 'table'], 'mFscore')
    missing = ['text', 'table']
    assert found.report['undefined'] == {'Fscore': missing, 'Precision': missing,
                                         'Recall': ['table']}
    assert ('mFscore is the mean of 1 of 3 classes: Fscore is not defined for text, table'
            in found.text)
    assert 'mRecall is the mean of 2 of 3 classes: Recall is not defined for table' in found.text
    whole = PageCounts(torch.full((4, 3), 4))
    assert 'not defined' not in evaluate_counts([whole], ['a', 'b', 'c'], 'mDice').text
