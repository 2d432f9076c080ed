_base_ = [
    '../_base_/models/pointrend_r50.py', '../_base_/datasets/ade20k.py',
    '../_base_/schedules/schedule_160k.py', '../_base_/default_runtime.py']
norm_cfg = dict(type='SyncBN', requires_grad=True)
ce = dict(type='CrossEntropyLoss', use_sigmoid=False, loss_weight=1.0)
common = dict(dropout_ratio=-1, num_classes=150, align_corners=False, loss_decode=ce)
model = dict(decode_head=[
    dict(type='FPNHead', in_channels=[256, 256, 256, 256], in_index=[0, 1, 2, 3],
         feature_strides=[4, 8, 16, 32], channels=128, norm_cfg=norm_cfg, **common),
    dict(type='PointHead', in_channels=[256], in_index=[0], channels=256, num_fcs=3,
         coarse_pred_each_layer=True, **common)])
lr_config = dict(warmup='linear', warmup_iters=200)
