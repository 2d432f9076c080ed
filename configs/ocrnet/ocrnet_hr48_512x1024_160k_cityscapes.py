_base_ = './ocrnet_hr18_512x1024_160k_cityscapes.py'
norm_cfg = dict(type='SyncBN', requires_grad=True)
common = dict(
    in_channels=[48, 96, 192, 384], in_index=(0, 1, 2, 3), input_transform='resize_concat',
    dropout_ratio=-1, num_classes=19, norm_cfg=norm_cfg, align_corners=False)
ce = dict(type='CrossEntropyLoss', use_sigmoid=False)
model = dict(
    pretrained='open-mmlab://msra/hrnetv2_w48',
    backbone=dict(extra=dict(
        stage2=dict(num_channels=(48, 96)), stage3=dict(num_channels=(48, 96, 192)),
        stage4=dict(num_channels=(48, 96, 192, 384)))),
    decode_head=[
        dict(type='FCNHead', channels=720, kernel_size=1, num_convs=1, concat_input=False,
             loss_decode=dict(loss_weight=0.4, **ce), **common),
        dict(type='OCRHead', channels=512, ocr_channels=256,
             loss_decode=dict(loss_weight=1.0, **ce), **common)])
