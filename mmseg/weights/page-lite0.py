norm_cfg = dict(type='BN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    pretrained=None,
    backbone=dict(
        type='EfficientNetLite',
        arch='lite0',
        out_indices=(0, 1, 2, 4, 6),
        pretrained=None,
        norm_eval=True),
    decode_head=dict(
        type='ASPPUNetHead',
        in_channels=(16, 24, 40, 112, 320),
        in_index=(0, 1, 2, 3, 4),
        context_channels=128,
        dilations=(1, 2, 4, 8),
        step_channels=(128, 96, 64, 32),
        skip_channels=(48, 32, 24, 16),
        dropout_ratio=0.1,
        num_classes=5,
        norm_cfg=dict(type='BN', requires_grad=True),
        align_corners=False,
        loss_decode=[
            dict(
                type='CrossEntropyLoss',
                loss_name='loss_ce',
                loss_weight=1.0,
                class_weight=[0.5, 1.0, 1.0, 2.0, 2.0]),
            dict(
                type='LovaszLoss',
                loss_name='loss_lovasz',
                loss_weight=1.5,
                per_image=False,
                reduction='none')
        ]),
    auxiliary_head=None,
    cls_head=dict(
        type='ClsHead',
        num_classes=2,
        dropout_ratio=0.1,
        loss_weight=0.5,
        class_weight=[1.0, 2.0]),
    train_cfg=dict(),
    test_cfg=dict(mode='whole', ruling_lines=dict(label='validline'),
                  ruled_tables=dict(label='table', text='text', figure='figure'),
                  text_ink=dict(label='text'),
                  table_boxes=dict(label='table', separator='validline'),
                  figure_boxes=dict(label='figure')),
    line_neck=dict(
        type='FPNC',
        in_channels=[24, 40, 112, 320],
        in_index=[1, 2, 3, 4],
        lateral_channels=64,
        out_channels=16),
    line_head=dict(
        type='DBHead',
        in_channels=64,
        loss=dict(type='DBLoss', alpha=1.0, beta=2.0, bbce_loss=True),
        postprocessor=dict(
            type='DBPostprocessor',
            text_repr_type='poly',
            shrink_ratio=0.85,
            epsilon_ratio=0.002,
            mask_thr=0.5)))
dataset_type = 'LayoutDataset'
data_root = 'data/layout'
img_norm_cfg = dict(
    mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
img_scale = (768, 768)
crop_size = (512, 512)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='LoadTextLines', text_labels=()),
    dict(type='Resize', img_scale=(768, 768), ratio_range=(0.7, 1.4)),
    dict(type='RandomCrop', crop_size=(512, 512)),
    dict(type='ScanEffects', prob=0.3, strength='office_scanner'),
    dict(
        type='Normalize',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        to_rgb=True),
    dict(type='Pad', size=(512, 512), pad_val=0, seg_pad_val=255),
    dict(
        type='DBNetTargets',
        shrink_ratio=0.7,
        min_short_size=4,
        whole_pixels=False),
    dict(type='DefaultFormatBundle'),
    dict(
        type='Collect',
        keys=[
            'img', 'gt_semantic_seg', 'gt_shrink', 'gt_shrink_mask', 'gt_thr',
            'gt_thr_mask'
        ])
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='KeepPage'),
    dict(
        type='MultiScaleFlipAug',
        img_scale=(768, 768),
        flip=False,
        transforms=[
            dict(type='Resize', keep_ratio=True),
            dict(type='RandomFlip'),
            dict(
                type='Normalize',
                mean=[123.675, 116.28, 103.53],
                std=[58.395, 57.12, 57.375],
                to_rgb=True),
            dict(type='ImageToTensor', keys=['img']),
            dict(type='Collect', keys=['img'])
        ])
]
data = dict(
    samples_per_gpu=2,
    workers_per_gpu=2,
    train=dict(
        type='LayoutDataset',
        data_root='data/layout',
        split='train',
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='LoadAnnotations'),
            dict(type='LoadTextLines', text_labels=()),
            dict(type='Resize', img_scale=(768, 768), ratio_range=(0.7, 1.4)),
            dict(type='RandomCrop', crop_size=(512, 512)),
            dict(type='ScanEffects', prob=0.3, strength='office_scanner'),
            dict(
                type='Normalize',
                mean=[123.675, 116.28, 103.53],
                std=[58.395, 57.12, 57.375],
                to_rgb=True),
            dict(type='Pad', size=(512, 512), pad_val=0, seg_pad_val=255),
            dict(
                type='DBNetTargets',
                shrink_ratio=0.7,
                min_short_size=4,
                whole_pixels=False),
            dict(type='DefaultFormatBundle'),
            dict(
                type='Collect',
                keys=[
                    'img', 'gt_semantic_seg', 'gt_shrink', 'gt_shrink_mask',
                    'gt_thr', 'gt_thr_mask'
                ])
        ],
        balance=1.0),
    val=dict(
        type='LayoutDataset',
        data_root='data/layout',
        split='val',
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='KeepPage'),
            dict(
                type='MultiScaleFlipAug',
                img_scale=(768, 768),
                flip=False,
                transforms=[
                    dict(type='Resize', keep_ratio=True),
                    dict(type='RandomFlip'),
                    dict(
                        type='Normalize',
                        mean=[123.675, 116.28, 103.53],
                        std=[58.395, 57.12, 57.375],
                        to_rgb=True),
                    dict(type='ImageToTensor', keys=['img']),
                    dict(type='Collect', keys=['img'])
                ])
        ]),
    test=dict(
        type='LayoutDataset',
        data_root='data/layout',
        split='val',
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='KeepPage'),
            dict(
                type='MultiScaleFlipAug',
                img_scale=(768, 768),
                flip=False,
                transforms=[
                    dict(type='Resize', keep_ratio=True),
                    dict(type='RandomFlip'),
                    dict(
                        type='Normalize',
                        mean=[123.675, 116.28, 103.53],
                        std=[58.395, 57.12, 57.375],
                        to_rgb=True),
                    dict(type='ImageToTensor', keys=['img']),
                    dict(type='Collect', keys=['img'])
                ])
        ]))
optimizer = dict(
    type='AdamW', lr=0.0005, betas=(0.9, 0.999), weight_decay=0.01)
optimizer_config = dict(grad_clip=dict(max_norm=5.0))
lr_config = dict(
    policy='poly',
    power=0.9,
    min_lr=1e-06,
    by_epoch=False,
    warmup='linear',
    warmup_iters=30,
    warmup_ratio=0.05)
runner = dict(type='IterBasedRunner', max_iters=2000)
checkpoint_config = dict(by_epoch=False, interval=100, max_keep_ckpts=3)
evaluation = dict(interval=100, metric='mIoU', pre_eval=True, save_best='mIoU')
log_config = dict(
    interval=50, hooks=[dict(type='TextLoggerHook', by_epoch=False)])
dist_params = dict(backend='nccl')
log_level = 'INFO'
load_from = 'page-lite0'
resume_from = None
workflow = [('train', 1)]
cudnn_benchmark = True
