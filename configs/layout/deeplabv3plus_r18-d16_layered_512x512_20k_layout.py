# The same network, tested at two scales: all classes hear both, separators the larger alone.
_base_ = './deeplabv3plus_r18-d16_512x512_20k_layout.py'
img_norm_cfg = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
model = dict(test_cfg=dict(layers=dict(validline=[1.5])))
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='MultiScaleFlipAug', img_scale=(768, 768), img_ratios=[1.0, 1.5], flip=False,
        transforms=[
            dict(type='Resize', keep_ratio=True),
            dict(type='RandomFlip'),
            dict(type='Normalize', **img_norm_cfg),
            dict(type='ImageToTensor', keys=['img']),
            dict(type='Collect', keys=['img'])])]
data = dict(val=dict(pipeline=test_pipeline), test=dict(pipeline=test_pipeline))
