_base_ = './twins_pcpvt-s_uperhead_8x4_512x512_160k_ade20k.py'
checkpoint = 'https://download.openmmlab.com/mmsegmentation/v0.5/pretrain/twins/alt_gvt_large_20220308-fb5936f3.pth'
model = dict(
    backbone=dict(
        type='SVT', init_cfg=dict(type='Pretrained', checkpoint=checkpoint),
        embed_dims=[128, 256, 512, 1024], num_heads=[4, 8, 16, 32], mlp_ratios=[4, 4, 4, 4],
        depths=[2, 2, 18, 2], windiow_sizes=[7, 7, 7, 7], norm_after_stage=True,
        drop_path_rate=0.3),
    decode_head=dict(in_channels=[128, 256, 512, 1024]),
    auxiliary_head=dict(in_channels=512))
data = dict(samples_per_gpu=2, workers_per_gpu=2)
