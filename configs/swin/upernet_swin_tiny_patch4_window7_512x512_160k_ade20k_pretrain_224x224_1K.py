_base_ = [
    '../_base_/models/upernet_swin.py', '../_base_/datasets/ade20k.py',
    '../_base_/schedules/schedule_160k_adamw.py', '../_base_/default_runtime.py']
checkpoint_file = 'https://download.openmmlab.com/mmsegmentation/v0.5/pretrain/swin/swin_tiny_patch4_window7_224_20220317-1cdeb081.pth'
model = dict(
    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint=checkpoint_file)),
    decode_head=dict(num_classes=150),
    auxiliary_head=dict(num_classes=150))
optimizer = dict(paramwise_cfg=dict(custom_keys={
    'absolute_pos_embed': dict(decay_mult=0.), 'norm': dict(decay_mult=0.),
    'relative_position_bias_table': dict(decay_mult=0.)}))
data = dict(samples_per_gpu=2)
