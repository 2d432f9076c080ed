"""Heads that do not fit their feature maps are found out while the network is built."""
import os
import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from mmseg.models.builder import BACKBONES, HEADS, build_segmentor
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.utils.errors import InputError

BN = dict(type='BN')
RESNET = dict(type='ResNet', depth=18, base_channels=4, norm_cfg=BN)  # 4, 8, 16 and 32 channels
FPN = dict(type='FPN', in_channels=[4, 8, 16, 32], out_channels=6, num_outs=4)


def head(kind, in_channels, in_index=-1, **settings):
    return dict(type=kind, in_channels=in_channels, in_index=in_index, channels=4, num_classes=3,
                norm_cfg=BN, **settings)


def fcn(in_channels, in_index=-1, **settings):
    return head('FCNHead', in_channels, in_index, num_convs=1, **settings)


def net(decode_head, **parts):
    if isinstance(decode_head, list):
        parts.update(type='CascadeEncoderDecoder', num_stages=len(decode_head))
    return dict(dict(type='EncoderDecoder', backbone=RESNET, decode_head=decode_head), **parts)


SEP_ASPP = head('DepthwiseSeparableASPPHead', 32, 3, c1_channels=4, dilations=(1, 2))
KNET = dict(type='IterativeDecodeHead', num_stages=0, kernel_update_head=[])


@pytest.mark.parametrize('model, words', [
    (net(fcn(64)), ('model.decode_head.in_channels=64', 'in_index=-1', 'model.backbone (ResNet)',
                    'has 32 channels', 'set model.decode_head.in_channels=32',
                    '4, 8, 16, 32 channels')),
    (net(fcn(32), auxiliary_head=fcn(32, 2)),
     ('model.auxiliary_head.in_channels=32', 'has 16 channels',
      'set model.auxiliary_head.in_channels=16')),
    (net(fcn(32), auxiliary_head=[fcn(16, 2), fcn(9, 1)]),
     ('model.auxiliary_head[1].in_channels=9', 'has 8 channels')),
    (net(fcn(32, 4)), ('model.decode_head.in_index=4', '4 feature maps', 'out_indices')),
    (net(fcn(32, 3), backbone=dict(RESNET, out_indices=(0, 1, 2))),
     ('model.decode_head.in_index=3', '3 feature maps', '4, 8, 16 channels')),
    (net([fcn(32), head('OCRHead', 30, ocr_channels=4)]),
     ('model.decode_head[1].in_channels=30', 'has 32 channels')),
    (net(fcn(6), neck=FPN, cls_head=dict(type='ClsHead', num_classes=2, in_channels=32)),
     ('model.cls_head.in_channels=32', 'model.neck (FPN)', 'has 6 channels')),
    (net(fcn([4, 8, 16], [0, 1, 3], input_transform='resize_concat')),
     ('in_channels=28 in all', 'in_index=[0, 1, 3]', '[4, 8, 32] channels')),
    (net(head('FPNHead', [4, 8, 16, 16], [0, 1, 2, 3], feature_strides=[4, 8, 16, 32])),
     ('model.decode_head.in_channels=[4, 8, 16, 16]', '[4, 8, 16, 32] channels')),
    (net(dict(SEP_ASPP, c1_in_channels=8)),
     ('model.decode_head.c1_in_channels=8', 'has 4 channels')),
    (net(dict(KNET, kernel_generate_head=fcn(33))),
     ('model.decode_head.kernel_generate_head.in_channels=33', 'has 32 channels')),
    (net(fcn(6), neck=dict(FPN, in_channels=[4, 8, 8, 32])), ('FPN', '8', 'has 16 channels')),
])
def test_what_does_not_fit_is_named(model, words):
    with pytest.raises(InputError) as error:
        build_segmentor(model)
    assert all(word in str(error.value) for word in words)


@pytest.mark.parametrize('model', [
    net(fcn(32), auxiliary_head=fcn(16, -2), cls_head=dict(type='ClsHead', num_classes=2)),
    net(fcn([4, 32], (0, -1), input_transform='resize_concat')),
    net(dict(SEP_ASPP, c1_in_channels=4)),
    net(dict(KNET, kernel_generate_head=fcn(32))),
    net(fcn(32), backbone=dict(RESNET, in_channels=1)),
])
def test_what_fits_builds(model):
    build_segmentor(model)


def test_a_network_that_fits_needs_no_compiler():
    script = ('import sys\n'
              'from mmseg.models.builder import build_segmentor\n'
              f'build_segmentor({net(fcn(32))})\n'
              'assert "torch._dynamo" not in sys.modules')
    subprocess.run([sys.executable, '-c', script], check=True,
                   env={**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)})


def test_nothing_of_the_network_or_of_the_random_numbers_changes():
    def numbers():
        return torch.rand(1).item(), np.random.rand(), random.random()

    model = net(dict(SEP_ASPP, c1_in_channels=4))
    built = []
    for check in (True, False):
        torch.manual_seed(0), np.random.seed(0), random.seed(0)
        with pytest.MonkeyPatch.context() as patch:
            if not check:
                patch.setattr('mmseg.models.segmentors.encoder_decoder.check_channels', id)
            built.append((build_segmentor(model), numbers()))
    (checked, after), (unchecked, expected) = built
    assert after == expected
    state, wanted = checked.state_dict(), unchecked.state_dict()
    assert list(state) == list(wanted) and all(torch.equal(state[k], wanted[k]) for k in state)
    assert [m.training for m in checked.modules()] == [m.training for m in unchecked.modules()]
    assert all(p.device.type == 'cpu' and p.requires_grad for p in checked.parameters())


@BACKBONES.register_module(force=True)
class Restless(nn.Module):
    """Draws random numbers, counts its calls and looks at its input, as custom backbones may."""

    def __init__(self, looks: bool = False):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 1)
        self.calls, self.looks = 0, looks

    def forward(self, img):
        self.calls += 1
        random.random(), np.random.rand(), torch.rand(1)
        if self.looks and img.mean() > 0:
            return [img]
        return [self.conv(img)]


def test_a_custom_backbone_is_watched_without_a_trace():
    random.seed(0), np.random.seed(0), torch.manual_seed(0)
    expected = random.random(), np.random.rand()
    random.seed(0), np.random.seed(0), torch.manual_seed(0)
    model = build_segmentor(net(fcn(5), backbone=dict(type='Restless')))
    assert (random.random(), np.random.rand()) == expected
    assert model.backbone.calls == 0
    with pytest.raises(InputError, match='in_channels=7.*5 channels'):
        build_segmentor(net(fcn(7), backbone=dict(type='Restless')))


def test_a_backbone_that_looks_at_the_numbers_waits_for_the_first_page():
    model = build_segmentor(net(fcn(7), backbone=dict(type='Restless', looks=True)))
    with pytest.raises(InputError, match='in_channels=7'):
        model.encode_decode(-torch.ones(1, 3, 8, 8), None)


@HEADS.register_module(force=True)
class OwnWay(BaseDecodeHead):
    """Reads the first map, whatever ``in_channels`` says."""

    def forward(self, inputs):
        return self.cls_seg(inputs[0])


def test_a_custom_head_may_read_as_it_likes():
    build_segmentor(net(head('OwnWay', 99, 9)))
    with pytest.raises(InputError, match='model.decode_head.in_index=9'):
        build_segmentor(net(dict(head('OwnWay', 99, 9), channels=7)))


def test_base_configs_of_0x_that_do_not_fit_themselves_build_with_a_warning():
    convnext = dict(type='ConvNeXt', arch=dict(depths=(1, 1, 1, 1), channels=(4, 8, 12, 16)),
                    out_indices=(0, 1, 2, 3), gap_before_final_norm=False)
    with pytest.warns(UserWarning, match='auxiliary_head.in_channels=384.*12 channels'):
        build_segmentor(net(fcn(16), backbone=convnext, auxiliary_head=fcn(384, 2)))


def test_text_for_a_number_of_a_layer_is_named():
    backbone = dict(type='UNet', base_channels=4, num_stages=2, strides=('1', 1),
                    enc_num_convs=(1, 1), dec_num_convs=(1, ), downsamples=(True, ),
                    enc_dilations=(1, 1), dec_dilations=(1, ))
    head = dict(type='FCNHead', in_channels=4, in_index=1, channels=4, num_classes=2)
    with pytest.raises(InputError, match=r'model.backbone \(UNet\) has a setting that is'):
        build_segmentor(dict(type='EncoderDecoder', backbone=backbone, decode_head=head))
