_base_ = [
    '../_base_/models/upernet_mpvit.py', '../_base_/datasets/ade20k.py',
    '../_base_/schedules/schedule_160k_adamw.py', '../_base_/default_runtime.py']
model = dict(
    pretrained='pretrain/mpvit_small.pth',
    decode_head=dict(num_classes=150),
    auxiliary_head=dict(num_classes=150))
data = dict(samples_per_gpu=2)
