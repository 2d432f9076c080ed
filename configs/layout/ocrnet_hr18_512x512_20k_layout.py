_base_ = ['../_base_/models/ocrnet_hr18.py', '../_base_/models/layout_common.py',
          '../_base_/datasets/layout.py', '../_base_/schedules/layout_20k.py',
          '../_base_/default_runtime.py']
common = dict(
    in_channels=[18, 36, 72, 144], in_index=(0, 1, 2, 3), input_transform='resize_concat',
    dropout_ratio=-1, num_classes=5, norm_cfg=dict(type='SyncBN', requires_grad=True),
    align_corners=False)
model = dict(
    pretrained=None,
    decode_head=[
        dict(type='FCNHead', channels=270, kernel_size=1, num_convs=1, concat_input=False,
             loss_decode=dict(type='CrossEntropyLoss', loss_weight=0.4), **common),
        dict(type='OCRHead', channels=512, ocr_channels=256, loss_decode={{_base_.seg_loss}},
             **common)],
    cls_head={{_base_.page_type}})
optimizer = dict(lr=1e-3)
