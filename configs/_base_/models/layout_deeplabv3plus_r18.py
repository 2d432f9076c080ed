norm_cfg = dict(type='BN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    pretrained=None,
    backbone=dict(
        type='ResNetV1c', depth=18, num_stages=4, out_indices=(0, 1, 2, 3),
        dilations=(1, 1, 1, 2), strides=(1, 2, 2, 1), norm_cfg=norm_cfg, norm_eval=False,
        style='pytorch', contract_dilation=True),
    decode_head=dict(
        type='DepthwiseSeparableASPPHead', in_channels=512, in_index=3, channels=128,
        dilations=(1, 6, 12, 18), c1_in_channels=64, c1_channels=48, dropout_ratio=0.1,
        num_classes=5, norm_cfg=norm_cfg, align_corners=False,
        loss_decode=[
            dict(type='CrossEntropyLoss', loss_name='loss_ce', loss_weight=1.0,
                 class_weight=[0.5, 1.0, 1.0, 2.0, 2.0]),
            dict(type='LovaszLoss', loss_name='loss_lovasz', loss_weight=1.5,
                 per_image=False, reduction='none')]),
    auxiliary_head=dict(
        type='FCNHead', in_channels=256, in_index=2, channels=64, num_convs=1, concat_input=False,
        dropout_ratio=0.1, num_classes=5, norm_cfg=norm_cfg, align_corners=False,
        loss_decode=dict(type='CrossEntropyLoss', loss_weight=0.4)),
    cls_head=dict(type='ClsHead', num_classes=2, dropout_ratio=0.1, loss_weight=0.5,
                  class_weight=[1.0, 2.0]),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
