_base_ = [
    '../_base_/models/fcn_hr18.py', '../_base_/datasets/cityscapes.py',
    '../_base_/schedules/schedule_160k.py', '../_base_/default_runtime.py']
