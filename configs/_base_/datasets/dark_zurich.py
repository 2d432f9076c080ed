# Trained on Cityscapes, evaluated on the night pictures of Dark Zurich, which has no training
# labels. --cfg-options data_root=FOLDER moves Cityscapes.
_base_ = './cityscapes.py'
night = dict(
    type='DarkZurichDataset', data_root='data/dark_zurich', img_dir='rgb_anon/val',
    ann_dir='gt/val')
data = dict(val=night, test=night)
