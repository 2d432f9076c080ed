_base_ = ['../_base_/models/deformable_detr_r50.py', '../_base_/datasets/coco_detection.py',
          '../_base_/default_runtime.py']
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
sides = [(side, 1333) for side in range(480, 801, 32)]
several = dict(type='Resize', multiscale_mode='value', keep_ratio=True)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='RandomFlip', flip_ratio=0.5),
    dict(type='AutoAugment', policies=[
        [dict(several, img_scale=sides)],
        [dict(several, img_scale=[(400, 4200), (500, 4200), (600, 4200)]),
         dict(type='RandomCrop', crop_type='absolute_range', crop_size=(384, 600),
              allow_negative_crop=True),
         dict(several, img_scale=sides, override=True)]]),
    dict(type='Normalize', **img_norm_cfg),
    dict(type='Pad', size_divisor=1),
    dict(type='DefaultFormatBundle'),
    dict(type='Collect', keys=['img', 'gt_bboxes', 'gt_labels'])]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='MultiScaleFlipAug', img_scale=(1333, 800), flip=False, transforms=[
        dict(type='Resize', keep_ratio=True),
        dict(type='RandomFlip'),
        dict(type='Normalize', **img_norm_cfg),
        dict(type='Pad', size_divisor=1),
        dict(type='ImageToTensor', keys=['img']),
        dict(type='Collect', keys=['img'])])]
data = dict(train=dict(filter_empty_gt=False, pipeline=train_pipeline),
            val=dict(pipeline=test_pipeline), test=dict(pipeline=test_pipeline))
optimizer = dict(
    type='AdamW', lr=2e-4, weight_decay=0.0001,
    paramwise_cfg=dict(custom_keys=dict(
        backbone=dict(lr_mult=0.1), sampling_offsets=dict(lr_mult=0.1),
        reference_points=dict(lr_mult=0.1))))
optimizer_config = dict(grad_clip=dict(max_norm=0.1, norm_type=2))
lr_config = dict(policy='step', step=[40])
runner = dict(type='EpochBasedRunner', max_epochs=50)
checkpoint_config = dict(interval=1)
custom_hooks = [dict(type='NumClassCheckHook')]
# of 16 processes with 2 pages each
auto_scale_lr = dict(enable=False, base_batch_size=32)
