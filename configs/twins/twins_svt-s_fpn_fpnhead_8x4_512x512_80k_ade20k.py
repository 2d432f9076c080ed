_base_ = './twins_pcpvt-s_fpn_fpnhead_8x4_512x512_80k_ade20k.py'
checkpoint = 'https://download.openmmlab.com/mmsegmentation/v0.5/pretrain/twins/alt_gvt_small_20220308-7e1c3695.pth'
model = dict(
    backbone=dict(
        type='SVT', init_cfg=dict(type='Pretrained', checkpoint=checkpoint),
        embed_dims=[64, 128, 256, 512], num_heads=[2, 4, 8, 16], mlp_ratios=[4, 4, 4, 4],
        depths=[2, 2, 10, 4], windiow_sizes=[7, 7, 7, 7], norm_after_stage=True),
    neck=dict(in_channels=[64, 128, 256, 512]))
