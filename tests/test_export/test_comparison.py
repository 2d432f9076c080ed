"""Differences of a traced network from its model, counted by hand."""
import numpy as np
import pytest
import torch
from torch import nn

from mmseg.export import (
    Comparison,
    Graph,
    Normalization,
    compare,
    draw_comparison,
    trace_segmentor,
)
from mmseg.utils import InputError


class Says(nn.Module):
    """Gives one answer whatever it sees."""

    def __init__(self, *answer):
        super().__init__()
        self.answer = answer

    def forward(self, img):
        return self.answer if len(self.answer) > 1 else self.answer[0]


def test_a_faithful_trace_agrees(make_model, page):
    model = make_model()
    found = compare(model, trace_segmentor(model, page), page)
    # 96 of 192 pixels are red, 16 green, the rest blue, and half a pixel blurs no border.
    assert [list(counts) for counts in found.counts] == [[96, 16, 80]] * 2
    assert found.page_types == (0, 0) and found.changed_pixels == 0
    assert found.largest_difference < 1e-6 and found.agrees()


@pytest.mark.parametrize('graph', [
    Graph(output='logits'), Graph(output='pred'),
    Graph(output='pred', normalization=Normalization((0., ) * 3, (10., ) * 3, False))])
def test_whatever_the_file_gives_its_labels_count(make_model, page, graph):
    model = make_model()
    if graph.normalization:
        page = (page * 10).to(torch.uint8)
    found = compare(model, trace_segmentor(model, page, graph), page, graph)
    assert [list(counts) for counts in found.counts] == [[96, 16, 80]] * 2
    assert found.page_types == (0, 0) and found.agrees()


def test_differences_by_hand(make_model, page):
    model = make_model()
    seg, cls = (part.clone() for part in model.page_scores(page)[:2])
    seg[0, :, 0, 0] = torch.tensor([0.0, 0.25, 0.75])  # one red pixel turns blue
    found = compare(model, Says(seg, cls), page)
    assert [list(counts) for counts in found.counts] == [[96, 16, 80], [95, 16, 81]]
    assert found.changed_pixels == 1
    assert found.seg_difference == pytest.approx(0.99975, abs=2e-5)
    assert found.cls_difference == 0 and not found.agrees()


def test_another_page_type_is_a_disagreement_whatever_the_tolerance(make_model, page):
    model = make_model()
    seg, cls, _ = model.page_scores(page)
    found = compare(model, Says(seg, cls.flip(1)), page)
    assert found.page_types == (0, 1)
    assert found.cls_difference == pytest.approx(0.95404, abs=2e-4)
    assert not found.agrees(tolerance=1.0)
    text = found.table(('red', 'green'), ('warm', 'cold'))
    assert 'warm 0.9770' in text and 'cold 0.9770' in text
    assert 'pixels with another label: 0 of 192' in text


def test_scores_that_are_not_numbers_disagree(make_model, page):
    model = make_model(cls_head=False)
    assert not compare(model, Says(torch.full((1, 3, 12, 16), float('nan'))), page).agrees()


def test_a_trace_of_another_model_is_one_sentence(make_model, page):
    with pytest.raises(InputError, match='traced from another model'):
        compare(make_model(), trace_segmentor(make_model(cls_head=False), page), page)


def test_a_single_channel_counts_by_its_threshold(make_model, page):
    model = make_model(cls_head=False, head='SingleChannelHead')
    traced = trace_segmentor(model, page)
    # Behind the border of red the logit is still a quarter of 9, and sigmoid(2.25) = 0.905.
    assert list(compare(model, traced, page, threshold=0.95).counts[1]) == [96, 96]
    assert list(compare(model, traced, page, threshold=0.9).counts[1]) == [84, 108]


def test_the_model_keeps_its_mode(make_model, page):
    model = make_model().train()
    compare(model, trace_segmentor(model, page), page)
    assert model.training


def test_picture_shows_each_answer_in_its_colours():
    left, right = np.zeros((40, 60), int), np.ones((40, 60), int)
    found = Comparison(1.0, 0.0, (left, right), (np.array([2400, 0]), np.array([0, 2400])))
    white = np.full((80, 120, 3), 255, np.uint8)
    sheet = draw_comparison(white, found, ['a', 'b'], [[255, 0, 0], [0, 0, 255]])
    for colour in ((128, 128, 255), (255, 128, 128)):  # half red, half blue over white, in BGR
        assert (sheet == colour).all(axis=2).sum() == 40 * 60
