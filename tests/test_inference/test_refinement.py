"""Labels that follow the page: how a config asks for it, and networks that do it."""
import cv2
import numpy as np
import pytest
import torch

from mmseg.apis import CheckpointPredictor, inference_segmentor, init_segmentor
from mmseg.inference import RulingLines, TableBoxes, TextInk, refine, refinements
from mmseg.utils.config import load_config
from mmseg.utils.errors import InputError

CLASSES = ('background', 'figure', 'text', 'table', 'validline')


def test_values_of_the_old_and_the_new_class_are_exchanged():
    page, labels = np.full((1120, 800), 255, np.uint8), np.zeros((1120, 800), np.int64)
    page[500:503, 100:700] = 0
    labels[500:502, 150:600] = 4
    scores = torch.full((1, 5, 1120, 800), .1)
    scores.scatter_(1, torch.as_tensor(labels)[None, None], .6)
    changed = refine(scores, [page], [RulingLines(4)])
    assert np.array_equal(changed.argmax(1)[0].numpy(), RulingLines(4).follow(labels, page))
    assert changed[0, :, 499, 100].tolist() == pytest.approx([.1, .1, .1, .1, .6])
    assert torch.allclose(changed.sum(1), scores.sum(1))
    assert scores.argmax(1)[0, 499, 100] == 0  # the scores given are not changed
    assert refine(scores, [page], []) is scores


def test_a_config_names_classes_or_indices():
    assert refinements(dict(text_ink=dict(label='text', word_gap=9), mode='whole',
                            ruling_lines=dict(label=4)), CLASSES, 5) == [
        RulingLines(4), TextInk(2, word_gap=9)]
    assert refinements(dict(table_boxes=dict(label='table', separator=4)), CLASSES, 5) == [
        TableBoxes(3, 4)]
    assert refinements(dict(text_ink=None), CLASSES, 5) == refinements(None, None, 5) == []


@pytest.mark.parametrize('given, said', [
    (dict(corner=3), 'ruling_lines needs label'),
    (dict(label=[4]), 'ruling_lines needs label'),
    (dict(label='line'), "ruling_lines names the class 'line', which is not one of background"),
    (dict(label=5), 'ruling_lines names the class 5, expected 0 to 4'),
    (dict(label=4, length=3), "unknown key 'length' of ruling_lines"),
    (dict(label=4, corner=0), 'ruling_lines.corner is a number from 0 to 1000 without 0, got 0'),
    (dict(label=4, min_length=10 ** 9), 'ruling_lines.min_length is a number from 0 to 1000'),
    (True, 'ruling_lines is a dict such as'),
])
def test_wrong_values_are_refused(given, said):
    with pytest.raises(InputError, match=said):
        refinements(dict(ruling_lines=given), CLASSES, 5)


def test_each_class_is_needed():
    with pytest.raises(InputError, match='table_boxes needs separator, the name or index of a'):
        refinements(dict(table_boxes=dict(label='table')), CLASSES, 5)


def test_skewed_pages_are_refined_along_their_lines():
    page, labels = np.full((1120, 800), 255, np.uint8), np.zeros((1120, 800), np.uint8)
    cv2.line(page, (100, 500), (700, 530), 0, 3)
    cv2.line(labels, (150, 502), (500, 520), 4, 4)
    scores = torch.nn.functional.one_hot(torch.as_tensor(labels).long(), 5).permute(2, 0, 1)
    found = refine(scores[None].float(), [page], [RulingLines(4)]).argmax(1)[0].numpy()
    assert (found[page == 0] == 4).mean() > .9


def test_pages_of_another_size_are_refused():
    with pytest.raises(InputError, match=r'scores of \(20, 30\) are refined by a grey page'):
        refine(torch.zeros(1, 5, 20, 30), [np.zeros((10, 10), np.uint8)], [RulingLines(4)])


@pytest.fixture
def framed():
    """A page with a line and a frame, in BGR."""
    page = np.full((600, 800), 255, np.uint8)
    page[100:103, 100:700] = 0
    cv2.rectangle(page, (100, 300), (600, 500), 0, 2)
    return np.repeat(page[..., None], 3, 2)


@pytest.fixture
def network():
    """A network of the package whose separators are all that is dark."""
    config = load_config('layout/aspp_unet_lite0_finetune_512x512_2k_layout')
    model = init_segmentor(config, device='cpu')

    def logits(img, metas):
        seg = torch.zeros(len(img), 5, *img.shape[2:])
        seg[:, 0], seg[:, 4] = .5, (img.mean(1) < 0).float()
        return seg

    model.CLASSES, model.encode_decode = CLASSES, logits
    return model


def test_labels_and_scores_of_a_network_follow(network, framed):
    found = inference_segmentor(network, framed)[0]
    found = found['seg_map'] if isinstance(found, dict) else found
    assert not (found[250:] == 4).any() and (found[101, 105:695] == 4).all()
    scores = inference_segmentor(network, framed, scores=True)[0].seg
    assert np.array_equal(scores.argmax(0), found)
    network.test_cfg.ruling_lines = None
    assert (inference_segmentor(network, framed, scores=True)[0].seg.argmax(0)[250:] == 4).any()


def test_a_pipeline_without_the_page_is_named(network, framed):
    network.cfg.data.test.pipeline.pop(1)
    with pytest.raises(InputError, match=r"put dict\(type='KeepPage'\) after LoadImageFromFile"):
        inference_segmentor(network, framed)


def test_the_package_network_has_no_separators_on_frames(framed):
    labels = CheckpointPredictor('page-lite0', device='cpu').predict([framed])[0].seg.argmax(0)
    assert not (labels[295:306, 110:590] == 4).any()
    assert (labels[101, 110:690] == 4).mean() > 0.9
