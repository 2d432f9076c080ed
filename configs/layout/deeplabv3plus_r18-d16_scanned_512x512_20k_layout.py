# Half of the training pages look scanned.
_base_ = ['../_base_/models/layout_deeplabv3plus_r18.py',
          '../_base_/datasets/layout_scanned.py', '../_base_/schedules/layout_20k.py',
          '../_base_/default_runtime.py']
