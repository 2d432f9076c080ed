# IIIT-AR-13K by tools/convert_datasets/voc_layout.py.
# Text is not labelled: to be mixed with others, as in configs/layout/*_mixed_*.
_base_ = './layout.py'
data_root = 'data/iiit_ar_13k'
data = dict(
    train=dict(data_root=data_root),
    val=dict(data_root=data_root),
    test=dict(data_root=data_root, split='test'))
