# Your own pages from given weights: --load-from CHECKPOINT, --cfg-options data_root=FOLDER.
# The head for text lines learns from the pages that have TextLines/<page>.json; other pages leave
# it as it is.
_base_ = './aspp_unet_lite0_lines_512x512_20k_layout.py'
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='LoadTextLines', text_labels=()),
    dict(type='Resize', img_scale=(768, 768), ratio_range=(0.7, 1.4)),
    dict(type='RandomCrop', crop_size=(512, 512)),
    dict(type='ScanEffects', prob=0.3, strength='office_scanner'),
    dict(type='Normalize', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375],
         to_rgb=True),
    dict(type='Pad', size=(512, 512), pad_val=0, seg_pad_val=255),
    dict(type='DBNetTargets', shrink_ratio=0.7, min_short_size=4, whole_pixels=False),
    dict(type='DefaultFormatBundle'),
    dict(type='Collect', keys=['img', 'gt_semantic_seg', 'gt_shrink', 'gt_shrink_mask', 'gt_thr',
                               'gt_thr_mask'])]
# Separators follow the lines of the page, and sides of frames are none; text follows its ink;
# figures become boxes. Where your labels are of another kind (frames as separators, text taller
# than its ink), set such a key of model.test_cfg to None.
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='KeepPage'),
    dict(
        type='MultiScaleFlipAug', img_scale=(768, 768), flip=False,
        transforms=[
            dict(type='Resize', keep_ratio=True),
            dict(type='RandomFlip'),
            dict(type='Normalize', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375],
                 to_rgb=True),
            dict(type='ImageToTensor', keys=['img']),
            dict(type='Collect', keys=['img'])])]
data = dict(train=dict(pipeline=train_pipeline), val=dict(pipeline=test_pipeline),
            test=dict(pipeline=test_pipeline))
# The package's network finds kernels of low lines a little thicker than they were drawn: with these
# values lines are as high as the labels (median ratio 1.0; 1.48 with 0.3 and 0.7).
model = dict(
    backbone=dict(pretrained=None, norm_eval=True),  # a few pages give other statistics each time
    # Lines of text (label 2) stay apart. For classes of your own, name their labels or set None.
    decode_head=dict(sampler=dict(type='GapPixelSampler', classes=(2,), width=6, weight=1.5)),
    line_head=dict(postprocessor=dict(mask_thr=0.5, shrink_ratio=0.85)),
    test_cfg=dict(ruling_lines=dict(label='validline'),
                  ruled_tables=dict(label='table', text='text', figure='figure'),
                  text_ink=dict(label='text'),
                  table_boxes=dict(label='table', separator='validline'),
                  figure_boxes=dict(label='figure')))
optimizer = dict(lr=5e-4)
runner = dict(max_iters=2000)
checkpoint_config = dict(interval=100, max_keep_ckpts=3)
evaluation = dict(interval=100)
