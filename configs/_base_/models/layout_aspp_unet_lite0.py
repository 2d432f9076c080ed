norm_cfg = dict(type='BN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    pretrained=None,
    backbone=dict(type='EfficientNetLite', arch='lite0', out_indices=(0, 1, 2, 4, 6)),
    decode_head=dict(
        type='ASPPUNetHead', in_channels=(16, 24, 40, 112, 320), in_index=(0, 1, 2, 3, 4),
        context_channels=128, dilations=(1, 2, 4, 8), step_channels=(128, 96, 64, 32),
        skip_channels=(48, 32, 24, 16), dropout_ratio=0.1, num_classes=5, norm_cfg=norm_cfg,
        align_corners=False,
        loss_decode=[
            dict(type='CrossEntropyLoss', loss_name='loss_ce', loss_weight=1.0,
                 class_weight=[0.5, 1.0, 1.0, 2.0, 2.0]),
            dict(type='LovaszLoss', loss_name='loss_lovasz', loss_weight=1.5,
                 per_image=False, reduction='none')]),
    auxiliary_head=None,
    cls_head=dict(type='ClsHead', num_classes=2, dropout_ratio=0.1, loss_weight=0.5,
                  class_weight=[1.0, 2.0]),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
