# Learns generated pages of 384 pixels in minutes on a CPU: its backbone is that of page-lite0 and
# is not trained. mmseg convert boxes writes the two files of boxes; --cfg-options data_root=FOLDER
# moves all parts.
_base_ = './deformable_detr_r18_tiny_layout.py'
model = dict(
    backbone=dict(
        _delete_=True, type='EfficientNetLite', arch='lite0', out_indices=(2, 4, 6),
        frozen_stages=7, norm_eval=True,
        init_cfg=dict(type='Pretrained', checkpoint='page-lite0', prefix='backbone.')),
    neck=dict(in_channels=[40, 112, 320]),
    bbox_head=dict(transformer=dict(two_stage_num_proposals=100)),
    test_cfg=dict(max_per_img=100))
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='Resize', img_scale=[(288, 288), (320, 320), (352, 352)],
         multiscale_mode='value', keep_ratio=True),
    dict(type='RandomFlip', flip_ratio=0.5),
    dict(type='Normalize', **img_norm_cfg),
    dict(type='Pad', size_divisor=32),
    dict(type='DefaultFormatBundle'),
    dict(type='Collect', keys=['img', 'gt_bboxes', 'gt_labels'])]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='MultiScaleFlipAug', img_scale=(320, 320), flip=False, transforms=[
        dict(type='Resize', keep_ratio=True),
        dict(type='RandomFlip'),
        dict(type='Normalize', **img_norm_cfg),
        dict(type='Pad', size_divisor=32),
        dict(type='ImageToTensor', keys=['img']),
        dict(type='Collect', keys=['img'])])]
data = dict(
    samples_per_gpu=2,
    train=dict(pipeline=train_pipeline),
    val=dict(pipeline=test_pipeline),
    test=dict(pipeline=test_pipeline))
optimizer = dict(lr=2e-3)
lr_config = dict(_delete_=True, policy='CosineAnnealing', min_lr_ratio=0.02, warmup='linear',
                 warmup_iters=100, warmup_ratio=0.05, by_epoch=False)
runner = dict(max_iters=2000)
checkpoint_config = dict(interval=500)
evaluation = dict(interval=500)
