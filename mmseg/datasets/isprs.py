"""ISPRS Vaihingen."""
from mmseg.core.evaluation import vaihingen_classes, vaihingen_palette

from .builder import DATASETS
from .dataset_names import KnownDataset


@DATASETS.register_module()
class ISPRSDataset(KnownDataset):
    """Six kinds of ground in pictures of Vaihingen from the air; 0 in the files is ignored."""

    CLASSES = tuple(vaihingen_classes())
    PALETTE = vaihingen_palette()
    DEFAULTS = dict(img_suffix='.png', seg_map_suffix='.png', reduce_zero_label=True)
