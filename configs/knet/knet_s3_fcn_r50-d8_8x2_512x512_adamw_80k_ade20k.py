_base_ = [
    '../_base_/models/knet_s3_fcn_r50-d8.py', '../_base_/datasets/ade20k.py',
    '../_base_/default_runtime.py', '../_base_/schedules/adamw_step_80k.py']
data = dict(samples_per_gpu=2, workers_per_gpu=2)
