_base_ = [
    '../_base_/models/stdc.py', '../_base_/datasets/ade20k.py',
    '../_base_/schedules/schedule_80k.py', '../_base_/default_runtime.py']
norm_cfg = dict(type='BN', requires_grad=True)
aux = dict(in_channels=128, channels=64, num_convs=1, norm_cfg=norm_cfg, concat_input=False)
model = dict(
    decode_head=dict(num_classes=150),
    auxiliary_head=[
        *(dict(aux, type='FCNHead', in_index=index, num_classes=150,
               sampler=dict(type='OHEMPixelSampler', thresh=0.7, min_kept=10000))
          for index in (2, 1)),
        dict(aux, type='STDCHead', in_index=0, in_channels=256, num_classes=2, align_corners=True,
             loss_decode=[dict(type='CrossEntropyLoss', use_sigmoid=True), dict(type='DiceLoss')])])
