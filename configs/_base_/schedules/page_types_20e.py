optimizer = dict(type='AdamW', lr=5e-4, weight_decay=0.05)
optimizer_config = dict(grad_clip=dict(max_norm=5.0))
lr_config = dict(policy='CosineAnnealing', by_epoch=False, min_lr_ratio=0.01,
                 warmup='linear', warmup_iters=100, warmup_ratio=0.01)
runner = dict(type='EpochBasedRunner', max_epochs=20)
checkpoint_config = dict(interval=1, max_keep_ckpts=3)
evaluation = dict(interval=1, metric=['accuracy', 'precision', 'recall', 'f1_score'],
                  metric_options=dict(topk=1), save_best='accuracy')
