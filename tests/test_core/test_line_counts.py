"""Matches of text lines by the rules of ICDAR, worked out by hand."""
import numpy as np
import pytest
import torch

from mmseg.core.evaluation import PageCounts, line_counts, line_scores, sum_counts
from mmseg.core.evaluation.report import evaluate_counts, result_names
from mmseg.core.text_lines import LinePolygon
from mmseg.utils.errors import InputError


def found(left, top, right, bottom):
    return [left, top, right, top, right, bottom, left, bottom, .9]


def true(left, top, right, bottom, ignored=False):
    points = np.array(found(left, top, right, bottom)[:-1], np.float32).reshape(-1, 2)
    return LinePolygon(points, ignored=ignored)


@pytest.mark.parametrize('predicted, wanted', [
    ([found(0, 0, 100, 10)], [2, 1, 1]),
    ([found(0, 0, 51, 10)], [2, 1, 1]),             # IoU 0.51
    ([found(0, 0, 50, 10)], [2, 1, 0]),             # IoU 0.5 is not more than half
    ([found(0, 0, 100, 10), found(0, 0, 90, 10)], [2, 2, 1]),  # each once
    ([found(0, 0, 100, 10), found(0, 20, 100, 30)], [2, 2, 2]),
    ([found(0, 50, 60, 60)], [2, 0, 0]),            # more than half of it is ignored
    ([found(0, 50, 200, 60)], [2, 1, 0]),           # half of it is
    ([], [2, 0, 0]),
    ([[0, 0, 5, 5, .9]], [2, 0, 0]),                # no polygon
])
def test_lines_of_a_page_are_matched(predicted, wanted):
    lines = [true(0, 0, 100, 10), true(0, 20, 100, 30), true(0, 50, 100, 60, ignored=True)]
    assert line_counts(predicted, lines).tolist() == wanted


def test_scores_are_those_of_the_sums():
    assert line_scores(torch.tensor([10., 8., 6.])) == pytest.approx(
        {'hmean-iou:recall': .6, 'hmean-iou:precision': .75, 'hmean-iou:hmean': 2 / 3})
    assert list(line_scores(torch.zeros(3)).values()) == [0, 0, 0]


def test_an_evaluation_has_them_next_to_pixels():
    areas = torch.tensor([[5., 5.], [10., 10.], [5., 5.], [10., 10.]])
    one, two = (PageCounts(areas, lines=[5, 4, 3]) for _ in range(2))
    assert sum_counts([one, two]).lines.tolist() == [10, 8, 6]
    result = evaluate_counts([one, two], ['background', 'text'], ['mIoU', 'hmean-iou'])
    assert result['mIoU'] == .5 and result['hmean-iou:hmean'] == pytest.approx(.6667)
    assert result.report['lines']['matched'] == 6 and 'hmean-iou:hmean' in result.text
    assert 'hmean-iou:hmean' in result_names(['background', 'text'], 'hmean-iou')
    with pytest.raises(InputError, match='count_lines was not set'):
        evaluate_counts([PageCounts(areas)], ['background', 'text'], 'hmean-iou')
    with pytest.raises(InputError, match='the lines of some pages'):
        sum_counts([one, PageCounts(areas)])
