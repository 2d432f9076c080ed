_base_ = [
    '../_base_/models/segmenter_vit-b16_mask.py', '../_base_/datasets/ade20k_half.py',
    '../_base_/default_runtime.py', '../_base_/schedules/schedule_160k.py']
optimizer = dict(lr=0.001, weight_decay=0.0)
data = dict(samples_per_gpu=1)
