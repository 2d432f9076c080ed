# As in HRNet's own repository (484 epochs, four GPUs); tools/model_converters takes its weights.
_base_ = [
    '../_base_/models/ocrnet_hr18.py', '../_base_/datasets/cityscapes_lst.py',
    '../_base_/schedules/schedule_160k.py', '../_base_/default_runtime.py']
common = dict(
    in_channels=[48, 96, 192, 384], in_index=(0, 1, 2, 3), input_transform='resize_concat',
    num_classes=19, norm_cfg=dict(type='SyncBN', requires_grad=True), align_corners=True)
ce = dict(type='CrossEntropyLoss', use_sigmoid=False)
model = dict(
    pretrained='open-mmlab://msra/hrnetv2_w48',
    backbone=dict(align_corners=True, extra=dict(
        stage2=dict(num_channels=(48, 96)), stage3=dict(num_channels=(48, 96, 192)),
        stage4=dict(num_channels=(48, 96, 192, 384)))),
    decode_head=[
        dict(type='FCNHead', channels=720, kernel_size=1, num_convs=1, concat_input=False,
             dropout_ratio=-1, loss_decode=dict(loss_weight=0.4, **ce), **common),
        dict(type='OCRHead', channels=512, ocr_channels=256, dropout_ratio=0.05,
             sampler=dict(type='OHEMPixelSampler', thresh=0.9, min_kept=131072 // 3),
             loss_decode=dict(loss_weight=1.0, **ce), **common)])
lr_config = dict(min_lr=0)
runner = dict(max_iters=120000)
