"""A head of text lines next to the one of pixels; lines are where the page is red."""
import numpy as np
import pytest
import torch
from torch import nn

from mmseg.inference import PageLogits
from mmseg.models.builder import HEADS, build_segmentor
from mmseg.models.line_heads import DBPostprocessor
from mmseg.utils.errors import InputError


@HEADS.register_module(force=True)
class RedLines(nn.Module):
    """Text is where the first channel is above 0."""

    def __init__(self):
        super().__init__()
        self.postprocessor = DBPostprocessor('quad', mask_thr=.5, unclip_ratio=0)

    def logits(self, inputs):
        return inputs[0][:, :1]


def red(left, top, right, bottom, size=(40, 60)):
    """A page (1, 3, *size) that is red in a box."""
    img = torch.full((1, 3, *size), -9.)
    img[:, 0, top:bottom, left:right] = 9.
    return img


def box(line):
    points = np.array(line[:-1]).reshape(-1, 2)
    return [*points.min(axis=0).round().tolist(), *points.max(axis=0).round().tolist()]


LINES = dict(line_neck=dict(type='FPNC', in_channels=[3], lateral_channels=8, out_channels=8),
             line_head=dict(type='DBHead', in_channels=8))


def targets(size=(8, 12)):
    shrunk = torch.zeros(1, *size)
    shrunk[:, 2:4, 3:9] = 1
    return dict(gt_shrink=shrunk, gt_shrink_mask=torch.ones(1, *size),
                gt_thr=torch.full((1, *size), .5), gt_thr_mask=torch.ones(1, *size))


def test_lines_are_a_further_output_and_leave_pixels_alone(build, meta):
    model, plain = build(**LINES).eval(), build().eval()
    img = torch.randn(2, 3, 8, 12)
    answer = model.encode_decode(img, None)
    assert isinstance(answer, PageLogits) and answer.cls is None
    assert answer.lines.shape == (2, 1, 8, 12)
    assert torch.equal(answer.seg, plain.encode_decode(img, None))


def test_results_have_the_lines_of_the_page(build, meta):
    model = build(line_head=dict(type='RedLines')).eval()
    result, = model.simple_test(red(10, 5, 50, 20), [meta(40, 60)])
    assert sorted(result) == ['lines', 'seg_map'] and result['seg_map'].shape == (40, 60)
    line, = result['lines']
    assert box(line) == [10, 5, 49, 19] and line[-1] == pytest.approx(1, abs=1e-3)


def test_lines_come_at_the_size_of_the_page(build, meta):
    model = build(line_head=dict(type='RedLines')).eval()
    half = meta(40, 60, ori_shape=(80, 120, 3), img_shape=(40, 60, 3))
    assert box(model.simple_test(red(10, 5, 50, 20), [half])[0]['lines'][0]) == [20, 10, 99, 39]


def test_views_agree_on_lines(build, meta):
    model = build(line_head=dict(type='RedLines')).eval()
    flipped = meta(40, 60, flip=True, flip_direction='horizontal')
    result, = model.aug_test([red(10, 5, 40, 20), red(20, 5, 50, 20)], [[meta(40, 60)], [flipped]])
    assert [box(line) for line in result['lines']] == [[10, 5, 39, 19]]
    scores = model.page_scores(red(10, 5, 40, 20), scales=(1., .5), flip=True)
    assert scores.lines[0, 0, 10, 20] > .99 and scores.lines[0, 0, 30, 20] < .01


def test_windows_cover_lines(build, meta):
    slide = dict(mode='slide', crop_size=(20, 20), stride=(15, 15))
    model = build(line_head=dict(type='RedLines'), test_cfg=slide).eval()
    result, = model.simple_test(red(10, 5, 50, 20), [meta(40, 60)])
    assert [box(line) for line in result['lines']] == [[10, 5, 49, 19]]


def test_losses_of_lines_are_named_and_reach_the_backbone(build, meta):
    model = build(**LINES)
    img = torch.randn(1, 3, 8, 12, requires_grad=True)
    losses = model.forward_train(img, [meta(8, 12)], torch.zeros(1, 1, 8, 12).long(), **targets())
    lines = {name: loss for name, loss in losses.items() if name.startswith('line.')}
    assert sorted(lines) == ['line.loss_db', 'line.loss_prob', 'line.loss_thr']
    sum(lines.values()).backward()
    assert img.grad.abs().sum() > 0
    _, logged = model._parse_losses(losses)
    assert 'line.loss_thr' in logged


def test_targets_and_head_belong_together(build, meta):
    batch = torch.randn(1, 3, 8, 12), [meta(8, 12)], torch.zeros(1, 1, 8, 12).long()
    with pytest.raises(InputError, match='gt_shrink.*has no line_head'):
        build().forward_train(*batch, **targets())
    with pytest.raises(InputError, match='DBLoss needs gt_shrink, .*DBNetTargets draws them'):
        build(**LINES).forward_train(*batch)
    with pytest.raises(InputError, match='line_neck serves a line_head'):
        build(line_neck=LINES['line_neck'])


def test_widths_are_checked_before_the_first_page(build):
    with pytest.raises(InputError, match=r'model.line_neck does not take the features of '
                                         r'model.backbone \(PassThrough\).*in_channels\[0\] to 3'):
        build(**dict(LINES, line_neck=dict(type='FPNC', in_channels=[5])))
    with pytest.raises(InputError, match='model.line_head does not take.*set in_channels=8'):
        build(**dict(LINES, line_head=dict(type='DBHead', in_channels=16)))


def test_a_network_of_lines_alone_learns_and_answers(meta):
    model = build_segmentor(dict(
        type='DBNet', backbone=dict(type='PassThrough'), neck=LINES['line_neck'],
        bbox_head=LINES['line_head']))
    losses = model(torch.randn(1, 3, 8, 12), [meta(8, 12)], **targets())
    assert sorted(losses) == ['loss_db', 'loss_prob', 'loss_thr']
    model.bbox_head = RedLines()
    model.neck = None
    result, = model.eval()([red(10, 5, 50, 20)], [[meta(40, 60)]], return_loss=False)
    assert [box(line) for line in result['boundary_result']] == [[10, 5, 49, 19]]
    assert result['seg_map'][10, 20] == 1 and result['seg_map'][30, 20] == 0
