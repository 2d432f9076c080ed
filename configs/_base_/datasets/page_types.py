# A folder a page type in train/ and val/; --cfg-options data_root=FOLDER moves all three parts.
# Pages keep their proportions, which tell much of their type, and are filled up to a square.
dataset_type = 'PageTypeDataset'
data_root = 'data/page_types'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
img_scale = (224, 224)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', img_scale=img_scale, ratio_range=(0.75, 1.0)),
    dict(type='Normalize', **img_norm_cfg),
    dict(type='Pad', size=img_scale),
    dict(type='ImageToTensor', keys=['img']),
    dict(type='ToTensor', keys=['gt_label']),
    dict(type='Collect', keys=['img', 'gt_label'])]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='MultiScaleFlipAug', img_scale=img_scale, flip=False,
        transforms=[
            dict(type='Resize', keep_ratio=True),
            dict(type='RandomFlip'),
            dict(type='Normalize', **img_norm_cfg),
            dict(type='Pad', size=img_scale),
            dict(type='ImageToTensor', keys=['img']),
            dict(type='Collect', keys=['img'])])]
data = dict(
    samples_per_gpu=16,
    workers_per_gpu=2,
    train=dict(type=dataset_type, data_root=data_root, data_prefix='train',
               pipeline=train_pipeline),
    val=dict(type=dataset_type, data_root=data_root, data_prefix='val', pipeline=test_pipeline),
    test=dict(type=dataset_type, data_root=data_root, data_prefix='val', pipeline=test_pipeline))
