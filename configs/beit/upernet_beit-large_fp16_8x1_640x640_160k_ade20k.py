_base_ = './upernet_beit-base_8x2_640x640_160k_ade20k.py'
model = dict(
    pretrained='pretrain/beit_large_patch16_224_pt22k_ft22k.pth',
    backbone=dict(
        embed_dims=1024, num_layers=24, num_heads=16, init_values=1e-6, drop_path_rate=0.2,
        out_indices=[7, 11, 15, 23]),
    neck=dict(embed_dim=1024),
    decode_head=dict(in_channels=[1024, 1024, 1024, 1024], channels=1024),
    auxiliary_head=dict(in_channels=1024))
optimizer = dict(lr=2e-5, paramwise_cfg=dict(num_layers=24, layer_decay_rate=0.95))
lr_config = dict(warmup_iters=3000)
runner = dict(max_iters=320000)
checkpoint_config = dict(interval=32000)
evaluation = dict(interval=32000)
data = dict(samples_per_gpu=1)
optimizer_config = dict(type='GradientCumulativeFp16OptimizerHook', cumulative_iters=2)
fp16 = dict()
