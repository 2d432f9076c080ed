"""ISPRS Potsdam."""
from mmseg.core.evaluation import potsdam_classes, potsdam_palette

from .builder import DATASETS
from .dataset_names import KnownDataset


@DATASETS.register_module()
class PotsdamDataset(KnownDataset):
    """Six kinds of ground in pictures of Potsdam from the air; 0 in the files is ignored."""

    CLASSES = tuple(potsdam_classes())
    PALETTE = potsdam_palette()
    DEFAULTS = dict(img_suffix='.png', seg_map_suffix='.png', reduce_zero_label=True)
