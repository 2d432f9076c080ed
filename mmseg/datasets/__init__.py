"""Data sets, the loaders of their pages, and what happens to a page on the way."""
from mmseg.utils import mmcv_compat  # noqa: F401  before anything uses mmcv

from .ade import ADE20KDataset
from .boxes import CocoDataset, LayoutBoxDataset
from .builder import DATASETS, PIPELINES, build_dataloader, build_dataset
from .chase_db1 import ChaseDB1Dataset
from .cityscapes import CityscapesDataset
from .coco_stuff import COCOStuffDataset
from .custom import CustomDataset
from .dark_zurich import DarkZurichDataset
from .dataset_wrappers import ConcatDataset, MultiImageMixDataset, RepeatDataset
from .drive import DRIVEDataset
from .face import FaceOccludedDataset
from .hrf import HRFDataset
from .image_classes import CIFAR10, CIFAR100, CUB, ImageNet21k, StanfordCars
from .isaid import iSAIDDataset
from .isprs import ISPRSDataset
from .layout import LayoutDataset
from .list_file import ListFileDataset
from .loveda import LoveDADataset
from .mixed import MixedDataset
from .night_driving import NightDrivingDataset
from .packed_backend import PackedBackend
from .page_types import ImageNet, PageTypeDataset
from .pascal_context import PascalContextDataset, PascalContextDataset59
from .potsdam import PotsdamDataset
from .samplers import SAMPLERS, RepeatAugSampler
from .stare import STAREDataset
from .text_lines import IcdarDataset, TextLineDataset, UniformConcatDataset
from .voc import PascalVOCDataset

__all__ = [
    'ADE20KDataset', 'CIFAR10', 'CIFAR100', 'COCOStuffDataset', 'CUB', 'ChaseDB1Dataset',
    'CityscapesDataset', 'CocoDataset', 'ConcatDataset', 'CustomDataset', 'DATASETS',
    'DRIVEDataset', 'DarkZurichDataset', 'FaceOccludedDataset', 'HRFDataset', 'ISPRSDataset',
    'IcdarDataset', 'ImageNet', 'ImageNet21k', 'LayoutBoxDataset', 'LayoutDataset',
    'ListFileDataset', 'LoveDADataset', 'MixedDataset', 'MultiImageMixDataset',
    'NightDrivingDataset', 'PIPELINES', 'PackedBackend', 'PageTypeDataset',
    'PascalContextDataset', 'PascalContextDataset59', 'PascalVOCDataset', 'PotsdamDataset',
    'RepeatAugSampler', 'RepeatDataset', 'SAMPLERS', 'STAREDataset', 'StanfordCars',
    'TextLineDataset', 'UniformConcatDataset', 'build_dataloader', 'build_dataset',
    'iSAIDDataset'
]
