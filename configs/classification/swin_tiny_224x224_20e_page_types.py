# num_classes is in three places: of the head, and of both ways to mix pages.
_base_ = './resnet18_224x224_20e_page_types.py'
model = dict(
    backbone=dict(_delete_=True, type='SwinTransformer', arch='tiny', drop_path_rate=0.2),
    head=dict(in_channels=768, cal_acc=False, init_cfg=None,
              loss=dict(type='LabelSmoothLoss', label_smooth_val=0.1)),
    init_cfg=[dict(type='TruncNormal', layer='Linear', std=0.02, bias=0.),
              dict(type='Constant', layer='LayerNorm', val=1., bias=0.)],
    train_cfg=dict(augments=[dict(type='BatchMixup', alpha=0.8, num_classes=2, prob=0.5),
                             dict(type='BatchCutMix', alpha=1.0, num_classes=2, prob=0.5)]))
