norm_cfg = dict(type='SyncBN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    pretrained=None,
    backbone=dict(
        type='MPViT', num_path=[2, 3, 3, 3], num_layers=[1, 3, 6, 3],
        embed_dims=[64, 128, 216, 288], num_heads=[8, 8, 8, 8], mlp_ratios=[4, 4, 4, 4],
        drop_path_rate=0.2, norm_cfg=norm_cfg, norm_eval=False),
    decode_head=dict(
        type='UPerHead', in_channels=[128, 216, 288, 288], in_index=[0, 1, 2, 3],
        pool_scales=(1, 2, 3, 6), channels=512,
        dropout_ratio=0.1, num_classes=19, norm_cfg=norm_cfg, align_corners=False,
        loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=False, loss_weight=1.0)),
    auxiliary_head=dict(
        type='FCNHead', in_channels=288, in_index=2, channels=256, num_convs=1,
        concat_input=False, dropout_ratio=0.1, num_classes=19, norm_cfg=norm_cfg,
        align_corners=False,
        loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=False, loss_weight=0.4)),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
