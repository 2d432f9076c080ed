"""STDC's detail head: where the details of a label map lie, and the losses against them."""
import pytest
import torch

from mmseg.models.builder import build_head

HEAD = dict(type='STDCHead', in_channels=6, channels=8, num_classes=2, num_convs=1,
            norm_cfg=dict(type='BN'))


def test_logits_are_those_of_the_reference(filled, waves):
    head = filled(build_head(HEAD))
    with torch.no_grad():
        logits = head([waves(1, 6, 16, 16)])
    # Mean and deviation of MMSegmentation 0.30.0 under the same weights and input.
    assert logits.mean().item() == pytest.approx(.1004, abs=2e-5)
    assert logits.std().item() == pytest.approx(.10719, abs=2e-5)


def test_checkpoints_hold_the_kernels():
    state = build_head(HEAD).state_dict()
    assert state['laplacian_kernel'].tolist() == [[[[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]]]
    assert state['fusion_kernel'].flatten().tolist() == pytest.approx([.6, .3, .1])


def test_details_lie_on_the_higher_side_of_an_edge():
    label = torch.zeros(1, 1, 8, 8, dtype=torch.long)
    label[..., 2:6, 2:6] = 3
    details = build_head(dict(HEAD, boundary_threshold=.4)).details(label)
    # The edge itself answers with .6; the two coarser strides together with .4 at most.
    ring = torch.zeros(8, 8, dtype=torch.long)
    ring[2:6, 2:6] = 1
    ring[3:5, 3:5] = 0
    assert torch.equal(details[0, 0], ring)


def test_even_label_has_details_only_at_the_border():
    # Beyond the border the Laplacian sees zeros, so label 0 has none and label 1 a frame.
    head = build_head(dict(HEAD, boundary_threshold=.4))
    assert head.details(torch.zeros(1, 1, 8, 8, dtype=torch.long)).sum() == 0
    frame = head.details(torch.ones(1, 1, 8, 8, dtype=torch.long))[0, 0]
    assert frame[0].all() and frame[:, 0].all() and not frame[1:7, 1:7].any()


def test_losses_are_against_the_details(waves):
    head = build_head(dict(HEAD, boundary_threshold=.4, align_corners=True, loss_decode=[
        dict(type='CrossEntropyLoss', use_sigmoid=True), dict(type='DiceLoss')])).eval()
    label = torch.zeros(1, 1, 8, 8, dtype=torch.long)
    label[..., 4:, :] = 1
    sure = torch.where(head.details(label) == 1, 20., -20.)
    losses = head.losses(torch.cat([-sure, sure], dim=1), label)
    assert set(losses) == {'loss_ce', 'loss_dice', 'acc_seg'}
    assert losses['loss_ce'].item() == pytest.approx(0, abs=1e-6)
    assert losses['acc_seg'].item() == 100
    wrong = head.losses(torch.cat([sure, -sure], dim=1), label)
    assert wrong['loss_ce'].item() == pytest.approx(20, abs=1e-4)
    assert wrong['acc_seg'].item() == 0
