# Half of the pages your own, the others from corpora that label other classes, or no page types.
_base_ = './deeplabv3plus_r18-d16_512x512_20k_layout.py'
data_root = 'data/layout'
pages = dict(type='LayoutDataset', split='train', with_cls='some',
             pipeline={{_base_.train_pipeline}})
data = dict(train=dict(_delete_=True, type='MixedDataset', weights=[4, 2, 1, 1], datasets=[
    dict(pages, data_root=data_root, balance=1.0),
    dict(pages, data_root='data/publaynet'),
    dict(pages, data_root='data/tablebank'),
    dict(pages, data_root='data/slides')]))
