# What every network for pages shares, for a leaf to name as {{_base_.seg_loss}}: 5 classes, losses
# that hear the rare ones, and the page type.
seg_loss = [
    dict(type='CrossEntropyLoss', loss_name='loss_ce', loss_weight=1.0,
         class_weight=[0.5, 1.0, 1.0, 2.0, 2.0]),
    dict(type='LovaszLoss', loss_name='loss_lovasz', loss_weight=1.5,
         per_image=False, reduction='none')]
page_type = dict(type='ClsHead', num_classes=2, dropout_ratio=0.1, loss_weight=0.5,
                 class_weight=[1.0, 2.0])
