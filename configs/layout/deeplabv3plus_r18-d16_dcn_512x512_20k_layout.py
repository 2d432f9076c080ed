_base_ = './deeplabv3plus_r18-d16_512x512_20k_layout.py'
model = dict(backbone=dict(
    dcn=dict(type='DCNv2', deform_groups=1, fallback_on_stride=False),
    stage_with_dcn=(False, True, True, True)))
