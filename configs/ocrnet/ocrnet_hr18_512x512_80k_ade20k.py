_base_ = [
    '../_base_/models/ocrnet_hr18.py', '../_base_/datasets/ade20k.py',
    '../_base_/schedules/schedule_80k.py', '../_base_/default_runtime.py']
norm_cfg = dict(type='SyncBN', requires_grad=True)
common = dict(
    in_channels=[18, 36, 72, 144], in_index=(0, 1, 2, 3), input_transform='resize_concat',
    dropout_ratio=-1, num_classes=150, norm_cfg=norm_cfg, align_corners=False)
ce = dict(type='CrossEntropyLoss', use_sigmoid=False)
model = dict(
    decode_head=[
        dict(type='FCNHead', channels=270, kernel_size=1, num_convs=1, concat_input=False,
             loss_decode=dict(loss_weight=0.4, **ce), **common),
        dict(type='OCRHead', channels=512, ocr_channels=256,
             loss_decode=dict(loss_weight=1.0, **ce), **common)])
