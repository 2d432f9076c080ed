_base_ = ['../_base_/models/ocrnet_hr18.py', '../_base_/datasets/layout.py',
          '../_base_/schedules/layout_20k.py', '../_base_/default_runtime.py']
norm_cfg = dict(type='BN', requires_grad=True)
common = dict(
    in_channels=[48, 96, 192, 384], in_index=(0, 1, 2, 3), input_transform='resize_concat',
    dropout_ratio=-1, num_classes=5, norm_cfg=norm_cfg, align_corners=False)
model = dict(
    pretrained='open-mmlab://msra/hrnetv2_w48',
    backbone=dict(norm_cfg=norm_cfg, extra=dict(
        stage2=dict(num_channels=(48, 96)), stage3=dict(num_channels=(48, 96, 192)),
        stage4=dict(num_channels=(48, 96, 192, 384)))),
    decode_head=[
        dict(type='FCNHead', channels=720, kernel_size=1, num_convs=1, concat_input=False,
             loss_decode=dict(type='CrossEntropyLoss', loss_weight=0.4), **common),
        dict(type='OCRHead', channels=512, ocr_channels=256,
             sampler=dict(type='OHEMPixelSampler', thresh=0.9, min_kept=65536),
             loss_decode=dict(type='CrossEntropyLoss', loss_weight=1.0), **common)],
    cls_head=dict(type='ClsHead', num_classes=2, dropout_ratio=0.1, loss_weight=0.2))
