# D4LA by tools/convert_datasets/coco_layout.py --map d4la; no page has a type.
_base_ = './layout.py'
data_root = 'data/d4la'
data = dict(
    train=dict(data_root=data_root, img_suffix='.png', with_cls='some'),
    val=dict(data_root=data_root, img_suffix='.png', with_cls='some', split='test'),
    test=dict(data_root=data_root, img_suffix='.png', with_cls='some', split='test'))
