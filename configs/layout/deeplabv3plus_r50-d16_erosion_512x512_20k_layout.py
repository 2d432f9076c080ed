_base_ = './deeplabv3plus_r50-d16_512x512_20k_layout.py'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='LabelErosion', pixels=2),
    dict(type='Resize', img_scale=(768, 768), ratio_range=(0.7, 1.4)),
    dict(type='RandomCrop', crop_size=(512, 512),
         focus=dict(classes=('table', 'validline'), prob=0.8)),
    dict(type='RandomFlip', prob=0.5),
    dict(type='Normalize', **img_norm_cfg),
    dict(type='Pad', size=(512, 512), pad_val=0, seg_pad_val=255),
    dict(type='DefaultFormatBundle'),
    dict(type='Collect', keys=['img', 'gt_semantic_seg'])]
data = dict(train=dict(pipeline=train_pipeline))
