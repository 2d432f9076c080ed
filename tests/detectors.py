"""Configs of detectors for tests."""


def network(depth=18, width=256, num_classes=4, layers=(1, 2), num_query=20, hidden=64,
            max_per_img=50, proposals=20, **head):
    """A Deformable DETR; ``layers`` are those of encoder and decoder."""
    widths = [128, 256, 512] if depth == 18 else [512, 1024, 2048]
    around = dict(type='MultiScaleDeformableAttention', embed_dims=width)
    feed = dict(feedforward_channels=hidden, ffn_dropout=0.1)
    encoder = dict(
        type='DetrTransformerEncoder', num_layers=layers[0], transformerlayers=dict(
            type='BaseTransformerLayer', attn_cfgs=around, **feed,
            operation_order=('self_attn', 'norm', 'ffn', 'norm')))
    among = dict(type='MultiheadAttention', embed_dims=width, num_heads=8, dropout=0.1)
    decoder = dict(
        type='DeformableDetrTransformerDecoder', num_layers=layers[1], return_intermediate=True,
        transformerlayers=dict(
            type='DetrTransformerDecoderLayer', attn_cfgs=[among, around], **feed,
            operation_order=('self_attn', 'norm', 'cross_attn', 'norm', 'ffn', 'norm')))
    return dict(
        type='DeformableDETR',
        backbone=dict(type='ResNet', depth=depth, num_stages=4, out_indices=(1, 2, 3),
                      style='pytorch'),
        neck=dict(type='ChannelMapper', in_channels=widths, kernel_size=1, out_channels=width,
                  act_cfg=None, norm_cfg=dict(type='GN', num_groups=width // 8), num_outs=4),
        bbox_head=dict(
            type='DeformableDETRHead', num_query=num_query, num_classes=num_classes,
            in_channels=widths[-1], sync_cls_avg_factor=True,
            transformer=dict(type='DeformableDetrTransformer', encoder=encoder, decoder=decoder,
                             two_stage_num_proposals=proposals),
            positional_encoding=dict(type='SinePositionalEncoding', num_feats=width // 2,
                                     normalize=True, offset=-0.5), **head),
        train_cfg=dict(assigner=dict(
            type='HungarianAssigner', cls_cost=dict(type='FocalLossCost', weight=2.0),
            reg_cost=dict(type='BBoxL1Cost', weight=5.0, box_format='xywh'),
            iou_cost=dict(type='IoUCost', iou_mode='giou', weight=2.0))),
        test_cfg=dict(max_per_img=max_per_img))
