"""Every model of the zoo, tiny and with a page-type head: it traces, trains and tests.

A new model needs one row of ``ZOO``: the config of a segmentor whose heads come of :func:`head`,
and the names of its losses where they are not those of a plain decode head.  Keep it so small that
its checks take a second.
"""
import copy
from functools import cache
from typing import NamedTuple

import pytest
import torch
from torch import nn

from mmseg.export import trace_segmentor
from mmseg.models import build_segmentor

CLASSES = 4
BN = dict(type='BN')


class Row(NamedTuple):
    """A model and what is to be expected of it.

    Args:
        model: Config, without ``cls_head``.
        losses: Names of the losses of the decode head and of the auxiliary ones.
        page: (height, width) in pixels of the page to trace and train with.
        other: Another size, odd, which the traced model must take.
    """

    model: dict
    losses: tuple = ('decode.loss_ce', )
    page: tuple = (64, 80)
    other: tuple = (77, 53)


def head(kind: str, in_channels, in_index=-1, **settings) -> dict:
    """Config of a narrow head."""
    return dict(dict(type=kind, in_channels=in_channels, in_index=in_index, channels=8,
                     num_classes=CLASSES, norm_cfg=BN), **settings)


def fcn(in_channels, in_index=-1, **settings) -> dict:
    """Config of a head of one convolution."""
    return head('FCNHead', in_channels, in_index,
                **dict(dict(num_convs=1, concat_input=False), **settings))


def net(backbone: dict, decode_head, **parts) -> dict:
    """Config of the segmentor; several decode heads make a cascade."""
    if isinstance(decode_head, list):
        parts.update(type='CascadeEncoderDecoder', num_stages=len(decode_head))
    return dict(dict(type='EncoderDecoder', backbone=backbone, decode_head=decode_head,
                     test_cfg=dict(mode='whole')), **parts)


def resnet(kind: str = 'ResNet', depth: int = 50, **settings) -> dict:
    """Config of a backbone with two stages of 16 and 32 channels at 1/4 and 1/8."""
    return dict(dict(type=kind, depth=depth, base_channels=4, stem_channels=8, num_stages=2,
                     strides=(1, 2), dilations=(1, 1), out_indices=(0, 1), norm_cfg=BN),
                **settings)


def hrnet(**settings) -> dict:
    """Config of a backbone with branches of 4, 8, 16 and 32 channels."""
    extra = {f'stage{n}': dict(num_modules=1, num_branches=n, block='BASIC', num_blocks=(1, ) * n,
                               num_channels=(4, 8, 16, 32)[:n]) for n in (2, 3, 4)}
    extra['stage1'] = dict(num_modules=1, num_branches=1, block='BOTTLENECK', num_blocks=(1, ),
                           num_channels=(8, ))
    return dict(type='HRNet', extra=extra, norm_cfg=BN, **settings)


RESNET18 = resnet('ResNetV1c', 18, num_stages=4, strides=(1, 2, 2, 2), dilations=(1, 1, 1, 1),
                  out_indices=(0, 1, 2, 3))  # 4, 8, 16 and 32 channels


def stdc(**settings) -> dict:
    """Config of a context path with maps of 16, 8, 8 and 16 channels."""
    inner = dict(type='STDCNet', stdc_type='STDCNet1', in_channels=3, channels=(4, 8, 16, 32, 64),
                 bottleneck_type='cat', norm_cfg=BN, act_cfg=dict(type='ReLU'))
    return dict(type='STDCContextPathNet', backbone_cfg=dict(inner, **settings),
                last_in_channels=(64, 32), out_channels=8,
                ffm_cfg=dict(in_channels=24, out_channels=16, scale_factor=4))


def vit(**settings) -> dict:
    """Config of a plain transformer with two maps of 16 channels at 1/8."""
    return dict(dict(type='VisionTransformer', img_size=64, patch_size=8, embed_dims=16,
                     num_layers=2, num_heads=2, out_indices=(0, 1)), **settings)


AUX = ('decode.loss_ce', 'aux.loss_ce')
UNET = dict(type='UNet', base_channels=4, norm_cfg=BN)
FAST_SCNN = dict(type='FastSCNN', downsample_dw_channels=(4, 6), global_in_channels=8,
                 global_block_channels=(8, 12, 16), global_out_channels=16, higher_in_channels=8,
                 lower_in_channels=16, fusion_out_channels=16, norm_cfg=BN)

ZOO = {
    'resnext': Row(net(resnet('ResNeXt', groups=2, base_width=4), fcn(32),
                       auxiliary_head=fcn(16, 0)), AUX),
    'resnest': Row(net(resnet('ResNeSt', radix=2), fcn(32))),
    'hrnet': Row(net(hrnet(), fcn([4, 8, 16, 32], (0, 1, 2, 3), input_transform='resize_concat',
                                  kernel_size=1))),
    'hrnet_finest': Row(net(hrnet(multiscale_output=False), fcn(4, 0))),
    'mobilenet_v2': Row(net(dict(type='MobileNetV2', widen_factor=.1, norm_cfg=BN,
                                 strides=(1, 2, 2, 1, 1, 1, 1), dilations=(1, 1, 1, 2, 2, 4, 4)),
                            fcn(32), auxiliary_head=fcn(16, 2)), AUX),
    'mobilenet_v3_small': Row(net(
        dict(type='MobileNetV3', arch='small', norm_cfg=BN),
        head('LRASPPHead', (16, 16, 576), (0, 1, 2), input_transform='multiple_select',
             branch_channels=(4, 8)))),
    'mobilenet_v3_large': Row(net(dict(type='MobileNetV3', arch='large', out_indices=(3, 16),
                                       reduction_factor=4, norm_cfg=BN),
                                  fcn(960, kernel_size=1))),
    'unet': Row(net(UNET, fcn(4, 4), auxiliary_head=fcn(8, 3)), AUX),
    'unet_deconv': Row(net(dict(UNET, upsample_cfg=dict(type='DeconvModule')), fcn(4, 4))),
    'cgnet': Row(net(dict(type='CGNet', num_channels=(4, 8, 16), num_blocks=(2, 2), norm_cfg=BN),
                     fcn(32, 2))),
    'erfnet': Row(net(dict(type='ERFNet', enc_downsample_channels=(8, 16, 32),
                           enc_stage_non_bottlenecks=(1, 2), enc_non_bottleneck_dilations=(2, 4),
                           enc_non_bottleneck_channels=(16, 32), dec_upsample_channels=(16, 8),
                           dec_stages_non_bottleneck=(1, 1), dec_non_bottleneck_channels=(16, 8)),
                      fcn(8))),
    'fast_scnn': Row(
        net(FAST_SCNN, head('DepthwiseSeparableFCNHead', 16, concat_input=False),
            auxiliary_head=[fcn(16, -2), fcn(8, -3)]),
        ('decode.loss_ce', 'aux_0.loss_ce', 'aux_1.loss_ce')),
    'pspnet': Row(net(resnet(), head('PSPHead', 32))),
    'upernet': Row(net(RESNET18, head('UPerHead', [4, 8, 16, 32], [0, 1, 2, 3]))),
    'sem_fpn': Row(net(RESNET18, head('FPNHead', [8] * 4, [0, 1, 2, 3],
                                      feature_strides=[4, 8, 16, 32]),
                       neck=dict(type='FPN', in_channels=[4, 8, 16, 32], out_channels=8,
                                 num_outs=4))),
    'multilevel_neck': Row(net(dict(RESNET18, out_indices=(3, )),
                               head('UPerHead', [8] * 4, [0, 1, 2, 3]),
                               neck=dict(type='MultiLevelNeck', in_channels=[32], out_channels=8,
                                         scales=[4, 2, 1, .5]))),
    'fastfcn': Row(net(dict(RESNET18, out_indices=(1, 2, 3)), head('PSPHead', 32),
                       neck=dict(type='JPU', in_channels=(8, 16, 32), mid_channels=8))),
    'icnet': Row(net(dict(type='ICNet', backbone_cfg=RESNET18, layer_channels=(8, 32),
                          light_branch_middle_channels=4, psp_out_channels=8,
                          out_channels=(4, 8, 8), norm_cfg=BN),
                     fcn(8, 2), neck=dict(type='ICNeck', in_channels=(4, 8, 8), out_channels=8),
                     auxiliary_head=[fcn(8, 0), fcn(8, 1)]),
                 ('decode.loss_ce', 'aux_0.loss_ce', 'aux_1.loss_ce')),
    'bisenetv1': Row(net(dict(type='BiSeNetV1', backbone_cfg=RESNET18, context_channels=(8, 16, 32),
                              spatial_channels=(4, 4, 4, 8), out_channels=16, norm_cfg=BN),
                         fcn(16, 0), auxiliary_head=[fcn(8, 1), fcn(8, 2)]),
                     ('decode.loss_ce', 'aux_0.loss_ce', 'aux_1.loss_ce')),
    'bisenetv2': Row(net(dict(type='BiSeNetV2', detail_channels=(4, 8, 16), bga_channels=16,
                              semantic_channels=(4, 4, 8, 16)), fcn(16, 0),
                         auxiliary_head=fcn(16, 4)), AUX),
    'stdc': Row(net(stdc(), fcn(16, 3), auxiliary_head=[
        fcn(8, 2), fcn(8, 1), head('STDCHead', 16, 0, num_classes=2, loss_decode=[
            dict(type='CrossEntropyLoss', use_sigmoid=True), dict(type='DiceLoss')])]),
        ('decode.loss_ce', 'aux_0.loss_ce', 'aux_1.loss_ce', 'aux_2.loss_ce', 'aux_2.loss_dice')),
    'stdc_add': Row(net(stdc(stdc_type='STDCNet2', bottleneck_type='add'), fcn(16, 3))),
    'convnext': Row(net(
        dict(type='mmcls.ConvNeXt', arch=dict(depths=(1, 1, 2, 1), channels=(4, 8, 12, 16)),
             out_indices=(0, 1, 2, 3), gap_before_final_norm=False, layer_scale_init_value=1.,
             drop_path_rate=.1),
        head('UPerHead', [4, 8, 12, 16], [0, 1, 2, 3]))),
    'ann': Row(net(resnet(), head('ANNHead', [16, 32], [0, 1], project_channels=4))),
    'apcnet': Row(net(resnet(), head('APCHead', 32, pool_scales=(1, 3)))),
    'ccnet': Row(net(resnet(), head('CCHead', 32))),
    'danet': Row(net(resnet(), head('DAHead', 32, pam_channels=4)),
                 ('decode.pam_cam.loss_ce', 'decode.pam.loss_ce', 'decode.cam.loss_ce')),
    'dmnet': Row(net(resnet(), head('DMHead', 32, filter_sizes=(1, 2, 3)))),
    'dnlnet': Row(net(resnet(), head('DNLHead', 32))),
    'emanet': Row(net(resnet(), head('EMAHead', 32, ema_channels=8, num_bases=4, num_stages=3))),
    'encnet': Row(net(resnet(), head('EncHead', [16, 32], [0, 1], num_codes=4, add_lateral=True)),
                  ('decode.loss_ce', 'decode.loss_se')),
    'gcnet': Row(net(resnet(), head('GCHead', 32))),
    'isanet': Row(net(resnet(), head('ISAHead', 32, isa_channels=4, down_factor=(3, 4)))),
    'nonlocal_net': Row(net(resnet(), head('NLHead', 32))),
    'psanet': Row(net(resnet(), head('PSAHead', 32, mask_size=(7, 9)))),
    'ocrnet': Row(net(resnet(strides=(1, 1), dilations=(1, 2)),
                      [fcn(16, 0), head('OCRHead', 32, ocr_channels=4)]),
                  ('decode_0.loss_ce', 'decode_1.loss_ce')),
    'ocrnet_hrnet': Row(net(hrnet(align_corners=True), [
        fcn([4, 8, 16, 32], (0, 1, 2, 3), input_transform='resize_concat', kernel_size=1),
        head('OCRHead', [4, 8, 16, 32], (0, 1, 2, 3), input_transform='resize_concat',
             ocr_channels=4)]), ('decode_0.loss_ce', 'decode_1.loss_ce')),
    'point_rend': Row(net(
        RESNET18, [head('FPNHead', [8] * 4, [0, 1, 2, 3], feature_strides=[4, 8, 16, 32]),
                   head('PointHead', [8], [0], norm_cfg=None)],
        neck=dict(type='FPN', in_channels=[4, 8, 16, 32], out_channels=8, num_outs=4),
        train_cfg=dict(num_points=50, oversample_ratio=3, importance_sample_ratio=.75),
        test_cfg=dict(mode='whole', subdivision_steps=2, subdivision_num_points=100,
                      scale_factor=2)), ('decode_0.loss_ce', 'decode_1.pointloss_ce')),
    'setr_naive': Row(net(vit(), head('SETRUPHead', 16, 1, kernel_size=1),
                          auxiliary_head=[head('SETRUPHead', 16, 0, num_convs=2)]),
                      ('decode.loss_ce', 'aux_0.loss_ce')),
    'setr_pup': Row(net(vit(), head('SETRUPHead', 16, 1, num_convs=4, up_scale=2))),
    'setr_mla': Row(net(vit(with_cls_token=False),
                        head('SETRMLAHead', (8, 8), (0, 1), mla_channels=4),
                        neck=dict(type='MLANeck', in_channels=[16, 16], out_channels=8,
                                  norm_cfg=BN, act_cfg=dict(type='ReLU')))),
    'segformer': Row(net(
        dict(type='MixVisionTransformer', embed_dims=4, num_layers=[1, 1, 1, 1],
             num_heads=[1, 2, 2, 4]),
        head('SegformerHead', [4, 8, 8, 16], [0, 1, 2, 3]))),
    'vit_bilinear': Row(net(vit(interpolate_mode='bilinear', patch_norm=True), fcn(16, 1))),
    'swin': Row(net(dict(type='SwinTransformer', embed_dims=4, depths=[2, 2], num_heads=[1, 2],
                         strides=(4, 2), window_size=4, out_indices=(0, 1)),
                    fcn([4, 8], (0, 1), input_transform='resize_concat'))),
    'swin_absolute': Row(net(
        dict(type='SwinTransformer', embed_dims=4, depths=[2], num_heads=[2], strides=(4, ),
             window_size=5, out_indices=(0, ), use_abs_pos_embed=True), fcn(4, 0))),
    'twins_pcpvt': Row(net(dict(type='PCPVT', embed_dims=[8, 16], num_heads=[1, 2],
                                mlp_ratios=[2, 2], depths=[1, 2], sr_ratios=[4, 2]), fcn(16, 1))),
    'twins_svt': Row(net(dict(type='SVT', embed_dims=[8, 16], num_heads=[1, 2], mlp_ratios=[2, 2],
                              depths=[2, 2], sr_ratios=[4, 2], windiow_sizes=[7, 3]), fcn(16, 1))),
    'beit': Row(net(dict(type='BEiT', img_size=64, patch_size=8, embed_dims=16, num_layers=2,
                         num_heads=2, final_norm=True), fcn(16))),
    'mae': Row(net(dict(type='MAE', img_size=64, patch_size=8, embed_dims=16, num_layers=2,
                        num_heads=2), fcn(16))),
    'poolformer': Row(net(
        dict(type='mmcls.PoolFormer', arch=dict(layers=[1, 2], embed_dims=[8, 16]),
             out_indices=(0, 2)), fcn([8, 16], (0, 1), input_transform='resize_concat'))),
    'mpvit': Row(net(dict(type='MPViT', num_stages=2, num_path=[2, 3], num_layers=[1, 2],
                          embed_dims=[8, 16], mlp_ratios=[2, 2], num_heads=[8, 8],
                          norm_eval=False), fcn(16, 1))),
    'segmenter': Row(net(vit(final_norm=True, out_indices=-1),
                         head('SegmenterMaskTransformerHead', 16, num_layers=2, num_heads=2,
                              embed_dims=8, norm_cfg=dict(type='LN')))),
    'dpt': Row(net(vit(num_layers=4, out_indices=(0, 1, 2, 3), output_cls_token=True),
                   head('DPTHead', [16] * 4, (0, 1, 2, 3), embed_dims=16,
                        post_process_channels=[4, 8, 8, 16], readout_type='project',
                        input_transform='multiple_select'))),
    'feature2pyramid': Row(net(vit(num_layers=4, out_indices=(0, 1, 2, 3)),
                               head('UPerHead', [16] * 4, [0, 1, 2, 3]),
                               neck=dict(type='Feature2Pyramid', embed_dim=16, norm_cfg=BN))),
    'knet': Row(net(resnet(), dict(
        type='IterativeDecodeHead', num_stages=2, kernel_generate_head=fcn(32),
        kernel_update_head=[dict(
            type='KernelUpdateHead', num_classes=CLASSES, num_heads=2, num_mask_fcs=1,
            feedforward_channels=16, in_channels=8, out_channels=8,
            feat_transform_cfg=dict(conv_cfg=dict(type='Conv2d'), act_cfg=None),
            kernel_updator_cfg=dict(type='KernelUpdator', in_channels=8, feat_channels=8,
                                    out_channels=8))] * 2)),
        ('decode.loss_ce.s0', 'decode.loss_ce.s1', 'decode.loss_ce.s2')),
}
every_model = pytest.mark.parametrize('name', ZOO)


def batch(size: tuple) -> dict:
    """Two pages with their labels and page types, the same ones every time."""
    noise = torch.Generator().manual_seed(0)
    metas = [dict(filename=f'{i}.png', ori_shape=(*size, 3), img_shape=(*size, 3),
                  pad_shape=(*size, 3), flip=False, cls_label=i) for i in range(2)]
    return dict(img=torch.randn(2, 3, *size, generator=noise), img_metas=metas,
                gt_semantic_seg=torch.randint(0, CLASSES, (2, 1, *size), generator=noise))


@cache
def built(name: str) -> nn.Module:
    """The model, its batch norms settled so that deep features do not fade away in a test."""
    row = ZOO[name]
    torch.manual_seed(0)
    model = build_segmentor(copy.deepcopy(dict(row.model,
                                               cls_head=dict(type='ClsHead', num_classes=2))))
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # the statistics of the next batch alone
    with torch.no_grad():
        model.train().forward_train(**batch(row.page))
    return model.eval()


@every_model
def test_traced_model_takes_another_size(name):
    row, model = ZOO[name], built(name)
    traced = trace_segmentor(model, batch(row.page)['img'][:1], any_size=False)
    pages = batch(row.other)['img']
    with torch.no_grad():
        seg, cls = traced(pages)
        wanted = model.page_scores(pages)
    assert wanted.seg.shape == (2, CLASSES, *row.other)
    assert wanted.seg.std(dim=(2, 3)).max() > .01  # flat scores would agree whatever they are
    torch.testing.assert_close(seg, wanted.seg, rtol=0, atol=1e-4)
    torch.testing.assert_close(cls, wanted.cls, rtol=0, atol=1e-4)


@every_model
def test_training_step_reaches_every_parameter(name):
    row, model = ZOO[name], copy.deepcopy(built(name)).train()
    losses = model.forward_train(**batch(row.page))
    assert {key for key in losses if 'loss' in key} == {*row.losses, 'cls.loss_ce'}
    loss, _ = model._parse_losses(losses)
    loss.backward()
    assert loss.isfinite()
    lost = [key for key, value in model.named_parameters()
            if value.requires_grad and (value.grad is None or not value.grad.isfinite().all())]
    assert not lost


@every_model
def test_result_has_the_page_type(name):
    row, model = ZOO[name], built(name)
    data = batch(row.page)
    with torch.no_grad():
        results = model([data['img']], [data['img_metas']], return_loss=False)
        scores = model.page_scores(data['img'])
    for i, result in enumerate(results):
        assert result['seg_map'].shape == row.page
        assert (result['seg_map'] == scores.seg[i].argmax(dim=0).numpy()).mean() > .999
        assert result['cls_label'] == scores.cls[i].argmax()
        assert result['cls_scores'] == pytest.approx(scores.cls[i].numpy(), abs=1e-5)
