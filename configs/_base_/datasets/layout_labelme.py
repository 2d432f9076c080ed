# A labelme folder by tools/convert_datasets/labelme.py --val 0.2; pages may lack a type.
_base_ = './layout.py'
data_root = 'data/labelme'
data = dict(
    train=dict(data_root=data_root, with_cls='some'),
    val=dict(data_root=data_root, with_cls='some'),
    test=dict(data_root=data_root, with_cls='some'))
