# Minutes on a CPU: the backbone is that of page-lite0 and is not trained.
_base_ = './resnet18_224x224_20e_page_types.py'
model = dict(
    backbone=dict(
        _delete_=True, type='EfficientNetLite', arch='lite0', out_indices=(6, ),
        frozen_stages=7, norm_eval=True,
        init_cfg=dict(type='Pretrained', checkpoint='page-lite0', prefix='backbone.')),
    head=dict(in_channels=320))
optimizer = dict(lr=5e-3)
lr_config = dict(warmup_iters=5)
runner = dict(max_epochs=10)
