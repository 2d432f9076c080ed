"""Confusion counts by hand."""
import numpy as np
import pytest

from mmseg.core.evaluation.confusion import (
    confusion_of_results,
    most_confused,
    pixel_confusion,
    shares,
)
from mmseg.utils.errors import InputError


class Pages:
    CLASSES = ('background', 'figure', 'text')
    PAGE_CLASSES = ('document', 'slide')
    ignore_index = 255

    def __init__(self, *labels, types=None):
        self.labels = [np.array(label, np.uint8) for label in labels]
        self.img_infos = [dict(filename=f'{i}.jpg', cls_label=types[i] if types else None)
                          for i in range(len(labels))]

    def __len__(self):
        return len(self.labels)

    def get_gt_seg_map_by_idx(self, index):
        return self.labels[index]


def test_rows_are_the_truth_and_ignored_pixels_count_nowhere():
    label = np.array([[0, 0, 1], [1, 2, 255]])
    pred = np.array([[0, 1, 1], [2, 2, 0]])
    assert pixel_confusion(pred, label, 3).tolist() == [[1, 1, 0], [0, 1, 1], [0, 0, 1]]


def test_pages_and_page_types_add_up():
    dataset = Pages([[0, 1]], [[2, 2]], types=[0, 1])
    results = [dict(seg_map=np.array([[0, 0]]), cls_label=1, cls_scores=np.array([.4, .6])),
               dict(seg_map=np.array([[2, 1]]), cls_label=1, cls_scores=np.array([.1, .9]))]
    pixels, types = confusion_of_results(dataset, iter(results))
    assert pixels.tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 1]]
    assert types.tolist() == [[0, 1], [0, 1]]


def test_label_maps_may_be_files(tmp_path):
    np.save(tmp_path / 'a.npy', np.array([[1, 1]]))
    pixels, types = confusion_of_results(Pages([[0, 1]]), [str(tmp_path / 'a.npy')])
    assert pixels.tolist() == [[0, 1, 0], [0, 1, 0], [0, 0, 0]] and types is None


def test_shares_of_the_truth():
    counts = np.array([[3, 1, 0], [0, 0, 0], [2, 0, 6]])
    found = shares(counts)
    np.testing.assert_array_equal(found[[0, 2]], [[.75, .25, 0], [.25, 0, .75]])
    assert np.isnan(found[1]).all()
    assert most_confused(counts, Pages.CLASSES) == [
        '25.0 % of background is taken for figure', '25.0 % of text is taken for background']


@pytest.mark.parametrize('results, message', [
    ([np.zeros((1, 2), int)], '1 results for 2 pages'),
    ([np.zeros((1, 2), int)] * 3, 'more results for 2 pages'),
    ([np.zeros((1, 3), int)] * 2, r'0.jpg: the prediction is \(1, 3\) but its label map is \(1, 2'),
    ([np.full((1, 2), 3)] * 2, '0.jpg: a pixel is predicted as class 3, but there are 3 classes'),
    ([(1, 2, 3, 4)] * 2, 'result 0 is a tuple, not a label map'),
    ([np.zeros((3, 1, 2))] * 2, r'result 0 is an array of shape \(3, 1, 2\), float64, not'),
    (['nowhere.npy'], 'nowhere.npy not found')])
def test_results_that_do_not_fit(results, message):
    with pytest.raises(InputError, match=message):
        confusion_of_results(Pages([[0, 1]], [[2, 2]]), results)
