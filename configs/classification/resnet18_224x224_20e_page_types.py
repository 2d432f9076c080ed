# model.head.num_classes is the number of folders in data_root/train.
_base_ = ['../_base_/datasets/page_types.py', '../_base_/default_runtime.py',
          '../_base_/schedules/page_types_20e.py']
model = dict(
    type='ImageClassifier',
    backbone=dict(type='ResNet', depth=18, out_indices=(3, )),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(type='LinearClsHead', num_classes=2, in_channels=512, cal_acc=True))
