# A small one for generated pages of 384 pixels: minutes on a CPU. mmseg convert boxes writes the
# two files of boxes; --cfg-options data_root=FOLDER moves all parts.
_base_ = ['../_base_/models/deformable_detr_r50.py', '../_base_/default_runtime.py']
attention = dict(type='MultiScaleDeformableAttention', embed_dims=96, num_heads=4)
layer = dict(feedforward_channels=192, ffn_dropout=0.0)
model = dict(
    backbone=dict(depth=18, stem_channels=16, base_channels=16, frozen_stages=-1, norm_eval=False,
                  norm_cfg=dict(type='BN', requires_grad=True), init_cfg=None),
    neck=dict(in_channels=[32, 64, 128], out_channels=96, num_outs=3),
    bbox_head=dict(
        num_classes=4, in_channels=128, with_box_refine=True, as_two_stage=True,
        transformer=dict(
            num_feature_levels=3, two_stage_num_proposals=40,
            encoder=dict(num_layers=1, transformerlayers=dict(
                attn_cfgs=dict(attention, num_levels=3), **layer)),
            decoder=dict(num_layers=2, transformerlayers=dict(
                attn_cfgs=[dict(type='MultiheadAttention', embed_dims=96, num_heads=4),
                           dict(attention, num_levels=3)], **layer))),
        positional_encoding=dict(num_feats=48)),
    test_cfg=dict(max_per_img=60))
data_root = 'data/layout'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='Resize', img_scale=[(224, 224), (256, 256), (288, 288)],
         multiscale_mode='value', keep_ratio=True),
    dict(type='RandomFlip', flip_ratio=0.5),
    dict(type='Normalize', **img_norm_cfg),
    dict(type='Pad', size_divisor=32),
    dict(type='DefaultFormatBundle'),
    dict(type='Collect', keys=['img', 'gt_bboxes', 'gt_labels'])]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='MultiScaleFlipAug', img_scale=(256, 256), flip=False, transforms=[
        dict(type='Resize', keep_ratio=True),
        dict(type='RandomFlip'),
        dict(type='Normalize', **img_norm_cfg),
        dict(type='Pad', size_divisor=32),
        dict(type='ImageToTensor', keys=['img']),
        dict(type='Collect', keys=['img'])])]
part = dict(type='LayoutBoxDataset', data_root=data_root, img_prefix='JPEGImages')
data = dict(
    samples_per_gpu=4, workers_per_gpu=0,
    train=dict(part, ann_file='boxes_train.json', pipeline=train_pipeline),
    val=dict(part, ann_file='boxes_val.json', pipeline=test_pipeline),
    test=dict(part, ann_file='boxes_val.json', pipeline=test_pipeline))
optimizer = dict(type='AdamW', lr=1e-3, weight_decay=0.0001, paramwise_cfg=dict(custom_keys=dict(
    sampling_offsets=dict(lr_mult=0.1), reference_points=dict(lr_mult=0.1))))
optimizer_config = dict(grad_clip=dict(max_norm=1.0, norm_type=2))
lr_config = dict(policy='step', step=[500], warmup='linear', warmup_iters=50, warmup_ratio=0.05,
                 by_epoch=False)
runner = dict(type='IterBasedRunner', max_iters=600)
checkpoint_config = dict(by_epoch=False, interval=200)
evaluation = dict(interval=200, metric='bbox', save_best='bbox_mAP_50')
log_config = dict(interval=50)
custom_hooks = [dict(type='NumClassCheckHook')]
