# PRImA by tools/convert_datasets/prima.py --val 0.2; its TIFFs become PNGs.
_base_ = './layout.py'
data_root = 'data/prima'
data = dict(
    train=dict(data_root=data_root, img_suffix='.png'),
    val=dict(data_root=data_root, img_suffix='.png'),
    test=dict(data_root=data_root, img_suffix='.png'))
