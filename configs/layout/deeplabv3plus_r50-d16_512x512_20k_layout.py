_base_ = './deeplabv3plus_r18-d16_512x512_20k_layout.py'
model = dict(
    backbone=dict(depth=50),
    decode_head=dict(in_channels=2048, channels=512, c1_in_channels=256),
    auxiliary_head=dict(in_channels=1024, channels=256))
