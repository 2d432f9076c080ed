# Learns generated pages of 384 pixels in minutes on a CPU: its backbone is that of page-lite0 and
# is not trained. mmseg convert boxes writes the two files of boxes; --cfg-options data_root=FOLDER
# moves all parts.
_base_ = './deformable_detr_r18_tiny_layout.py'
model = dict(
    backbone=dict(
        _delete_=True, type='EfficientNetLite', arch='lite0', out_indices=(2, 4, 6),
        frozen_stages=7, norm_eval=True,
        init_cfg=dict(type='Pretrained', checkpoint='page-lite0', prefix='backbone.')),
    neck=dict(in_channels=[40, 112, 320]),
    bbox_head=dict(transformer=dict(two_stage_num_proposals=100)))
lr_config = dict(_delete_=True, policy='CosineAnnealing', min_lr_ratio=0.02, warmup='linear',
                 warmup_iters=50, warmup_ratio=0.05, by_epoch=False)
runner = dict(max_iters=600)
checkpoint_config = dict(interval=150)
evaluation = dict(interval=150)
