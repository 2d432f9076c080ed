"""What the parts of a name in MMSegmentation 0.x's model zoo mean.

Every pattern is searched in ``folder/name``. The values are those of MMSegmentation 0.30.0.
"""
from typing import Any

# As a value: the key goes.
REMOVE = ...
DOWNLOADS = 'https://download.openmmlab.com'

# Pattern → a config on disk that differs in a few values only; the first that fits counts.
LEAVES: tuple[tuple[str, str], ...] = (
    (r'beit-base', 'beit/upernet_beit-base_8x2_640x640_160k_ade20k'),
    (r'beit-large', 'beit/upernet_beit-large_fp16_8x1_640x640_160k_ade20k'),
    (r'^mae/', 'mae/upernet_mae-base_fp16_8x2_512x512_160k_ade20k'),
    (r'^convnext/', 'convnext/upernet_convnext_tiny_fp16_512x512_160k_ade20k'),
    (r'swin_base_patch4_window12',
     'swin/upernet_swin_base_patch4_window12_512x512_160k_ade20k_pretrain_384x384_22K'),
    (r'swin_base_patch4_window7',
     'swin/upernet_swin_base_patch4_window7_512x512_160k_ade20k_pretrain_224x224_1K'),
    (r'swin_large',
     'swin/upernet_swin_large_patch4_window12_512x512_pretrain_384x384_22K_160k_ade20k'),
    (r'knet_s3_upernet_swin-l', 'knet/knet_s3_upernet_swin-l_8x2_512x512_adamw_80k_ade20k'),
    (r'twins_(pcpvt|svt)-[bl]_fpn', r'twins/twins_\1-s_fpn_fpnhead_8x4_512x512_80k_ade20k'),
    (r'twins_svt-b_uperhead', 'twins/twins_svt-l_uperhead_8x2_512x512_160k_ade20k'),
    (r'segformer.*1024x1024', 'segformer/segformer_mit-b0_8x1_1024x1024_160k_cityscapes'),
    (r'segformer.*640x640', 'segformer/segformer_mit-b5_512x512_160k_ade20k'),
    (r'segmenter_vit-l', 'segmenter/segmenter_vit-b_mask_8x1_512x512_160k_ade20k'),
    (r'^vit/', 'vit/upernet_vit-b16_ln_mln_512x512_160k_ade20k'),
    (r'stdc([12])_in1k', r'stdc/stdc\1_512x1024_80k_cityscapes'),
    (r'lraspp_(m-v3s?)', r'mobilenet_v3/lraspp_\1-d8_512x1024_320k_cityscapes'),
    (r'^cgnet/', 'cgnet/cgnet_680x680_60k_cityscapes'),
    (r'bisenetv2_fcn', 'bisenetv2/bisenetv2_fcn_4x4_1024x1024_160k_cityscapes'),
    (r'bisenetv1.*cityscapes', 'bisenetv1/bisenetv1_r18-d32_4x4_1024x1024_160k_cityscapes'),
    (r'pointrend_r101_(.*)', r'point_rend/pointrend_r50_\1'),
    (r'fpn_r101_(.*)', r'sem_fpn/fpn_r50_\1'))
# Pattern → file of configs/_base_/models; the first that fits counts.
MODELS: tuple[tuple[str, str], ...] = (
    (r'^bisenetv1/', 'bisenetv1_r18-d32'), (r'^fastfcn/', 'fastfcn_r50-d32_jpu_psp'),
    (r'^icnet/', 'icnet_r50-d8'), (r'ocrnet_hr', 'ocrnet_hr18'), (r'ocrnet_r', 'ocrnet_r50-d8'),
    (r'fcn_hr', 'fcn_hr18'), (r'pointrend', 'pointrend_r50'), (r'^sem_fpn/', 'fpn_r50'),
    (r'^upernet/', 'upernet_r50'),
    *((rf'/{head}_unet', f'{head}_unet_s5-d16') for head in ('deeplabv3', 'fcn', 'pspnet')),
    *((rf'/{name}_', f'{name}_r50-d8') for name in (
        'ann', 'apcnet', 'ccnet', 'danet', 'deeplabv3', 'deeplabv3plus', 'dmnet', 'dnl', 'emanet',
        'encnet', 'fcn', 'gcnet', 'isanet', 'nonlocal', 'psanet', 'pspnet')))
# Pattern → file of configs/_base_/datasets; the first that fits counts.
DATA: tuple[tuple[str, str], ...] = (
    (r'640x640.*ade20k', 'ade20k_640x640'), (r'ade20k', 'ade20k'),
    *((rf'{crop}.*cityscapes', f'cityscapes_{crop}') for crop in (
        '769x769', '832x832', '1024x1024')),
    (r'cityscapes|dark|night', 'cityscapes'), (r'voc12aug', 'pascal_voc12_aug'),
    (r'context_59', 'pascal_context_59'), (r'context', 'pascal_context'),
    (r'stuff10k', 'coco-stuff10k'), (r'stuff164k', 'coco-stuff164k'),
    (r'chase', 'chase_db1'), (r'NatOcc', 'occlude_face'),
    *((name, name) for name in (
        'stare', 'hrf', 'drive', 'loveda', 'potsdam', 'vaihingen', 'isaid')))


def _slide(crop: int, stride: int) -> dict[str, Any]:
    """Testing in windows."""
    return {'model.test_cfg': dict(mode='slide', crop_size=(crop, crop), stride=(stride, stride))}


def _data(**changes: Any) -> dict[str, Any]:
    return {f'data.{key}': value for key, value in changes.items()}


_CLASSES: tuple[tuple[str, int], ...] = (
    (r'ade20k', 150), (r'voc12aug', 21), (r'context$', 60), (r'context_59$', 59), (r'stuff', 171),
    (r'loveda', 7), (r'potsdam|vaihingen', 6), (r'isaid', 16))
_HR48 = {'model.pretrained': 'open-mmlab://msra/hrnetv2_w48',
         **{f'model.backbone.extra.stage{stage}.num_channels':
            tuple(48 * 2**branch for branch in range(stage)) for stage in (2, 3, 4)}}
_HR18S = {'model.pretrained': 'open-mmlab://msra/hrnetv2_w18_small',
          'model.backbone.extra.stage1.num_blocks': (2, ),
          **{f'model.backbone.extra.stage{stage}.num_blocks': (2, ) * stage
             for stage in (2, 3, 4)},
          'model.backbone.extra.stage3.num_modules': 3,
          'model.backbone.extra.stage4.num_modules': 2}
_ADAMW_STEPS = {
    'lr_config': dict(policy='step', warmup='linear', warmup_iters=1000, warmup_ratio=0.001,
                      step=[60000, 72000], by_epoch=False),
    'optimizer_config': dict(grad_clip=dict(max_norm=1, norm_type=2))}
_CE_DICE = [dict(type='CrossEntropyLoss', loss_name='loss_ce', loss_weight=1.0),
            dict(type='DiceLoss', loss_name='loss_dice', loss_weight=3.0)]
_MS = {f'data.{split}.pipeline.1.{key}': value for split in ('val', 'test') for key, value in
       (('img_ratios', [0.5, 0.75, 1.0, 1.25, 1.5, 1.75]), ('flip', True))}
_NIGHT = {'data.test.pipeline.1.img_scale': (1920, 1080)}

RULES: list[tuple[str, dict[str, Any]]] = [
    *((pattern, {'model.heads.num_classes': number}) for pattern, number in _CLASSES),
    # Crops and windows.
    (r'769x769', {**_slide(769, 513), 'model.heads.align_corners': True}),
    (r'480x480', {**_slide(480, 320), 'optimizer.lr': 0.004, 'optimizer.weight_decay': 0.0001}),
    (r'unet.*_128x128', _slide(128, 85)), (r'unet.*_64x64', _slide(64, 42)),
    (r'^unet/', {'evaluation.metric': 'mDice'}),
    (r'_ce-1.0-dice-3.0', {'model.decode_head.loss_decode': _CE_DICE}),
    # Batches, images a process times workers.
    (r'4x4_(512|896|1024)', _data(samples_per_gpu=4, workers_per_gpu=4)),
    (r'512x512_4x4', _data(samples_per_gpu=4, workers_per_gpu=4)),
    (r'4x8_1024', _data(samples_per_gpu=8, workers_per_gpu=4)),
    # ResNets.
    *(entry for depth in (18, 50, 101) for entry in (
        (rf'^(?!bisenet|icnet).*_r{depth}s?b?[-_]', {
            'model.backbone.depth': depth,
            'model.pretrained': f'open-mmlab://resnet{depth}_v1c'}),
        (rf'_r{depth}b-', {'model.backbone.type': 'ResNet',
                           'model.pretrained': f'torchvision://resnet{depth}'}),
        (rf'^(bisenetv1|icnet)/.*_r{depth}-', {'model.backbone.backbone_cfg.depth': depth}),
        (rf'_r{depth}-.*in1k-pre', {'model.backbone.backbone_cfg.init_cfg': dict(
            type='Pretrained', checkpoint=f'open-mmlab://resnet{depth}_v1c')}))),
    (r'/(deeplabv3|deeplabv3plus|fcn|pspnet)_r18b?-', {
        'model.decode_head.in_channels': 512, 'model.decode_head.channels': 128,
        'model.auxiliary_head.in_channels': 256, 'model.auxiliary_head.channels': 64}),
    (r'/deeplabv3plus_r18', {'model.decode_head.c1_in_channels': 64,
                             'model.decode_head.c1_channels': 12}),
    (r'/upernet_r18', {'model.decode_head.in_channels': [64, 128, 256, 512],
                       'model.auxiliary_head.in_channels': 256}),
    (r'-d16', {'model.backbone.strides': (1, 2, 2, 1), 'model.backbone.dilations': (1, 1, 1, 2)}),
    (r'unet_s5-d16', {'model.backbone.strides': (1, ) * 5, 'model.backbone.dilations': REMOVE}),
    (r'pspnet_r50b?-d32', {'model.backbone.strides': (1, 2, 2, 2),
                           'model.backbone.dilations': (1, 1, 2, 4)}),
    (r'-mg124', {'model.backbone.multi_grid': (1, 2, 4),
                 'model.decode_head.dilations': (1, 6, 12, 18),
                 'model.decode_head.sampler': dict(type='OHEMPixelSampler', min_kept=100000)}),
    (r'fcn_d6', {'model.heads.dilation': 6}),
    (r'^resnest/', {
        'model.pretrained': 'open-mmlab://resnest101', 'model.backbone.type': 'ResNeSt',
        'model.backbone.depth': 101, 'model.backbone.stem_channels': 128,
        'model.backbone.radix': 2, 'model.backbone.reduction_factor': 4,
        'model.backbone.avg_down_stride': True}),
    (r'encnet_r50s', {'model.backbone.stem_channels': 128}),
    # HRNet.
    (r'_hr18s', _HR18S), (r'_hr48', _HR48),
    (r'hrnet/fcn_hr48', {'model.decode_head.in_channels': [48, 96, 192, 384],
                         'model.decode_head.channels': 720}),
    (r'ocrnet_hr48', {'model.decode_head.*.in_channels': [48, 96, 192, 384],
                      'model.decode_head.0.channels': 720}),
    (r'ocrnet_r101.*_b16', {'optimizer.lr': 0.02, 'lr_config.min_lr': 2e-4}),
    # Extras.
    (r'deeplabv3.*_fp16|fcn_r101-d8_fp16|pspnet.*_fp16', {
        'optimizer_config': dict(type='Fp16OptimizerHook', loss_scale=512.)}),
    (r'_ms$', _MS),
    (r'_dark$', {**_NIGHT, 'data.test.type': 'DarkZurichDataset',
                 'data.test.data_root': 'data/dark_zurich/',
                 'data.test.img_dir': 'rgb_anon/val/night/GOPR0356',
                 'data.test.ann_dir': 'gt/val/night/GOPR0356'}),
    (r'_night_driving$', {**_NIGHT, 'data.test.type': 'NightDrivingDataset',
                          'data.test.data_root': 'data/NighttimeDrivingTest/',
                          'data.test.img_dir': 'leftImg8bit/test/night',
                          'data.test.ann_dir': 'gtCoarse_daytime_trainvaltest/test/night'}),
    (r'psanet.*512x512.*ade20k', {'model.decode_head.mask_size': (66, 66)}),
    (r'dnl_.*769x769_80k', {'optimizer.paramwise_cfg': dict(
        custom_keys=dict(theta=dict(wd_mult=0.), phi=dict(wd_mult=0.)))}),
    (r'_rsb-pretrain', {
        'model.backbone.type': 'ResNet',
        **_ADAMW_STEPS, 'model.pretrained': None,
        'model.backbone.init_cfg': dict(
            type='Pretrained', prefix='backbone.', checkpoint=f'{DOWNLOADS}/mmclassification/v0/'
            'resnet/resnet50_8xb256-rsb-a1-600e_in1k_20211228-20e21305.pth'),
        'optimizer': dict(type='AdamW', lr=0.0005, weight_decay=0.05)}),
]
