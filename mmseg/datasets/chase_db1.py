"""CHASE DB1."""
from mmseg.core.evaluation import stare_classes, stare_palette

from .builder import DATASETS
from .dataset_names import KnownDataset


@DATASETS.register_module()
class ChaseDB1Dataset(KnownDataset):
    """Vessels of the retina, 28 photographs of 14 children (Fraz et al., IEEE TBME 2012)."""

    CLASSES = tuple(stare_classes())
    PALETTE = stare_palette()
    DEFAULTS = dict(img_suffix='.png', seg_map_suffix='_1stHO.png')
