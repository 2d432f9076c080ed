# DocLayNet by tools/convert_datasets/coco_layout.py --map doclaynet; its images are PNGs.
_base_ = './layout.py'
data_root = 'data/doclaynet'
data = dict(
    train=dict(data_root=data_root, img_suffix='.png', balance=None),
    val=dict(data_root=data_root, img_suffix='.png'),
    test=dict(data_root=data_root, img_suffix='.png', split='test'))
