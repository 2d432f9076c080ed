"""Data sets, the loaders of their pages, and what happens to a page on the way."""
from .builder import DATASETS, PIPELINES, build_dataloader, build_dataset
from .custom import CustomDataset
from .dataset_wrappers import ConcatDataset, MultiImageMixDataset, RepeatDataset
from .layout import LayoutDataset
from .list_file import ListFileDataset
from .storage import PackedBackend
from .voc import PascalVOCDataset

__all__ = [
    'ConcatDataset', 'CustomDataset', 'DATASETS', 'LayoutDataset', 'ListFileDataset',
    'MultiImageMixDataset', 'PIPELINES', 'PackedBackend', 'PascalVOCDataset', 'RepeatDataset',
    'build_dataloader', 'build_dataset'
]
