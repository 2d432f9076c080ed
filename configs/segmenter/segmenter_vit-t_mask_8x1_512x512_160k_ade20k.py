_base_ = [
    '../_base_/models/segmenter_vit-b16_mask.py', '../_base_/datasets/ade20k_half.py',
    '../_base_/default_runtime.py', '../_base_/schedules/schedule_160k.py']
checkpoint = 'https://download.openmmlab.com/mmsegmentation/v0.5/pretrain/segmenter/vit_tiny_p16_384_20220308-cce8c795.pth'
model = dict(
    pretrained=checkpoint,
    backbone=dict(embed_dims=192, num_heads=3),
    decode_head=dict(in_channels=192, channels=192, num_heads=3, embed_dims=192))
optimizer = dict(lr=0.001, weight_decay=0.0)
data = dict(samples_per_gpu=1)
