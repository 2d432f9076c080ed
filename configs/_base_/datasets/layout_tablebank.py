# TableBank by tools/convert_datasets/coco_layout.py --map tablebank.
# Tables alone are labelled: to be mixed with others, as in configs/layout/*_mixed_*.
_base_ = './layout.py'
data_root = 'data/tablebank'
data = dict(
    train=dict(data_root=data_root, balance=None),
    val=dict(data_root=data_root),
    test=dict(data_root=data_root, split='test'))
