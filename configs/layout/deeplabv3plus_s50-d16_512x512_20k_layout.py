_base_ = './deeplabv3plus_r50-d16_512x512_20k_layout.py'
model = dict(backbone=dict(type='ResNeSt', radix=2, reduction_factor=4, avg_down_stride=True))
