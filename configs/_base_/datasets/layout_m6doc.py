# M6Doc by tools/convert_datasets/coco_layout.py --map m6doc.
_base_ = './layout.py'
data_root = 'data/m6doc'
data = dict(
    train=dict(data_root=data_root),
    val=dict(data_root=data_root),
    test=dict(data_root=data_root, split='test'))
