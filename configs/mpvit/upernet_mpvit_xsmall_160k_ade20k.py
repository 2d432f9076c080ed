_base_ = './upernet_mpvit_small_160k_ade20k.py'
model = dict(
    pretrained='pretrain/mpvit_xsmall.pth',
    backbone=dict(
        num_layers=[1, 2, 4, 1], embed_dims=[64, 128, 192, 256],
        drop_path_rate=0.1),
    decode_head=dict(in_channels=[128, 192, 256, 256]),
    auxiliary_head=dict(in_channels=256))
