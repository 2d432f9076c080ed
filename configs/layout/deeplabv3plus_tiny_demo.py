# A sixteenth of the weights on half the pixels, for generated pages: two minutes on two cores.
_base_ = './deeplabv3plus_r18-d16_512x512_20k_layout.py'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
model = dict(
    backbone=dict(stem_channels=16, base_channels=16, strides=(1, 2, 2, 1), dilations=(1, 1, 1, 2)),
    decode_head=dict(in_channels=128, channels=48, c1_in_channels=16, c1_channels=16,
                     dilations=(1, 6, 12, 18)),
    auxiliary_head=dict(in_channels=64, channels=32))
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='Resize', img_scale=(640, 640), ratio_range=(0.8, 1.25)),
    dict(type='RandomCrop', crop_size=(384, 384),
         focus=dict(classes=('table', 'validline'), prob=0.8)),
    dict(type='Normalize', **img_norm_cfg),
    dict(type='Pad', size=(384, 384), pad_val=0, seg_pad_val=255),
    dict(type='DefaultFormatBundle'),
    dict(type='Collect', keys=['img', 'gt_semantic_seg'])]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='MultiScaleFlipAug', img_scale=(640, 640), flip=False,
        transforms=[
            dict(type='Resize', keep_ratio=True),
            dict(type='RandomFlip'),
            dict(type='Normalize', **img_norm_cfg),
            dict(type='ImageToTensor', keys=['img']),
            dict(type='Collect', keys=['img'])])]
data = dict(samples_per_gpu=4, train=dict(pipeline=train_pipeline),
            val=dict(pipeline=test_pipeline), test=dict(pipeline=test_pipeline))
runner = dict(max_iters=240)
checkpoint_config = dict(interval=120)
evaluation = dict(interval=120)
log_config = dict(interval=20)
