_base_ = [
    '../_base_/models/icnet_r50-d8.py', '../_base_/datasets/ade20k.py',
    '../_base_/schedules/schedule_80k.py', '../_base_/default_runtime.py']
norm_cfg = dict(type='SyncBN', requires_grad=True)
model = dict(
    decode_head=dict(num_classes=150),
    auxiliary_head=[
        dict(type='FCNHead', in_channels=width, channels=channels, num_convs=1, num_classes=150,
             in_index=index, norm_cfg=norm_cfg, concat_input=False, align_corners=False,
             loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=False, loss_weight=0.4))
        for width, channels, index in ((128, 128, 0), (128, 128, 1))])
