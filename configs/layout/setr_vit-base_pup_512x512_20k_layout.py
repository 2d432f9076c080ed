# The paper's decoder on ViT-B for its ViT-L: a third of the weights.
_base_ = ['../_base_/models/setr_pup.py', '../_base_/models/layout_common.py',
          '../_base_/datasets/layout.py', '../_base_/schedules/layout_20k.py',
          '../_base_/default_runtime.py']
model = dict(
    pretrained=None,
    backbone=dict(img_size=(512, 512), embed_dims=768, num_layers=12, num_heads=12,
                  out_indices=(2, 5, 8, 11), drop_rate=0.),
    decode_head=dict(in_channels=768, num_classes=5, loss_decode={{_base_.seg_loss}}),
    auxiliary_head=[
        dict(type='SETRUPHead', in_channels=768, channels=256, in_index=index, num_classes=5,
             dropout_ratio=0, norm_cfg=dict(type='SyncBN', requires_grad=True), num_convs=2,
             kernel_size=3, align_corners=False,
             loss_decode=dict(type='CrossEntropyLoss', loss_weight=0.4)) for index in range(3)],
    cls_head={{_base_.page_type}})
optimizer = dict(lr=6e-5, paramwise_cfg=dict(norm_decay_mult=0., custom_keys={
    'pos_embed': dict(decay_mult=0.), 'cls_token': dict(decay_mult=0.),
    'head': dict(lr_mult=10.)}))
lr_config = dict(warmup_iters=1500, warmup_ratio=1e-6)
