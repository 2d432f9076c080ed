_base_ = [
    '../_base_/models/knet_s3_fcn_r50-d8.py', '../_base_/datasets/ade20k.py',
    '../_base_/default_runtime.py', '../_base_/schedules/adamw_step_80k.py']
model = dict(decode_head=dict(
    kernel_generate_head=dict(
        _delete_=True, type='ASPPHead', in_channels=2048, in_index=3, channels=512,
        dilations=(1, 12, 24, 36), dropout_ratio=0.1, num_classes=150,
        norm_cfg=dict(type='SyncBN', requires_grad=True), align_corners=False,
        loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=False, loss_weight=1.0))))
data = dict(samples_per_gpu=2, workers_per_gpu=2)
