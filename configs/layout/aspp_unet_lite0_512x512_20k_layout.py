_base_ = ['../_base_/models/layout_aspp_unet_lite0.py', '../_base_/datasets/layout.py',
          '../_base_/schedules/layout_20k.py', '../_base_/default_runtime.py']
optimizer = dict(lr=3e-3, paramwise_cfg=dict(custom_keys={
    'backbone': dict(lr_mult=0.5), 'conv_seg': dict(lr_mult=4.0)}))
