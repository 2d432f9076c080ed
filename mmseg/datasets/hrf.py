"""HRF."""
from mmseg.core.evaluation import stare_classes, stare_palette

from .builder import DATASETS
from .dataset_names import KnownDataset


@DATASETS.register_module()
class HRFDataset(KnownDataset):
    """Vessels of the retina, 45 photographs of high resolution (Budai et al., IJBI 2013)."""

    CLASSES = tuple(stare_classes())
    PALETTE = stare_palette()
    DEFAULTS = dict(img_suffix='.png', seg_map_suffix='.png')
