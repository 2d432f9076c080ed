_base_ = './upernet_mpvit_small_160k_ade20k.py'
model = dict(
    pretrained='pretrain/mpvit_tiny.pth',
    backbone=dict(
        num_layers=[1, 2, 4, 1], embed_dims=[64, 96, 176, 216], mlp_ratios=[2, 2, 2, 2],
        drop_path_rate=0.1),
    decode_head=dict(in_channels=[96, 176, 216, 216]),
    auxiliary_head=dict(in_channels=216))
