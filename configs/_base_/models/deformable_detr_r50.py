attention = dict(type='MultiScaleDeformableAttention', embed_dims=256)
feed_forward = dict(feedforward_channels=1024, ffn_dropout=0.1)
model = dict(
    type='DeformableDETR',
    backbone=dict(
        type='ResNet', depth=50, num_stages=4, out_indices=(1, 2, 3), frozen_stages=1,
        norm_cfg=dict(type='BN', requires_grad=False), norm_eval=True, style='pytorch',
        init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet50')),
    neck=dict(
        type='ChannelMapper', in_channels=[512, 1024, 2048], kernel_size=1, out_channels=256,
        act_cfg=None, norm_cfg=dict(type='GN', num_groups=32), num_outs=4),
    bbox_head=dict(
        type='DeformableDETRHead', num_query=300, num_classes=80, in_channels=2048,
        sync_cls_avg_factor=True, as_two_stage=False,
        transformer=dict(
            type='DeformableDetrTransformer',
            encoder=dict(
                type='DetrTransformerEncoder', num_layers=6,
                transformerlayers=dict(
                    type='BaseTransformerLayer', attn_cfgs=attention, **feed_forward,
                    operation_order=('self_attn', 'norm', 'ffn', 'norm'))),
            decoder=dict(
                type='DeformableDetrTransformerDecoder', num_layers=6, return_intermediate=True,
                transformerlayers=dict(
                    type='DetrTransformerDecoderLayer', **feed_forward,
                    attn_cfgs=[dict(type='MultiheadAttention', embed_dims=256, num_heads=8,
                                    dropout=0.1), attention],
                    operation_order=('self_attn', 'norm', 'cross_attn', 'norm', 'ffn', 'norm')))),
        positional_encoding=dict(type='SinePositionalEncoding', num_feats=128, normalize=True,
                                 offset=-0.5),
        loss_cls=dict(type='FocalLoss', use_sigmoid=True, gamma=2.0, alpha=0.25, loss_weight=2.0),
        loss_bbox=dict(type='L1Loss', loss_weight=5.0),
        loss_iou=dict(type='GIoULoss', loss_weight=2.0)),
    train_cfg=dict(assigner=dict(
        type='HungarianAssigner',
        cls_cost=dict(type='FocalLossCost', weight=2.0),
        reg_cost=dict(type='BBoxL1Cost', weight=5.0, box_format='xywh'),
        iou_cost=dict(type='IoUCost', iou_mode='giou', weight=2.0))),
    test_cfg=dict(max_per_img=100))
