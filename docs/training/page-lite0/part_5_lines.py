# From the averaged weights of part_4.
_base_ = './part_4.py'
model = dict(
    decode_head=dict(
        loss_decode=[
            dict(
                type='CrossEntropyLoss',
                loss_name='loss_ce',
                loss_weight=1.0,
                class_weight=[0.7, 1.0, 1.0, 1.5, 2.0]),
            dict(
                type='LovaszLoss',
                loss_name='loss_lovasz',
                loss_weight=1.0,
                per_image=False,
                reduction='none')
        ],
        sampler=dict(weight=2.0)),
    train_cfg=dict(frozen=('backbone', 'decode_head', 'cls_head')),
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
            shrink_ratio=0.7,
            epsilon_ratio=0.002)))
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='LoadTextLines'),
    dict(type='Resize', img_scale=(768, 768), ratio_range=(0.7, 1.45)),
    dict(type='RandomCrop', crop_size=(512, 512)),
    dict(type='ScanEffects', prob=0.45, strength='bad_office_scanner'),
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
data = dict(
    train=dict(
        weights=(0.85, 0.15),
        datasets=[
            dict(
                type='LayoutDataset',
                data_root='data/corpus',
                split='train',
                pipeline=[
                    dict(type='LoadImageFromFile'),
                    dict(type='LoadAnnotations'),
                    dict(type='LoadTextLines'),
                    dict(
                        type='Resize',
                        img_scale=(768, 768),
                        ratio_range=(0.7, 1.45)),
                    dict(type='RandomCrop', crop_size=(512, 512)),
                    dict(
                        type='ScanEffects',
                        prob=0.45,
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
                    dict(
                        type='DBNetTargets',
                        shrink_ratio=0.7,
                        min_short_size=4,
                        whole_pixels=False),
                    dict(type='DefaultFormatBundle'),
                    dict(
                        type='Collect',
                        keys=[
                            'img', 'gt_semantic_seg', 'gt_shrink',
                            'gt_shrink_mask', 'gt_thr', 'gt_thr_mask'
                        ])
                ]),
            dict(
                type='LayoutDataset',
                data_root='data/generated',
                split='train',
                pipeline=[
                    dict(type='LoadImageFromFile'),
                    dict(type='LoadAnnotations'),
                    dict(type='LoadTextLines'),
                    dict(
                        type='Resize',
                        img_scale=(768, 768),
                        ratio_range=(0.7, 1.45)),
                    dict(type='RandomCrop', crop_size=(512, 512)),
                    dict(
                        type='ScanEffects',
                        prob=0.45,
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
                    dict(
                        type='DBNetTargets',
                        shrink_ratio=0.7,
                        min_short_size=4,
                        whole_pixels=False),
                    dict(type='DefaultFormatBundle'),
                    dict(
                        type='Collect',
                        keys=[
                            'img', 'gt_semantic_seg', 'gt_shrink',
                            'gt_shrink_mask', 'gt_thr', 'gt_thr_mask'
                        ])
                ])
        ]))
optimizer = dict(lr=0.003)
runner = dict(max_iters=900)
load_from = 'part_4/iter_2900.safetensors'
