# How the weights of the package were trained: pages of the corpus (docs/corpus.md) and generated
# ones, half of them after scan effects. In a second part, which resumes the first, crops no longer
# look for rare classes and losses no longer weigh them: see docs/weights.md.
_base_ = ['./aspp_unet_lite0_512x512_20k_layout.py']
corpus = 'data/layout'  # moved by --cfg-options data_root=…
generated = 'data/generated'
crop_size = (512, 512)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='Resize', img_scale=(768, 768), ratio_range=(0.5, 1.45)),
    dict(type='RandomCrop', crop_size=crop_size,
         focus=dict(classes=('figure', 'table', 'validline'), prob=0.4)),
    dict(type='ScanEffects', prob=0.45, strength='bad_office_scanner'),
    dict(type='Normalize', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375],
         to_rgb=True),
    dict(type='Pad', size=crop_size, pad_val=0, seg_pad_val=255),
    dict(type='DefaultFormatBundle'),
    dict(type='Collect', keys=['img', 'gt_semantic_seg'])]
data = dict(
    samples_per_gpu=4,
    train=dict(
        _delete_=True, type='MixedDataset', weights=(0.85, 0.15),
        datasets=[dict(type='LayoutDataset', data_root=root, split='train',
                       pipeline=train_pipeline) for root in (corpus, generated)]))
model = dict(cls_head=dict(loss_weight=1.0), decode_head=dict(
    sampler=dict(type='GapPixelSampler', classes=(2,), width=6, weight=2.0),
    loss_decode=[
        dict(type='CrossEntropyLoss', loss_name='loss_ce', loss_weight=1.0,
             class_weight=[0.7, 1.0, 1.0, 1.5, 2.0]),
        dict(type='LovaszLoss', loss_name='loss_lovasz', loss_weight=1.0, per_image=False,
             reduction='none')]))
optimizer = dict(weight_decay=0.02)
lr_config = dict(warmup_iters=60)
runner = dict(max_iters=1500)
fp16 = dict(dtype='bfloat16')
channels_last = True
custom_hooks = [dict(type='EMAHook', momentum=0.005, warm_up=100)]
checkpoint_config = dict(interval=100, max_keep_ckpts=3)
