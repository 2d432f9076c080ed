_base_ = ['../_base_/models/layout_deeplabv3plus_r18.py', '../_base_/datasets/layout.py',
          '../_base_/schedules/layout_20k.py', '../_base_/default_runtime.py']
