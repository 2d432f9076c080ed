# Resumed from iteration 1333 of part_3.
_base_ = './part_3.py'
model = dict(decode_head=dict(sampler=dict(weight=1.5)))
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='Resize', img_scale=(768, 768), ratio_range=(0.6, 1.4)),
    dict(
        type='RandomCrop',
        crop_size=(512, 512),
        focus=dict(classes=('figure', 'table', 'validline'), prob=0.1)),
    dict(type='ScanEffects', prob=0.3, strength='bad_office_scanner'),
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
    train=dict(
        weights=(0.86, 0.14),
        datasets=[
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
                        ratio_range=(0.6, 1.4)),
                    dict(
                        type='RandomCrop',
                        crop_size=(512, 512),
                        focus=dict(
                            classes=('figure', 'table',
                                     'validline'), prob=0.1)),
                    dict(
                        type='ScanEffects',
                        prob=0.3,
                        strength='bad_office_scanner'),
                    dict(
                        type='Normalize',
                        mean=[123.675, 116.28, 103.53],
                        std=[58.395, 57.12, 57.375],
                        to_rgb=True),
                    dict(
                        type='Pad',
                        size=(512, 512),
                        pad_val=0,
                        seg_pad_val=255),
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
                        ratio_range=(0.6, 1.4)),
                    dict(
                        type='RandomCrop',
                        crop_size=(512, 512),
                        focus=dict(
                            classes=('figure', 'table',
                                     'validline'), prob=0.1)),
                    dict(
                        type='ScanEffects',
                        prob=0.3,
                        strength='bad_office_scanner'),
                    dict(
                        type='Normalize',
                        mean=[123.675, 116.28, 103.53],
                        std=[58.395, 57.12, 57.375],
                        to_rgb=True),
                    dict(
                        type='Pad',
                        size=(512, 512),
                        pad_val=0,
                        seg_pad_val=255),
                    dict(type='DefaultFormatBundle'),
                    dict(type='Collect', keys=['img', 'gt_semantic_seg'])
                ])
        ]))
runner = dict(max_iters=2900)
