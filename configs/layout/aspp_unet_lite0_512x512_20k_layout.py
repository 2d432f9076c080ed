_base_ = ['../_base_/models/layout_aspp_unet_lite0.py', '../_base_/datasets/layout.py',
          '../_base_/schedules/layout_20k.py', '../_base_/default_runtime.py']
optimizer = dict(lr=2e-3)
