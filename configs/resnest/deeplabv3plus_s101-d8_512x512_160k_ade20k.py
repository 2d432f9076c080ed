_base_ = [
    '../_base_/models/deeplabv3plus_r50-d8.py', '../_base_/datasets/ade20k.py',
    '../_base_/schedules/schedule_160k.py', '../_base_/default_runtime.py']
model = dict(
    pretrained='open-mmlab://resnest101',
    backbone=dict(
        type='ResNeSt', depth=101, stem_channels=128, radix=2, reduction_factor=4,
        avg_down_stride=True),
    decode_head=dict(num_classes=150),
    auxiliary_head=dict(num_classes=150))
