# As layout.py, with scan effects on half of the training pages.
dataset_type = 'LayoutDataset'
data_root = 'data/layout'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
img_scale = (768, 768)
crop_size = (512, 512)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='Resize', img_scale=img_scale, ratio_range=(0.7, 1.4)),
    dict(type='RandomCrop', crop_size=crop_size,
         focus=dict(classes=('table', 'validline'), prob=0.8)),
    dict(type='ScanEffects', prob=0.5, strength='office_scanner'),
    dict(type='RandomFlip', prob=0.5),
    dict(type='Normalize', **img_norm_cfg),
    dict(type='Pad', size=crop_size, pad_val=0, seg_pad_val=255),
    dict(type='DefaultFormatBundle'),
    dict(type='Collect', keys=['img', 'gt_semantic_seg'])]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='MultiScaleFlipAug', img_scale=img_scale, flip=False,
        transforms=[
            dict(type='Resize', keep_ratio=True),
            dict(type='RandomFlip'),
            dict(type='Normalize', **img_norm_cfg),
            dict(type='ImageToTensor', keys=['img']),
            dict(type='Collect', keys=['img'])])]
data = dict(
    samples_per_gpu=2,
    workers_per_gpu=2,
    train=dict(type=dataset_type, data_root=data_root, split='train', pipeline=train_pipeline,
               balance=1.0),
    val=dict(type=dataset_type, data_root=data_root, split='val', pipeline=test_pipeline),
    test=dict(type=dataset_type, data_root=data_root, split='val', pipeline=test_pipeline))
