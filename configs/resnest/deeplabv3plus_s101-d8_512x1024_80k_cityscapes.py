_base_ = [
    '../_base_/models/deeplabv3plus_r50-d8.py', '../_base_/datasets/cityscapes.py',
    '../_base_/schedules/schedule_80k.py', '../_base_/default_runtime.py']
model = dict(
    pretrained='open-mmlab://resnest101',
    backbone=dict(
        type='ResNeSt', depth=101, stem_channels=128, radix=2, reduction_factor=4,
        avg_down_stride=True))
