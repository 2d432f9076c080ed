_base_ = './upernet_mpvit_small_160k_ade20k.py'
model = dict(
    pretrained='pretrain/mpvit_base.pth',
    backbone=dict(
        num_layers=[1, 3, 8, 3], embed_dims=[128, 224, 368, 480],
        drop_path_rate=0.4),
    decode_head=dict(in_channels=[224, 368, 480, 480]),
    auxiliary_head=dict(in_channels=480))
