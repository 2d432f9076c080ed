"""STARE."""
from mmseg.core.evaluation import stare_classes, stare_palette

from .builder import DATASETS
from .dataset_names import KnownDataset


@DATASETS.register_module()
class STAREDataset(KnownDataset):
    """Vessels of the retina, 20 photographs (Hoover et al., IEEE TMI 2000)."""

    CLASSES = tuple(stare_classes())
    PALETTE = stare_palette()
    DEFAULTS = dict(img_suffix='.png', seg_map_suffix='.ah.png')
