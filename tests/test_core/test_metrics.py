"""Metrics of tiny label maps, counted by hand."""
import numpy as np
import pytest
import torch

from mmseg.core import (
    eval_metrics,
    f_score,
    intersect_and_union,
    mean_dice,
    mean_fscore,
    mean_iou,
    pre_eval_to_metrics,
    total_area_to_metrics,
    total_intersect_and_union,
)
from mmseg.core.evaluation import metrics
from mmseg.utils.errors import InputError

PRED = np.array([[0, 0], [1, 1]])
LABEL = np.array([[0, 1], [1, 255]], np.uint8)


def areas(pred, label, num_classes=2, ignore_index=255, **kwargs):
    return [a.tolist() for a in intersect_and_union(pred, label, num_classes, ignore_index,
                                                    **kwargs)]


def test_areas_of_a_four_pixel_map():
    assert areas(PRED, LABEL) == [[1, 1], [2, 2], [2, 1], [1, 2]]


def test_areas_are_tensors_that_add_up_and_divide():
    intersect, union, pred, label = intersect_and_union(PRED, LABEL, 2, 255)
    assert all(isinstance(a, torch.Tensor) for a in (intersect, union, pred, label))
    assert intersect.sum().item() == 2
    assert (intersect / union).tolist() == [0.5, 0.5]
    assert (pred + label - intersect).numpy().tolist() == union.tolist()


@pytest.mark.parametrize('pred_type', [np.uint8, np.int16, np.int32, np.int64, np.float32])
@pytest.mark.parametrize('label_type', [np.uint8, np.uint16, np.int32, np.int64])
def test_the_number_type_does_not_matter(pred_type, label_type):
    assert areas(PRED.astype(pred_type), LABEL.astype(label_type)) == areas(PRED, LABEL)


def test_tensors_and_views_count_like_arrays():
    wide = np.zeros((2, 4), np.int64)
    wide[:, ::2] = PRED
    assert areas(wide[:, ::2], torch.from_numpy(LABEL)) == areas(PRED, LABEL)


def test_values_outside_the_classes_count_against_the_other_side_only():
    # pixels as pred/label: 7/0 stray prediction, 1/9 stray label, -1/1, 1/1
    pred, label = np.array([[7, 1, -1, 1]]), np.array([[0, 9, 1, 1]])
    assert areas(pred, label) == [[0, 1], [1, 3], [0, 2], [1, 2]]


def test_large_stray_values_do_not_wrap_around():
    assert areas(np.array([[256, 257, 1 << 40]]), np.array([[0, 65536, 1]])) == [
        [0, 0], [1, 1], [0, 0], [1, 1]]


def test_an_ignore_index_inside_the_classes():
    assert areas(PRED, LABEL, ignore_index=0) == [[0, 1], [1, 3], [1, 2], [0, 2]]


def test_reduce_zero_label_leaves_zero_and_255_out():
    label = np.array([[0, 1], [2, 255]], np.uint8)
    assert areas(PRED, label, reduce_zero_label=True) == [[1, 1], [1, 1], [1, 1], [1, 1]]


def test_label_map_applies_all_at_once():
    # a chain would turn every 0 into 1 and then back into 0
    assert areas(PRED, LABEL, label_map={0: 1, 1: 0}) == [[1, 0], [3, 2], [2, 1], [2, 1]]


def test_label_map_can_merge_classes():
    label = np.array([[0, 3], [4, 1]], np.uint8)
    assert areas(PRED, label, label_map={3: 0, 4: 1}) == [[2, 2], [2, 2], [2, 2], [2, 2]]


@pytest.mark.parametrize('label_type', [np.uint8, np.int64])
def test_a_negative_new_label_is_ignored(label_type):
    assert areas(PRED, LABEL.astype(label_type), label_map={0: -1}) == [
        [0, 1], [1, 2], [1, 1], [0, 2]]


def test_reduction_comes_before_the_label_map():
    label = np.array([[0, 1], [2, 2]], np.uint8)  # reduced to void, 0, 1, 1
    assert areas(PRED, label, label_map={0: 1, 1: 0}, reduce_zero_label=True) == [
        [0, 0], [3, 3], [1, 2], [2, 1]]


def test_more_classes_than_bytes_hold():
    pred, label = np.array([[0, 299, 256]]), np.array([[0, 299, 298]])
    intersect, union, in_pred, in_label = intersect_and_union(pred, label, 300, 255)
    assert intersect.nonzero().flatten().tolist() == [0, 299]
    assert union.nonzero().flatten().tolist() == [0, 256, 298, 299]
    assert in_pred[256] == 1 and in_label[298] == 1


def test_pages_beyond_what_one_histogram_counts_exactly(monkeypatch):
    monkeypatch.setattr(metrics, '_EXACT_FLOAT32', 3)
    assert areas(PRED, LABEL) == [[1, 1], [2, 2], [2, 1], [1, 2]]


def test_files_are_read(tmp_path):
    from PIL import Image
    np.save(tmp_path / 'pred.npy', PRED)
    Image.fromarray(LABEL).save(tmp_path / 'label.png')
    assert areas(str(tmp_path / 'pred.npy'), str(tmp_path / 'label.png')) == areas(PRED, LABEL)


def test_different_sizes_are_an_error():
    with pytest.raises(InputError, match=r'\(1, 2\).*\(2, 2\)'):
        intersect_and_union(PRED[:1], LABEL, 2, 255)


def test_areas_of_several_pages_add_up():
    total = total_intersect_and_union([PRED, PRED], [LABEL, LABEL], 2, 255)
    assert [a.tolist() for a in total] == [[2, 2], [4, 4], [4, 2], [2, 4]]


@pytest.mark.parametrize('pages', [(1, 2), (2, 1)])
def test_as_many_labels_as_predictions(pages):
    with pytest.raises(InputError, match='more'):
        total_intersect_and_union([PRED] * pages[0], [LABEL] * pages[1], 2, 255)


def test_iou_dice_and_fscore_by_hand():
    iou = mean_iou([PRED], [LABEL], 2, 255)
    assert list(iou) == ['aAcc', 'IoU', 'Acc']
    assert iou['aAcc'] == pytest.approx(2 / 3)
    assert iou['IoU'].tolist() == [0.5, 0.5]
    assert iou['Acc'].tolist() == [1, 0.5]
    dice = mean_dice([PRED], [LABEL], 2, 255)
    assert list(dice) == ['aAcc', 'Dice', 'Acc']
    assert dice['Dice'] == pytest.approx([2 / 3, 2 / 3])
    fscore = mean_fscore([PRED], [LABEL], 2, 255, beta=2)
    assert list(fscore) == ['aAcc', 'Fscore', 'Precision', 'Recall']
    assert fscore['Precision'].tolist() == [0.5, 1]
    assert fscore['Recall'].tolist() == [1, 0.5]
    assert fscore['Fscore'] == pytest.approx([2.5 / 3, 2.5 / 4.5])


def test_f_score_of_numbers():
    assert f_score(0.5, 1.0) == pytest.approx(2 / 3)
    assert f_score(0.5, 1.0, beta=2) == pytest.approx(2.5 / 3)


def test_a_class_that_does_not_occur_is_nan_or_what_is_asked_for():
    pred, label = np.zeros((1, 2), int), np.zeros((1, 2), np.uint8)
    iou = eval_metrics([pred], [label], 2, 255, metrics='mIoU')
    assert iou['IoU'][0] == 1 and np.isnan(iou['IoU'][1]) and np.isnan(iou['Acc'][1])
    assert eval_metrics([pred], [label], 2, 255, nan_to_num=-1)['IoU'].tolist() == [1, -1]


def test_counted_pages_give_the_same_as_label_maps():
    counts = [intersect_and_union(PRED, LABEL, 2, 255), intersect_and_union(PRED, PRED, 2, 255)]
    result = pre_eval_to_metrics(counts, ['mIoU', 'mDice'])
    assert list(result) == ['aAcc', 'IoU', 'Acc', 'Dice']
    assert result['IoU'].tolist() == [3 / 4, 3 / 4]
    assert result['aAcc'] == pytest.approx(6 / 7)


def test_totals_may_be_integers():
    areas = (torch.tensor([1, 1]), torch.tensor([2, 2]), torch.tensor([2, 1]),
             torch.tensor([1, 2]))
    assert total_area_to_metrics(*areas)['IoU'].tolist() == [0.5, 0.5]


def test_an_unknown_metric_names_the_nearest():
    with pytest.raises(KeyError, match="did you mean 'mIoU'"):
        eval_metrics([PRED], [LABEL], 2, 255, metrics=['mIuO'])
