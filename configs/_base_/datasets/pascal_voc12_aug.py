# VOC 2012 with the labels of SBD; tools/convert_datasets/voc_aug.py makes them.
_base_ = './pascal_voc12.py'
data = dict(
    train=dict(
        ann_dir=['SegmentationClass', 'SegmentationClassAug'],
        split=['ImageSets/Segmentation/train.txt', 'ImageSets/Segmentation/aug.txt']))
