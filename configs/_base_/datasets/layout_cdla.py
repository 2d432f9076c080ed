# CDLA by tools/convert_datasets/labelme.py --map cdla.
_base_ = './layout.py'
data_root = 'data/cdla'
data = dict(
    train=dict(data_root=data_root),
    val=dict(data_root=data_root),
    test=dict(data_root=data_root))
