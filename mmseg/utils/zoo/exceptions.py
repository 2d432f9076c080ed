"""Methods of MMSegmentation 0.x's model zoo whose names follow rules of their own.

Patterns and paths as in :mod:`mmseg.utils.zoo.rules`, after whose rules these are applied.
"""
from typing import Any

from .rules import DOWNLOADS, REMOVE

_SEG = f'{DOWNLOADS}/mmsegmentation/v0.5/pretrain'
_CONVNEXT = f'{DOWNLOADS}/mmclassification/v0/convnext/downstream/convnext-'
_SPLITS = ('val', 'test')
_OHEM = dict(type='OHEMPixelSampler', thresh=0.7, min_kept=10000)


def _tests(path: str, value: Any) -> dict[str, Any]:
    """One value in the pipelines of val and test."""
    return {f'data.{split}.pipeline.1.{path}': value for split in _SPLITS}


def _crop(size: tuple[int, int], scale: tuple[int, int], stride: int | None = None
          ) -> dict[str, Any]:
    """Training on another crop; with a stride, testing in windows of its size."""
    changes = {**_tests('img_scale', scale), 'data.train.pipeline.2.img_scale': scale,
               'data.train.pipeline.3.crop_size': size, 'data.train.pipeline.7.size': size}
    if stride is not None:
        changes['model.test_cfg'] = dict(mode='slide', crop_size=size, stride=(stride, stride))
    return changes


def _pretrained(path: str, checkpoint: str) -> dict[str, Any]:
    return {f'model.{path}.init_cfg': dict(type='Pretrained', checkpoint=checkpoint)}


def _widths(channels: list[int], auxiliary: int | None = None) -> dict[str, Any]:
    changes: dict[str, Any] = {'model.decode_head.in_channels': channels}
    if auxiliary is not None:
        changes['model.auxiliary_head.in_channels'] = auxiliary
    return changes


def _convnext(arch: str, width: int, checkpoint: str, **backbone: Any) -> dict[str, Any]:
    return {'model.backbone.arch': arch, 'optimizer.paramwise_cfg.num_layers': 12,
            'model.backbone.init_cfg.checkpoint': f'{_CONVNEXT}{checkpoint}.pth',
            **_widths([width * 2**stage for stage in range(4)], width * 4),
            **{f'model.backbone.{key}': value for key, value in backbone.items()}}


def _segformer(layers: list[int], checkpoint: str) -> dict[str, Any]:
    return {'model.backbone.embed_dims': 64, 'model.backbone.num_layers': layers,
            **_widths([64, 128, 320, 512]),
            **_pretrained('backbone', f'{_SEG}/segformer/mit_{checkpoint}.pth')}


def _svt(dims: list[int], heads: list[int], checkpoint: str, **backbone: Any) -> dict[str, Any]:
    return {'model.backbone.embed_dims': dims, 'model.backbone.num_heads': heads,
            'model.backbone.depths': [2, 2, 18, 2],
            'model.backbone.init_cfg.checkpoint': f'{_SEG}/twins/alt_gvt_{checkpoint}.pth',
            **{f'model.backbone.{key}': value for key, value in backbone.items()}}


_FP16 = 'Fp16OptimizerHook'
_SVT_B = _svt([96, 192, 384, 768], [3, 6, 12, 24], 'base_20220308-1b7eb711', drop_path_rate=0.2)
_SVT_L = _svt([128, 256, 512, 1024], [4, 8, 16, 32], 'large_20220308-fb5936f3',
              drop_path_rate=0.3)
_HALF = [384] * 4
_NECK = dict(type='MultiLevelNeck', in_channels=[768] * 4, out_channels=768,
             scales=[4, 2, 1, 0.5])
_CLASSIC = 'open-mmlab://'

EXCEPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    # BiSeNet.
    (r'^bisenetv1/.*_r(50|101)-', {
        'model.backbone.spatial_channels': (256, 256, 256, 512),
        'model.backbone.context_channels': (512, 1024, 2048),
        'model.backbone.out_channels': 1024,
        'model.decode_head.in_channels': 1024, 'model.decode_head.channels': 1024,
        'model.auxiliary_head.*.in_channels': 512, 'model.auxiliary_head.*.channels': 256}),
    (r'^bisenetv1/.*_r50-.*cityscapes', {
        'optimizer.lr': 0.05, 'model.auxiliary_head.*.align_corners': REMOVE,
        'model.auxiliary_head.*.loss_decode': REMOVE}),
    (r'^bisenetv1/.*coco', {'optimizer.lr': 0.005, 'lr_config.warmup': 'linear',
                            'lr_config.warmup_iters': 1000}),
    (r'^bisenetv2/.*_fp16', {'optimizer_config': dict(type=_FP16, loss_scale=512.)}),
    (r'^bisenetv2/.*_ohem', {'model.heads.sampler': _OHEM}),
    # CGNet's other crop, with colours disturbed.
    (r'^cgnet/', {'data.train.pipeline': [
        dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'),
        dict(type='Resize', img_scale=(2048, 1024), ratio_range=(0.5, 2.0)),
        dict(type='RandomCrop', crop_size=(512, 1024), cat_max_ratio=0.75),
        dict(type='RandomFlip', prob=0.5), dict(type='PhotoMetricDistortion'),
        dict(type='Normalize', mean=[72.39239876, 82.90891754, 73.15835921], std=[1, 1, 1],
             to_rgb=True),
        dict(type='Pad', size=(512, 1024), pad_val=0, seg_pad_val=255),
        dict(type='DefaultFormatBundle'), dict(type='Collect', keys=['img', 'gt_semantic_seg'])]}),
    # ConvNeXt.
    (r'convnext_small', _convnext('small', 96, 'small_3rdparty_32xb128-noema_in1k_20220301'
                                  '-303e75e3', drop_path_rate=0.3)),
    (r'convnext_base.*512x512', _convnext(
        'base', 128, 'base_3rdparty_32xb128-noema_in1k_20220301-2a0ee547')),
    (r'convnext_base.*640x640', _convnext('base', 128, 'base_3rdparty_in21k_20220301-262fd037')),
    (r'convnext_large', _convnext('large', 192, 'large_3rdparty_in21k_20220301-e6e0ea0a')),
    (r'convnext_xlarge', {**_convnext('xlarge', 256, 'xlarge_3rdparty_in21k_20220301-08aa5ddc'),
                          'optimizer.lr': 8e-05}),
    (r'^convnext/.*640x640', _crop((640, 640), (2560, 640), 426)),
    # Faces that something hides.
    (r'NatOcc', {
        'model.heads.num_classes': 2, 'model.decode_head.sampler': _OHEM,
        'checkpoint_config.interval': 400, 'runner.max_iters': 30000,
        'evaluation.interval': 400, 'evaluation.metric': ['mIoU', 'mDice', 'mFscore']}),
    # FastFCN.
    (r'_jpu_aspp', {'model.decode_head.type': 'ASPPHead',
                    'model.decode_head.dilations': (1, 12, 24, 36),
                    'model.decode_head.pool_scales': REMOVE}),
    (r'_jpu_enc', {
        'model.decode_head.type': 'EncHead', 'model.decode_head.in_channels': [512, 1024, 2048],
        'model.decode_head.in_index': (0, 1, 2), 'model.decode_head.num_codes': 32,
        'model.decode_head.use_se_loss': True, 'model.decode_head.add_lateral': False,
        'model.decode_head.pool_scales': REMOVE,
        'model.decode_head.loss_se_decode': dict(
            type='CrossEntropyLoss', use_sigmoid=True, loss_weight=0.2)}),
    (r'icnet_r18', {'model.backbone.layer_channels': (128, 512)}),
    (r'knet.*640x640', {**_crop((640, 640), (2048, 640)), 'model.backbone.drop_path_rate': 0.4,
                        'model.decode_head.num_classes': REMOVE}),
    # LoveDA names weights twice.
    *((rf'_{part}_.*loveda', {'model.pretrained': _CLASSIC + default,
                              **_pretrained('backbone', _CLASSIC + weights)})
      for part, default, weights in (
          ('r18-d8', 'resnet50_v1c', 'resnet18_v1c'),
          ('r101-d8', 'resnet50_v1c', 'resnet101_v1c'),
          ('hr18s', 'msra/hrnetv2_w18', 'msra/hrnetv2_w18_small'),
          ('hr48', 'msra/hrnetv2_w18', 'msra/hrnetv2_w48'))),
    *((rf'^{folder}/.*_ms$', _tests('transforms.0.min_size', size))
      for folder, size in (('beit', 640), ('mae', 512))),
    (r'_scratch', {'model.pretrained': None}),
    # MobileNetV2.
    (r'^mobilenet_v2/', {
        'model.pretrained': 'mmcls://mobilenet_v2',
        'model.backbone': dict(
            type='MobileNetV2', widen_factor=1., strides=(1, 2, 2, 1, 1, 1, 1),
            dilations=(1, 1, 1, 2, 2, 4, 4), out_indices=(1, 2, 4, 6),
            norm_cfg=dict(type='SyncBN', requires_grad=True)),
        'model.decode_head.in_channels': 320, 'model.auxiliary_head.in_channels': 96}),
    # SegFormer.
    *((rf'segformer_mit-b{size}.*1024', _segformer(layers, f'b{size}_20220624-{digest}'))
      for size, layers, digest in (
          (1, [2, 2, 2, 2], '02e5a6a1'), (2, [3, 4, 6, 3], '66e8bf70'),
          (3, [3, 4, 18, 3], '13b1141c'), (4, [3, 8, 27, 3], 'd588d980'),
          (5, [3, 6, 40, 3], '658746d9'))),
    (r'segformer.*640x640', _crop((640, 640), (2048, 640))),
    (r'segmenter_vit-l', {
        **_crop((640, 640), (2560, 640), 608), 'model.backbone.img_size': (640, 640),
        'model.backbone.embed_dims': 1024, 'model.backbone.num_heads': 16,
        'model.backbone.num_layers': 24, 'model.decode_head.channels': 1024,
        'model.decode_head.embed_dims': 1024, 'model.decode_head.in_channels': 1024,
        'model.decode_head.num_heads': 16,
        'model.pretrained': f'{_SEG}/segmenter/vit_large_p16_384_20220308-d4efb41d.pth'}),
    *((rf'stdc{size}_in1k', _pretrained(
        'backbone.backbone_cfg', f'{_SEG}/stdc/stdc{size}_20220308-{digest}.pth'))
      for size, digest in ((1, '5368626c'), (2, '7dbd9127'))),
    # Swin.
    (r'swin_base_patch4_window12', {'model.backbone.init_cfg.checkpoint':
                                    f'{_SEG}/swin/swin_base_patch4_window12_384_20220317-'
                                    '55b0104a.pth'}),
    (r'swin_base_patch4_window7', {'model.backbone.init_cfg.checkpoint':
                                   f'{_SEG}/swin/swin_base_patch4_window7_224_22k_20220317-'
                                   '4f79f7c0.pth'}),
    (r'swin_large', {'model.backbone.pretrain_img_size': 224, 'model.backbone.window_size': 7,
                     'model.backbone.init_cfg.checkpoint':
                     f'{_SEG}/swin/swin_large_patch4_window7_224_22k_20220412-aeecf2aa.pth'}),
    # Twins.
    (r'twins_pcpvt-b', {'model.backbone.depths': [3, 4, 18, 3],
                        'model.backbone.init_cfg.checkpoint':
                        f'{_SEG}/twins/pcpvt_base_20220308-0621964c.pth'}),
    (r'twins_pcpvt-l', {'model.backbone.depths': [3, 8, 27, 3],
                        'model.backbone.init_cfg.checkpoint':
                        f'{_SEG}/twins/pcpvt_large_20220308-37579dc6.pth'}),
    (r'twins_svt-b', _SVT_B), (r'twins_svt-l', _SVT_L),
    (r'twins_svt-b_fpn', {'model.neck.in_channels': [96, 192, 384, 768]}),
    (r'twins_svt-l_fpn', {'model.neck.in_channels': [128, 256, 512, 1024]}),
    (r'twins_svt-b_uperhead', _widths([96, 192, 384, 768], 384)),
    # ViT and DeiT.
    (r'^vit/', {'model.neck': _NECK}), (r'^vit/(?!.*_ln)', {'model.backbone.final_norm': REMOVE}),
    (r'vit/.*_80k', {'checkpoint_config.interval': 8000, 'evaluation.interval': 8000,
                     'runner.max_iters': 80000}),
    (r'vit-b16_mln', {'model.backbone.drop_path_rate': 0.}),
    (r'deit-b', {'model.pretrained': 'pretrain/deit_base_patch16_224-b5f2ef4d.pth'}),
    (r'deit-s', {'model.pretrained': 'pretrain/deit_small_patch16_224-cd65a155.pth',
                 'model.backbone.embed_dims': 384, 'model.backbone.num_heads': 6,
                 'model.neck.in_channels': _HALF, 'model.neck.out_channels': 384,
                 **_widths(_HALF, 384)}),
    (r'deit-[bs]16_512', {'model.neck': None}),
)
