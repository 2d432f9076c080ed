# Cityscapes by the lists and with the transforms of HRNet's own repository: data/list next to
# data/cityscapes, and label maps as they come, with ids of 34 classes (*_labelIds.png).
dataset_type = 'ListFileDataset'
data_root = 'data'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
crop_size = (512, 1024)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='Resize', img_scale=(2048, 1024), ratio_range=(0.5, 2.1)),
    dict(type='RandomCrop', crop_size=crop_size),
    dict(type='Pad', size=crop_size, pad_val=0, seg_pad_val=255),
    dict(type='RandomFlip', prob=0.5),
    dict(type='Normalize', **img_norm_cfg),
    dict(type='DefaultFormatBundle'),
    dict(type='Collect', keys=['img', 'gt_semantic_seg'])]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='MultiScaleFlipAug', img_scale=(2048, 1024), flip=False,
        transforms=[
            dict(type='Resize', keep_ratio=True),
            dict(type='RandomFlip'),
            dict(type='Normalize', **img_norm_cfg),
            dict(type='ImageToTensor', keys=['img']),
            dict(type='Collect', keys=['img'])])]
pages = dict(
    type=dataset_type, data_root=data_root, img_dir='cityscapes', ann_dir='cityscapes',
    classes=['road', 'sidewalk', 'building', 'wall', 'fence', 'pole', 'traffic light',
             'traffic sign', 'vegetation', 'terrain', 'sky', 'person', 'rider', 'car', 'truck',
             'bus', 'train', 'motorcycle', 'bicycle'],
    label_ids=[7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33])
data = dict(
    samples_per_gpu=3,
    workers_per_gpu=4,
    train=dict(split='list/cityscapes/train.lst', pipeline=train_pipeline, **pages),
    val=dict(split='list/cityscapes/val.lst', pipeline=test_pipeline, **pages),
    test=dict(split='list/cityscapes/val.lst', pipeline=test_pipeline, **pages))
