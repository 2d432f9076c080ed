_base_ = [
    '../_base_/models/fpn_poolformer_s12.py', '../_base_/datasets/ade20k.py',
    '../_base_/schedules/schedule_40k.py', '../_base_/default_runtime.py']
model = dict(decode_head=dict(num_classes=150))
optimizer = dict(_delete_=True, type='AdamW', lr=0.0002, weight_decay=0.0001)
lr_config = dict(min_lr=0.0)
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='MultiScaleFlipAug', img_scale=(2048, 512), flip=False,
        transforms=[
            dict(type='Resize', keep_ratio=True),
            dict(type='ResizeToMultiple', size_divisor=32),
            dict(type='RandomFlip'),
            dict(type='Normalize', **img_norm_cfg),
            dict(type='ImageToTensor', keys=['img']),
            dict(type='Collect', keys=['img'])])]
data = dict(
    train=dict(_delete_=True, type='RepeatDataset', times=50, dataset={{_base_.data.train}}),
    val=dict(pipeline=test_pipeline),
    test=dict(pipeline=test_pipeline))
