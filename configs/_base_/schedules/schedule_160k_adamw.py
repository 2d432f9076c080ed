# What the transformers' papers train with: AdamW, the learning rate rising at first.
_base_ = './schedule_160k.py'
optimizer = dict(_delete_=True, type='AdamW', lr=0.00006, betas=(0.9, 0.999), weight_decay=0.01)
lr_config = dict(
    _delete_=True, policy='poly', warmup='linear', warmup_iters=1500, warmup_ratio=1e-6,
    power=1.0, min_lr=0.0, by_epoch=False)
