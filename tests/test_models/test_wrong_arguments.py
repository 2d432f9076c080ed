"""Arguments of the wrong kind are refused in a sentence, by the errors that 0.x raised."""
import pytest
import torch

from mmseg.core import OHEMPixelSampler
from mmseg.models import build_backbone, build_head, build_loss, build_neck
from mmseg.models.backbones.beit import BEiTTransformerEncoderLayer
from mmseg.models.backbones.resnest import Bottleneck as ResNeStBlock
from mmseg.models.backbones.stdc import STDCModule
from mmseg.models.losses import accuracy
from mmseg.models.utils import BasicBlock, Bottleneck

HEAD = dict(in_channels=8, channels=4, num_classes=2)
HEADS = [
    (dict(HEAD, type='PSPHead', pool_scales=1), 'PSPHead has pool_scales=1; expected a list'),
    (dict(HEAD, type='APCHead', pool_scales=1), 'APCHead has pool_scales=1; expected a list'),
    (dict(HEAD, type='ASPPHead', dilations=1), 'ASPPHead has dilations=1; expected a list'),
    (dict(HEAD, type='DMHead', filter_sizes=1), 'DMHead has filter_sizes=1; expected a list'),
    (dict(HEAD, type='UPerHead', in_channels=[8, 8], in_index=[0, 1], pool_scales=1),
     'UPerHead has pool_scales=1; expected a list'),
    (dict(HEAD, type='ANNHead', in_channels=[8, 8], in_index=[0, 1], project_channels=4,
          query_scales=1), 'ANNHead has query_scales=1; expected a list'),
    (dict(HEAD, type='LRASPPHead', in_channels=(4, 8), in_index=(0, 1), branch_channels=64,
          input_transform='multiple_select'), 'LRASPPHead has branch_channels=64; expected a list'),
    (dict(type='FCNHead', num_classes=2, num_convs=-1), 'num_convs=-1; expected 0 or more'),
    (dict(type='SETRUPHead', num_classes=2, kernel_size=2), 'kernel_size=2; expected 1 or 3'),
]
BACKBONES = [
    (dict(type='CGNet', num_blocks=2), 'CGNet has num_blocks=2; expected a list of 2 values'),
    (dict(type='CGNet', reductions=16), 'CGNet has reductions=16; expected a list of 2 values'),
    (dict(type='MobileNetV3', reduction_factor=0), 'reduction_factor=0; expected 1 or more'),
    (dict(type='ResNet', depth=50, style='tensorflow'), "style is 'tensorflow'"),
    (dict(type='VisionTransformer', img_size=512.), 'img_size=512.0 needs one number of pixels'),
    (dict(type='BEiT', out_indices=1.), 'out_indices=1.0 needs the number of a layer'),
    *((dict(type=kind, pretrained=123, **more), 'pretrained of a backbone is 123; expected')
      for kind, more in (('VisionTransformer', {}), ('SwinTransformer', {}), ('UNet', {}),
                         ('ResNet', dict(depth=18)), ('MixVisionTransformer', {}))),
]
LOSSES = [
    (dict(type='FocalLoss', use_sigmoid=False), 'only the sigmoid form'),
    (dict(type='FocalLoss', gamma='test'), "gamma='test'; expected a number"),
    (dict(type='FocalLoss', alpha='test'), "alpha='test'; expected a number"),
    (dict(type='FocalLoss', reduction='test'), "reduction of a loss is 'test'"),
    (dict(type='DiceLoss', loss_weight='test'), "loss_weight='test'; expected a number"),
    (dict(type='CrossEntropyLoss', loss_name=123), 'loss_name of a loss is 123'),
]


@pytest.mark.parametrize('build, cfg, sentence', [
    *((build_head, *row) for row in HEADS), *((build_backbone, *row) for row in BACKBONES),
    *((build_loss, *row) for row in LOSSES)])
@pytest.mark.parametrize('kind', [AssertionError, TypeError, NotImplementedError])
def test_a_wrong_argument(build, cfg, sentence, kind):
    with pytest.raises(kind, match=sentence):
        build(cfg)


@pytest.mark.parametrize('build, cfg, sentence', [
    (build_backbone, dict(type='ResNet', depth=20), r'depth=20; expected one of \[18, 34, 50'),
    (build_backbone, dict(type='ResNeXt', depth=18), r'depth=18; expected one of \[50, 101'),
    (build_neck, dict(type='Feature2Pyramid', embed_dim=8, rescales=[4, 0]), '0 is none of')])
def test_a_value_that_is_none_of_a_table_is_a_key_error_too(build, cfg, sentence):
    with pytest.raises(KeyError, match=sentence):
        build(cfg)


@pytest.mark.parametrize('build, sentence', [
    (lambda: Bottleneck(8, 8, style='x'), "style is 'x'; expected 'pytorch' or 'caffe'"),
    (lambda: BasicBlock(8, 8, style='x'), "style is 'x'"),
    (lambda: ResNeStBlock(8, 8, style='x'), "style is 'x'"),
    (lambda: Bottleneck(8, 8, plugins=[dict(cfg=dict(type='ContextBlock'), position='end')]),
     "a plugin's position is 'end'"),
    (lambda: STDCModule(8, 8, 1, fusion_type='sum'), "is 'sum'; expected one of"),
    (lambda: STDCModule(8, 8, 1, num_convs=1), 'num_convs=1; expected 2 or more'),
    (lambda: BEiTTransformerEncoderLayer(8, 2, 16), 'needs window_size'),
    (lambda: OHEMPixelSampler(None, min_kept=1), 'min_kept=1; expected 2 or more')])
def test_a_block_refuses_what_it_cannot_do(build, sentence):
    with pytest.raises(AssertionError, match=sentence):
        build()


def test_a_sampler_refuses_labels_of_another_size():
    with pytest.raises(AssertionError, match=r'\(4, 4\) pixels and labels of \(9, 9\)'):
        OHEMPixelSampler(None).sample(torch.zeros(1, 2, 4, 4), torch.zeros(1, 1, 9, 9))


def test_a_focal_loss_refuses_what_does_not_fit_when_it_is_asked():
    loss = build_loss(dict(type='FocalLoss'))
    logits = torch.zeros(1, 2, 4, 4)
    with pytest.raises(AssertionError, match='expected \\(N, ...\\)'):
        loss(logits, torch.zeros(1, 2, 2, 2))
    with pytest.raises(AssertionError, match="reduction of a loss is 'test'"):
        loss(logits, torch.zeros(1, 4, 4), reduction_override='test')
    loss.use_sigmoid = False
    with pytest.raises(NotImplementedError, match='only the sigmoid form'):
        loss(logits, torch.zeros(1, 4, 4))


@pytest.mark.parametrize('topk, target, sentence', [
    (5, [0], 'topk of an accuracy is 5, but there are 3 classes'),
    ('two', [0], "topk of an accuracy is 'two'; expected a number"),
    (1, [0, 1], r'needs labels \(N, ...\), got \(2,\)')])
def test_an_accuracy_that_cannot_be_counted(topk, target, sentence):
    with pytest.raises(AssertionError, match=sentence):
        accuracy(torch.zeros(1, 3), torch.tensor(target), topk)


def test_a_head_that_wants_a_feature_too_many_raises_an_index_error():
    head = build_head(dict(HEAD, type='FCNHead', in_index=2))
    with pytest.raises(IndexError, match='in_index=2 of FCNHead goes beyond the 2 feature maps'):
        head([torch.zeros(1, 8, 4, 4)] * 2)
