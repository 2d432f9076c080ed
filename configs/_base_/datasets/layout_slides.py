# SPaSe or WiSe by tools/convert_datasets/slides.py --val 0.2.
_base_ = './layout.py'
data_root = 'data/slides'
data = dict(
    train=dict(data_root=data_root),
    val=dict(data_root=data_root),
    test=dict(data_root=data_root))
