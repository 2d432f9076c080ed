_base_ = [
    '../_base_/models/twins_pcpvt-s_upernet.py', '../_base_/datasets/ade20k.py',
    '../_base_/schedules/schedule_160k_adamw.py', '../_base_/default_runtime.py']
optimizer = dict(paramwise_cfg=dict(custom_keys={
    'pos_block': dict(decay_mult=0.), 'norm': dict(decay_mult=0.)}))
