import numpy as np
import pytest
import torch

from mmseg.models import build_segmentor
from mmseg.models.detectors.layers import inverse_sigmoid, moved
from mmseg.models.detectors.positions import SinePositionalEncoding, waves
from mmseg.models.necks import ChannelMapper
from mmseg.utils.errors import InputError

from ...detectors import network

KINDS = [{}, dict(with_box_refine=True), dict(with_box_refine=True, as_two_stage=True)]
METAS = [dict(img_shape=(64, 64, 3), scale_factor=np.float32([.5] * 4), flip=False),
         dict(img_shape=(48, 64, 3), scale_factor=np.float32([1] * 4), flip=False)]


def small(**args):
    """A detector of 32 channels."""
    return build_segmentor(network(width=32, hidden=32, num_query=6, proposals=6, max_per_img=5,
                                   **args))


def batch():
    return dict(img=torch.rand(2, 3, 64, 64), img_metas=METAS,
                gt_bboxes=[torch.tensor([[4., 4, 40, 40], [20, 30, 60, 60]]), torch.zeros(0, 4)],
                gt_labels=[torch.tensor([0, 3]), torch.zeros(0, dtype=torch.long)])


@pytest.mark.parametrize('head', KINDS)
def test_every_weight_learns(head):
    model = small(**head)
    model.init_weights()
    step = model.train_step(batch(), None)
    step['loss'].backward()
    assert step['num_samples'] == 2
    assert {'loss', 'loss_cls', 'loss_bbox', 'loss_iou', 'd0.loss_cls'} <= set(step['log_vars'])
    assert ('enc_loss_iou' in step['log_vars']) == ('as_two_stage' in head)
    still = {name for name, value in model.named_parameters()
             if value.grad is None and 'backbone' not in name}
    assert not still


def test_few_objects_are_expected_at_first():
    model = small(with_box_refine=True)
    model.init_weights()
    out = model._outputs(torch.rand(1, 3, 64, 64), METAS[:1])
    assert out.logits.sigmoid().mean().item() == pytest.approx(.01, abs=.02)
    first = model.bbox_head.reg_branches
    assert first[0][-1].bias.tolist() == [0, 0, -2, -2]
    assert first[1][-1].bias.tolist() == [0, 0, 0, 0]


def test_pages_without_boxes_have_only_a_loss_of_classes():
    model = small()
    data = batch()
    data.update(gt_bboxes=[torch.zeros(0, 4)] * 2, gt_labels=[torch.zeros(0).long()] * 2)
    losses = model(**data)
    assert losses['loss_bbox'].item() == losses['loss_iou'].item() == 0
    assert losses['loss_cls'].item() > 0


def test_a_result_has_an_array_for_each_class_in_pixels_of_the_page():
    model = small().eval()
    with torch.no_grad():
        results = model(return_loss=False, img=[torch.rand(2, 3, 64, 64)], img_metas=[METAS])
    assert [len(page) for page in results] == [4, 4]
    assert [sum(map(len, page)) for page in results] == [5, 5]
    first = np.concatenate(results[0])
    assert first.shape == (5, 5)
    assert first[:, :4].min() >= 0 and first[:, :4].max() <= 128
    assert np.concatenate(results[1])[:, [1, 3]].max() <= 48


def test_softmax_scores_have_a_background():
    loss = dict(type='CrossEntropyLoss', use_sigmoid=False, loss_weight=2.0)
    model = small(loss_cls=loss)
    assert model.bbox_head.cls_branches[0].out_features == 5
    assert torch.isfinite(model.train_step(batch(), None)['loss'])
    model.eval()
    logits = torch.tensor([[9., 0, 0, 0, 0], [0, 0, 9, 0, 0], [0, 0, 0, 0, 9]])
    found, labels = model.bbox_head._boxes_of_page(logits, torch.full((3, 4), .5), METAS[1], False)
    assert labels[:2].tolist() == [0, 2] and len(labels) == 3
    assert found[2, 4] < .01


def test_a_picture_has_boxes_and_a_legend():
    model = small()
    model.CLASSES, model.PALETTE = ('figure', 'text', 'table', 'line'), [[255, 0, 0]] * 4
    result = [np.zeros((0, 5), np.float32)] * 3 + [
        np.array([[10, 10, 50, 40, .9], [0, 0, 9, 9, .1]], np.float32)]
    picture = model.show_result(np.full((60, 80, 3), 255, np.uint8), result, opacity=1)
    assert picture[10, 30].tolist() == [0, 0, 255]
    assert picture[25, 30].tolist() == [128, 128, 255]
    assert picture[5, 5].tolist() == [255, 255, 255]
    assert picture.shape[0] > 60
    assert np.array_equal(model.show_result(np.full((60, 80, 3), 255, np.uint8), [result],
                                            opacity=1), picture)


def test_what_a_detector_does_not_do_is_named():
    model = small()
    with pytest.raises(InputError, match='takes one view of a page, got 2'):
        model.aug_test([None, None], [METAS, METAS])
    with pytest.raises(InputError, match='no scores of pixels'):
        model.encode_decode(torch.rand(1, 3, 64, 64), METAS[:1])
    with pytest.raises(InputError, match='pages as they are'):
        model.simple_test(torch.rand(1, 3, 64, 64), [dict(METAS[0], flip=True)])


@pytest.mark.parametrize('change, words', [
    (dict(test_cfg=dict(max_per_image=9)), 'reads no test_cfg.max_per_image.*max_per_img'),
    (dict(train_cfg=dict(sampler=1)), 'reads no train_cfg.sampler'),
    (dict(train_cfg=dict(assigner=dict(type='HungarianAssigner'))), 'cls_cost .* weighs 1.0'),
    (dict(train_cfg=dict(assigner=dict(type='HungarianAsigner'))), "HungarianAssigner'")])
def test_faults_of_a_config_are_named(change, words):
    with pytest.raises(InputError, match=words):
        build_segmentor({**network(width=32), **change})


def test_faults_of_a_head_are_named():
    with pytest.raises(InputError, match='needs with_box_refine'):
        small(as_two_stage=True)
    config = network(width=32)
    config['bbox_head']['positional_encoding'].update(num_feats=8)
    with pytest.raises(InputError, match='half the channels of the transformer, 16, got 8'):
        build_segmentor(config)
    untrained = build_segmentor({**network(width=32), 'train_cfg': None})
    with pytest.raises(InputError, match='needs train_cfg'):
        untrained.train_step(batch(), None)


def test_waves_by_hand():
    assert waves(torch.tensor([0., np.pi / 2]), 2).tolist() == [
        [0, 1], [1, pytest.approx(0, abs=1e-6)]]
    mask = torch.tensor([[[False, False, True]]])
    code = SinePositionalEncoding(2, normalize=True, scale=np.pi, offset=-.5, eps=0)(mask)
    # columns 1 and 2 of two, half a column to the left: a quarter and three quarters of pi
    assert code.shape == (1, 4, 1, 3)
    assert code[0, 2, 0, :2].tolist() == pytest.approx([.5 ** .5, .5 ** .5])
    assert code[0, 3, 0, :2].tolist() == pytest.approx([.5 ** .5, -.5 ** .5])


def test_boxes_move_from_points_and_from_boxes():
    assert inverse_sigmoid(torch.tensor([.5, .75])).tolist() == pytest.approx([0, np.log(3)])
    assert torch.isfinite(inverse_sigmoid(torch.tensor([0., 1.]))).all()
    change = torch.tensor([[0., 0, 0, 0]])
    assert moved(change, torch.tensor([[.25, .75]])).tolist() == [
        pytest.approx([.25, .75, .5, .5])]
    assert moved(change, torch.tensor([[.25, .75, .1, .2]])).tolist() == [
        pytest.approx([.25, .75, .1, .2])]


def test_channel_mapper_makes_further_maps_of_the_last_input():
    neck = ChannelMapper([2, 4], 8, kernel_size=1, num_outs=4)
    maps = neck((torch.rand(1, 2, 16, 16), torch.rand(1, 4, 8, 8)))
    assert [tuple(x.shape) for x in maps] == [(1, 8, 16, 16), (1, 8, 8, 8), (1, 8, 4, 4),
                                              (1, 8, 2, 2)]
    assert neck.extra_convs[0].conv.in_channels == 4
    assert ChannelMapper([2], 8).extra_convs is None
    with pytest.raises(InputError, match='in_channels of ChannelMapper must be a list'):
        ChannelMapper(2, 8)
