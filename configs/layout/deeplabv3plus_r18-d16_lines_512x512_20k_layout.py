_base_ = ['../_base_/models/layout_deeplabv3plus_r18.py', '../_base_/datasets/layout_lines.py',
          '../_base_/schedules/layout_20k.py', '../_base_/default_runtime.py']
model = dict(
    line_neck=dict(type='FPNC', in_channels=[64, 128, 256, 512], lateral_channels=64,
                   out_channels=16),
    line_head=dict(
        type='DBHead', in_channels=64,
        loss=dict(type='DBLoss', alpha=1.0, beta=2.0, bbce_loss=True),
        postprocessor=dict(type='DBPostprocessor', text_repr_type='poly', shrink_ratio=0.7,
                           epsilon_ratio=0.002)))
