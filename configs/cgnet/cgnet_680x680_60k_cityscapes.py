_base_ = [
    '../_base_/models/cgnet.py', '../_base_/datasets/cityscapes_cgnet.py',
    '../_base_/schedules/schedule_80k.py', '../_base_/default_runtime.py']
optimizer = dict(_delete_=True, type='Adam', lr=0.001, eps=1e-08, weight_decay=0.0005)
runner = dict(max_iters=60000)
checkpoint_config = dict(interval=4000)
evaluation = dict(interval=4000)
