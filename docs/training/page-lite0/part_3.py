# From the averaged weights of part_2; stopped at iteration 1333.
_base_ = './part_2.py'
model = dict(
    backbone=dict(
        _delete_=True,
        type='EfficientNetLite',
        arch='lite0',
        out_indices=(0, 1, 2, 4, 6)))
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='Resize', img_scale=(768, 768), ratio_range=(0.5, 1.45)),
    dict(
        type='RandomCrop',
        crop_size=(512, 512),
        focus=dict(classes=('figure', 'table', 'validline'), prob=0.3)),
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
                    focus=dict(
                        classes=('figure', 'table', 'validline'), prob=0.3)),
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
                    focus=dict(
                        classes=('figure', 'table', 'validline'), prob=0.3)),
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
optimizer = dict(lr=0.0025)
runner = dict(max_iters=2500)
evaluation = dict(interval=100000)
load_from = 'part_2/iter_1020.safetensors'
corpus = 'data/layout'
