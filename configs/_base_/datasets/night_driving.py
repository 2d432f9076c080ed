# Trained on Cityscapes, evaluated on Nighttime Driving, which has no training labels.
# --cfg-options data_root=FOLDER moves Cityscapes.
_base_ = './cityscapes.py'
night = dict(
    type='NightDrivingDataset', data_root='data/NighttimeDrivingTest',
    img_dir='leftImg8bit/test/night', ann_dir='gtCoarse_daytime_trainvaltest/test/night')
data = dict(val=night, test=night)
