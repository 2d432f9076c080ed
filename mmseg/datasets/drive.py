"""DRIVE."""
from mmseg.core.evaluation import stare_classes, stare_palette

from .builder import DATASETS
from .dataset_names import KnownDataset


@DATASETS.register_module()
class DRIVEDataset(KnownDataset):
    """Vessels of the retina, 40 photographs (Staal et al., IEEE TMI 2004)."""

    CLASSES = tuple(stare_classes())
    PALETTE = stare_palette()
    DEFAULTS = dict(img_suffix='.png', seg_map_suffix='_manual1.png')
