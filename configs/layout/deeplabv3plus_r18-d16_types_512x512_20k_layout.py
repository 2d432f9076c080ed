# Half of the pages have masks, the others only their type in cls_label.json.
_base_ = './deeplabv3plus_r18-d16_512x512_20k_layout.py'
data_root = 'data/layout'
pages = dict(type='LayoutDataset', pipeline={{_base_.train_pipeline}})
data = dict(train=dict(_delete_=True, type='MixedDataset', weights=[1, 1], datasets=[
    dict(pages, data_root=data_root, split='train', balance=1.0),
    dict(pages, data_root='data/page_types_only', with_seg=False)]))
