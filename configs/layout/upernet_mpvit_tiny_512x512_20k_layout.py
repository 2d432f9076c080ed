_base_ = ['../_base_/models/upernet_mpvit.py', '../_base_/models/layout_common.py',
          '../_base_/datasets/layout.py', '../_base_/schedules/layout_20k.py',
          '../_base_/default_runtime.py']
model = dict(
    backbone=dict(num_layers=[1, 2, 4, 1], embed_dims=[64, 96, 176, 216],
                  mlp_ratios=[2, 2, 2, 2], drop_path_rate=0.1),
    decode_head=dict(in_channels=[96, 176, 216, 216], num_classes=5,
                     loss_decode={{_base_.seg_loss}}),
    auxiliary_head=dict(in_channels=216, num_classes=5),
    cls_head={{_base_.page_type}})
optimizer = dict(lr=6e-5)
lr_config = dict(warmup_iters=1500, warmup_ratio=1e-6)
