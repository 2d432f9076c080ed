# Resumed from iteration 500 of part_1.
_base_ = './part_1.py'
model = dict(
    decode_head=dict(loss_decode=[
        dict(type='CrossEntropyLoss', loss_name='loss_ce', loss_weight=1.0),
        dict(
            type='LovaszLoss',
            loss_name='loss_lovasz',
            loss_weight=1.0,
            per_image=False,
            reduction='none')
    ]))
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='Resize', img_scale=(768, 768), ratio_range=(0.5, 1.45)),
    dict(
        type='RandomCrop',
        crop_size=(512, 512),
        focus=dict(classes=(1, 3, 4), prob=0.1)),
    dict(type='ScanEffects', prob=0.45, strength='bad_office_scanner'),
    dict(
        type='Normalize',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        to_rgb=True),
    dict(type='Pad', size=(512, 512), pad_val=0, seg_pad_val=255),
    dict(type='DefaultFormatBundle'),
    dict(type='Collect', keys=['img', 'gt_semantic_seg'])
]
data = dict(
    train=dict(datasets=[
        dict(
            type='LayoutDataset',
            data_root='data/corpus',
            split='train',
            pipeline=[
                dict(type='LoadImageFromFile'),
                dict(type='LoadAnnotations'),
                dict(
                    type='Resize',
                    img_scale=(768, 768),
                    ratio_range=(0.5, 1.45)),
                dict(
                    type='RandomCrop',
                    crop_size=(512, 512),
                    focus=dict(classes=(1, 3, 4), prob=0.1)),
                dict(
                    type='ScanEffects',
                    prob=0.45,
                    strength='bad_office_scanner'),
                dict(
                    type='Normalize',
                    mean=[123.675, 116.28, 103.53],
                    std=[58.395, 57.12, 57.375],
                    to_rgb=True),
                dict(type='Pad', size=(512, 512), pad_val=0, seg_pad_val=255),
                dict(type='DefaultFormatBundle'),
                dict(type='Collect', keys=['img', 'gt_semantic_seg'])
            ]),
        dict(
            type='LayoutDataset',
            data_root='data/generated',
            split='train',
            pipeline=[
                dict(type='LoadImageFromFile'),
                dict(type='LoadAnnotations'),
                dict(
                    type='Resize',
                    img_scale=(768, 768),
                    ratio_range=(0.5, 1.45)),
                dict(
                    type='RandomCrop',
                    crop_size=(512, 512),
                    focus=dict(classes=(1, 3, 4), prob=0.1)),
                dict(
                    type='ScanEffects',
                    prob=0.45,
                    strength='bad_office_scanner'),
                dict(
                    type='Normalize',
                    mean=[123.675, 116.28, 103.53],
                    std=[58.395, 57.12, 57.375],
                    to_rgb=True),
                dict(type='Pad', size=(512, 512), pad_val=0, seg_pad_val=255),
                dict(type='DefaultFormatBundle'),
                dict(type='Collect', keys=['img', 'gt_semantic_seg'])
            ])
    ]))
runner = dict(max_iters=1020)
checkpoint_config = dict(interval=50)
evaluation = dict(interval=5000)
