# PubLayNet by tools/convert_datasets/coco_layout.py --map publaynet; test has no labels.
# balance would read 335,703 label maps before the training starts.
_base_ = './layout.py'
data_root = 'data/publaynet'
data = dict(
    train=dict(data_root=data_root, balance=None),
    val=dict(data_root=data_root),
    test=dict(data_root=data_root))
