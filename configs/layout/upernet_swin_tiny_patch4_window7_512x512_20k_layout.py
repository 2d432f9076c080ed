_base_ = ['../_base_/models/upernet_swin.py', '../_base_/models/layout_common.py',
          '../_base_/datasets/layout.py', '../_base_/schedules/layout_20k.py',
          '../_base_/default_runtime.py']
model = dict(
    decode_head=dict(num_classes=5, loss_decode={{_base_.seg_loss}}),
    auxiliary_head=dict(num_classes=5),
    cls_head={{_base_.page_type}})
optimizer = dict(lr=6e-5, paramwise_cfg=dict(norm_decay_mult=0., custom_keys={
    'relative_position_bias_table': dict(decay_mult=0.)}))
lr_config = dict(warmup_iters=1500, warmup_ratio=1e-6)
