"""COCO-Stuff."""
from mmseg.core.evaluation import cocostuff_classes, cocostuff_palette

from .builder import DATASETS
from .dataset_names import KnownDataset


@DATASETS.register_module()
class COCOStuffDataset(KnownDataset):
    """171 kinds of things and stuff (Caesar et al., CVPR 2018).

    In the 10k version 0 is unlabeled and to be ignored, so that it wants
    ``reduce_zero_label=True``; in the 164k version 0 is the first class.
    """

    CLASSES = tuple(cocostuff_classes())
    PALETTE = cocostuff_palette()
    DEFAULTS = dict(img_suffix='.jpg', seg_map_suffix='_labelTrainIds.png')
