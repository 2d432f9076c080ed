_base_ = [
    '../_base_/models/upernet_vit-b16_ln_mln.py', '../_base_/datasets/ade20k.py',
    '../_base_/schedules/schedule_160k_adamw.py', '../_base_/default_runtime.py']
model = dict(
    pretrained='pretrain/deit_base_patch16_224-b5f2ef4d.pth',
    backbone=dict(drop_path_rate=0.1),
    neck=None,
    decode_head=dict(num_classes=150),
    auxiliary_head=dict(num_classes=150))
optimizer = dict(paramwise_cfg=dict(custom_keys={
    'pos_embed': dict(decay_mult=0.), 'cls_token': dict(decay_mult=0.),
    'norm': dict(decay_mult=0.)}))
data = dict(samples_per_gpu=2)
