_base_ = [
    '../_base_/models/stdc.py', '../_base_/datasets/cityscapes.py',
    '../_base_/schedules/schedule_80k.py', '../_base_/default_runtime.py']
lr_config = dict(warmup='linear', warmup_iters=1000)
data = dict(samples_per_gpu=12, workers_per_gpu=4)
