# The second part of aspp_unet_lite0_512x512_corpus.py, with --resume-from its last checkpoint: rare
# classes come as often as on real pages, or the network would see them everywhere, and the gaps
# between lines count less than before, or text would come out too thin; without any weight lines
# run into each other.
_base_ = ['./aspp_unet_lite0_512x512_corpus.py']
corpus = 'data/layout'  # moved by --cfg-options data_root=…
generated = 'data/generated'
crop_size = (512, 512)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='Resize', img_scale=(768, 768), ratio_range=(0.6, 1.4)),
    dict(type='RandomCrop', crop_size=crop_size,
         focus=dict(classes=('figure', 'table', 'validline'), prob=0.1)),
    dict(type='ScanEffects', prob=0.3, strength='bad_office_scanner'),
    dict(type='Normalize', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375],
         to_rgb=True),
    dict(type='Pad', size=crop_size, pad_val=0, seg_pad_val=255),
    dict(type='DefaultFormatBundle'),
    dict(type='Collect', keys=['img', 'gt_semantic_seg'])]
data = dict(train=dict(datasets=[
    dict(type='LayoutDataset', data_root=root, split='train', pipeline=train_pipeline)
    for root in (corpus, generated)]))
model = dict(decode_head=dict(sampler=dict(weight=1.5), loss_decode=[
    dict(type='CrossEntropyLoss', loss_name='loss_ce', loss_weight=1.0),
    dict(type='LovaszLoss', loss_name='loss_lovasz', loss_weight=1.0, per_image=False,
         reduction='none')]))
