_base_ = [
    '../_base_/models/fast_scnn.py', '../_base_/datasets/ade20k.py',
    '../_base_/schedules/schedule_160k.py', '../_base_/default_runtime.py']
sigmoid = dict(type='CrossEntropyLoss', use_sigmoid=True, loss_weight=0.4)
head = dict(
    type='FCNHead', channels=32, num_convs=1, num_classes=150, concat_input=False,
    norm_cfg=dict(type='SyncBN', requires_grad=True, momentum=0.01), align_corners=False,
    loss_decode=sigmoid)
model = dict(
    decode_head=dict(num_classes=150),
    auxiliary_head=[dict(in_channels=128, in_index=-2, **head),
                    dict(in_channels=64, in_index=-3, **head)])
optimizer = dict(lr=0.12, weight_decay=4e-5)
