"""Separators that follow the ruling lines of a page."""
import cv2
import numpy as np
import pytest
import torch

from mmseg.apis import CheckpointPredictor, inference_segmentor, init_segmentor
from mmseg.inference import RulingLines, follow_ruling_lines, with_ruling_lines
from mmseg.utils.config import load_config
from mmseg.utils.errors import InputError

CLASSES = ('background', 'figure', 'text', 'table', 'validline')
OPTIONS = RulingLines(4)


def paper():
    return np.full((1120, 800), 255, np.uint8)


def no_labels():
    return np.zeros((1120, 800), np.uint8)


def box_of(mask):
    """Top, bottom, left and right of the pixels, half-open; they must fill the box."""
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = int(rows[0]), int(rows[-1]) + 1, int(cols[0]), int(cols[-1]) + 1
    assert mask.sum() == (box[1] - box[0]) * (box[3] - box[2])
    return box


def both_ways(page, labels):
    """The page and its labels, and both turned by 90 degrees."""
    return [(page, labels, np.array), (page.T.copy(), labels.T.copy(), np.transpose)]


def test_a_separator_takes_the_length_and_thickness_of_its_line():
    page, labels = paper(), no_labels()
    page[500:503, 100:700] = 0
    labels[500:502, 150:600] = 4
    for turned, given, back in both_ways(page, labels):
        found = follow_ruling_lines(given, turned, OPTIONS)
        # edges in rows 499, 500, 502 and 503: their middle is 501
        assert box_of(back(found) == 4) == (499, 503, 100, 700)


def test_only_background_becomes_separator():
    page, labels = paper(), no_labels()
    page[500:503, 100:700] = 0
    labels[500:502, 150:600] = 4
    labels[495:510, 650:700] = 2
    found = follow_ruling_lines(labels, page, OPTIONS)
    assert box_of(found == 4) == (499, 503, 100, 650)
    assert (found == 2).sum() == 750


def test_half_of_a_line_makes_the_whole_a_separator_and_less_does_not():
    for covered, right in ((300, 700), (299, 399)):
        page, labels = paper(), no_labels()
        page[500:503, 100:700] = 0
        labels[500:502, 100:100 + covered] = 4
        found = follow_ruling_lines(labels, page, OPTIONS)
        assert box_of(found == 4)[2:] == (100, right)


@pytest.mark.parametrize('fill', [255, 230])
def test_sides_of_frames_become_background(fill):
    page, labels = paper(), no_labels()
    cv2.rectangle(page, (100, 300), (600, 500), fill, -1)
    cv2.rectangle(page, (100, 300), (600, 500), 0, 1)
    labels[299:302, 120:580] = 4
    labels[320:480, 599:602] = 4
    labels[800:803, 100:400] = 4  # no line: left as it is
    found = follow_ruling_lines(labels, page, OPTIONS)
    assert box_of(found == 4) == (800, 803, 100, 400)


def test_a_line_with_one_corner_or_corners_to_two_sides_is_no_frame():
    for corners in ([(100, 60)], [(100, 60), (699, -60)]):
        page, labels = paper(), no_labels()
        page[500:503, 100:700] = 0
        for x, down in corners:
            page[min(500, 500 + down):max(503, 503 + down), x - 1:x + 2] = 0
        labels[500:502, 150:600] = 4
        assert (follow_ruling_lines(labels, page, OPTIONS) == 4).sum() >= 4 * 590


def test_lengths_follow_the_size_of_the_page():
    page, labels = np.full((560, 400), 255, np.uint8), np.zeros((560, 400), np.int64)
    page[250:252, 50:350] = 0
    labels[250, 75:300] = 4
    found = follow_ruling_lines(labels, page, OPTIONS)
    assert found.dtype == np.int64
    assert box_of(found == 4) == (249, 251, 50, 350)  # two pixels thick


def test_thick_and_uneven_pages_change_nothing():
    page, labels = paper(), no_labels()
    labels[100:200, 100:700] = 4
    page[100:200, 100:700] = 0
    labels[400:402, 100:700] = 4
    assert np.array_equal(follow_ruling_lines(labels, page, OPTIONS), labels)
    assert not follow_ruling_lines(no_labels(), page, OPTIONS).any()
    for size in ((1, 1), (1, 50), (50, 1), (2, 2)):
        labels = np.full(size, 4)
        assert (follow_ruling_lines(labels, np.zeros(size, np.uint8), OPTIONS) == 4).all()


def test_noise_ends():
    random = np.random.default_rng(0)
    page = random.integers(0, 256, (600, 400), np.uint8)
    labels = random.choice(np.array([0, 2, 4]), (600, 400))
    found = follow_ruling_lines(labels, page, OPTIONS)
    assert set(np.unique(found)) <= {0, 2, 4} and np.array_equal(found == 2, labels == 2)


def test_values_of_the_old_and_the_new_class_are_exchanged():
    page, labels = paper(), no_labels()
    page[500:503, 100:700] = 0
    labels[500:502, 150:600] = 4
    scores = torch.full((1, 5, 1120, 800), .1)
    scores.scatter_(1, torch.as_tensor(labels)[None, None].long(), .6)
    changed = with_ruling_lines(scores, [page], OPTIONS)
    assert changed.argmax(1)[0].numpy().tolist() == follow_ruling_lines(
        labels, page, OPTIONS).tolist()
    assert changed[0, :, 499, 100].tolist() == pytest.approx([.1, .1, .1, .1, .6])
    assert torch.allclose(changed.sum(1), scores.sum(1))
    assert scores.argmax(1)[0, 499, 100] == 0  # the scores given are not changed


@pytest.mark.parametrize('given, said', [
    (dict(), 'ruling_lines needs label'),
    (dict(label=[4]), 'ruling_lines needs label'),
    (dict(label='line'), "ruling_lines names the class 'line', which is not one of background"),
    (dict(label=5), 'ruling_lines names the class 5, expected 0 to 4'),
    (dict(label=4, length=3), "unknown key 'length' of ruling_lines"),
    (dict(label=4, corner=0), 'ruling_lines.corner is a number from 0 to 1000 without 0, got 0'),
    (dict(label=4, min_length=10 ** 9), 'ruling_lines.min_length is a number from 0 to 1000'),
    (True, 'ruling_lines is a dict such as'),
])
def test_wrong_options_are_refused(given, said):
    with pytest.raises(InputError, match=said):
        RulingLines.of(given, CLASSES, 5)


def test_pages_of_another_size_are_refused():
    with pytest.raises(InputError, match=r'a grey page of \(1120, 800\)'):
        follow_ruling_lines(no_labels(), np.zeros((10, 10), np.uint8), OPTIONS)


@pytest.fixture
def framed():
    """A page with a line and a frame, in BGR."""
    page = paper()[:600]
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
