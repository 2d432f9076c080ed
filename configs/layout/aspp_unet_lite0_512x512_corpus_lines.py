# The third part of aspp_unet_lite0_512x512_corpus.py: a head for text lines learns on the finished
# network (load_from), whose other outputs stay as they are.
_base_ = ['./aspp_unet_lite0_512x512_corpus.py']
corpus = 'data/layout'  # moved by --cfg-options data_root=…
generated = 'data/generated'
crop_size = (512, 512)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='LoadTextLines'),
    dict(type='Resize', img_scale=(768, 768), ratio_range=(0.7, 1.45)),
    dict(type='RandomCrop', crop_size=crop_size),
    dict(type='ScanEffects', prob=0.45, strength='bad_office_scanner'),
    dict(type='Normalize', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375],
         to_rgb=True),
    dict(type='Pad', size=crop_size, pad_val=0, seg_pad_val=255),
    dict(type='DBNetTargets', shrink_ratio=0.7, min_short_size=4, whole_pixels=False),
    dict(type='DefaultFormatBundle'),
    dict(type='Collect', keys=['img', 'gt_semantic_seg', 'gt_shrink', 'gt_shrink_mask', 'gt_thr',
                               'gt_thr_mask'])]
data = dict(train=dict(datasets=[
    dict(type='LayoutDataset', data_root=root, split='train', pipeline=train_pipeline)
    for root in (corpus, generated)]))
model = dict(
    train_cfg=dict(frozen=('backbone', 'decode_head', 'cls_head')),
    line_neck=dict(type='FPNC', in_channels=[24, 40, 112, 320], in_index=[1, 2, 3, 4],
                   lateral_channels=64, out_channels=16),
    line_head=dict(
        type='DBHead', in_channels=64,
        loss=dict(type='DBLoss', alpha=1.0, beta=2.0, bbce_loss=True),
        postprocessor=dict(type='DBPostprocessor', text_repr_type='poly', shrink_ratio=0.7,
                           epsilon_ratio=0.002)))
runner = dict(max_iters=1000)
